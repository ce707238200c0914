# pyright: basic
"""Words of a person become commands of the queue."""

from __future__ import annotations

from typing import Any

import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.kernel.queues import change_queue


@pytest.mark.parametrize(
    ("words", "command", "said"),
    [
        (
            "edit lead:1 use the  median",
            {"do": "queue.edit", "message": "lead:1", "text": "use the  median"},
            "changed",
        ),
        ("move lead:2 1", {"do": "queue.move", "message": "lead:2", "place": 1}, "place 1"),
        ("delete lead:1", {"do": "queue.delete", "message": "lead:1"}, "deleted"),
        ("squash lead", {"do": "queue.squash", "agent": "lead"}, "made of 2"),
        ("squash lead:1 lead:2", {"do": "queue.squash", "messages": ["lead:1", "lead:2"]}, "restore lead:1"),
        ("restore lead:1", {"do": "queue.restore", "message": "lead:1"}, "2 messages again"),
    ],
)
def test_each_verb_is_one_command(words: str, command: dict[str, Any], said: str) -> None:
    sent: list[Any] = []

    def send(given: Any) -> Any:
        sent.append(given)
        return {"ok": True, "message": {"name": "lead:1", "squashed": 2}, "texts": ["a", "b"]}

    assert said in change_queue(send, words)
    assert sent == [command]


@pytest.mark.parametrize(
    "words", ["--bla", "edti lead:1 x", "edit lead:1", "move lead:1", "move lead:1 0", "move lead:1 up", "delete",
              "delete lead:1 lead:2", "squash"],
)  # fmt: skip
def test_what_is_not_understood_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        change_queue(lambda command: pytest.fail(f"sent {command}"), words)

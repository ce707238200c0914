"""Entries of a history survive JSON with their kind."""

from __future__ import annotations

import msgspec
import pytest

from loomkin_jupyter.core.messages import (
    AssistantEntry,
    Entry,
    ToolCall,
    ToolEntry,
    UserEntry,
    decode_entry,
    encode_entry,
)
from loomkin_jupyter.core.usage import Usage

_ENTRIES: list[Entry] = [
    UserEntry(id="1", text="ü", pinned=True),
    AssistantEntry(id="2", text="", calls=(ToolCall("c", "shell", "{broken"),), usage=Usage(1, 2)),
    ToolEntry(id="3", call_id="c", name="shell", text="", images=("a",)),
]


@pytest.mark.parametrize("entry", _ENTRIES, ids=lambda entry: type(entry).__name__)
def test_an_entry_survives_json(entry: Entry) -> None:
    assert decode_entry(encode_entry(entry)) == entry


def test_what_is_no_entry_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_entry('{"entry": "song", "id": "1"}')

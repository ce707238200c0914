"""LOOMKIN.md: what is allowed, denied and said; nothing that is not under Allowed Operations ever allows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.project.loomkin_md import parse_rules, read_rules

ORIGINAL = """# My project

Use tabs.

## Rules
- Ask before refactoring
## Allowed Operations
- Shell: `mix *`, `git status`
- **File Write**: lib/**, test/**
- File Write Denied: `lib/gen/**`
- Teleport: `home`
- `anything`
## Denied Operations
- Shell: `rm -rf *`
- `secrets/**`
- Teleport: `away`
"""


def test_the_originals_form() -> None:
    found = parse_rules(ORIGINAL)
    assert found.rules == ("Ask before refactoring",)
    assert [(o.subject, o.pattern, o.line) for o in found.allowed] == [
        ("shell", "mix *", 8),
        ("shell", "git status", 8),
        ("write", "lib/**", 9),
        ("write", "test/**", 9),
    ]
    assert [(o.subject, o.pattern) for o in found.denied] == [
        ("write", "lib/gen/**"),
        ("shell", "rm -rf *"),
        ("any", "secrets/**"),
        ("any", "away"),
    ]
    assert [problem.split(":")[0] for problem in found.problems] == ["LOOMKIN.md line 11", "LOOMKIN.md line 12"]
    assert "Use tabs." in found.prompt() and "- shell: rm -rf *" in found.prompt()
    assert found.denied[1].label == "LOOMKIN.md line 14: rm -rf *"


@pytest.mark.parametrize(
    "text",
    [
        "- Shell: `rm *`\n",
        "## Notes\n- Shell: `rm *`\n",
        "## Allowed Operations\n# Notes\n- Shell: `rm *`\n",
        "## Allowed Operations\n```\n- Shell: `rm *`\n```\n",
        "## Allowed Operations\n~~~\n- Shell: `rm *`\n~~~\n",
        "```\n## Allowed Operations\n```\n- Shell: `rm *`\n",
        "## Allowed Operations\n<!-- \n- Shell: `rm *`\n-->\n",
        "<!-- \n## Allowed Operations\n-->\n- Shell: `rm *`\n",
        "## Allowed Operations\n- Shell:\n",
        "## Allowed Operations\n- Shell Denied: `rm *`\n",
    ],
)
def test_what_only_looks_like_an_allowance_is_none(text: str) -> None:
    assert parse_rules(text).allowed == ()


lines = st.sampled_from(
    [*ORIGINAL.splitlines(), "```", "~~~", "<!--", "-->", "### x", "- ", "-", "* Shell : x", "", "# y"]
)


@given(st.lists(lines | st.text(max_size=20), max_size=25))
def test_any_text_is_read_and_denials_stay_denials(parts: list[str]) -> None:
    found = parse_rules("\n".join(parts))
    assert all(o.pattern.strip() and o.line >= 1 for o in (*found.allowed, *found.denied))
    assert not any(o.subject == "any" for o in found.allowed)
    if not any("allowed operations" in part.lower() for part in parts):
        assert found.allowed == ()


def test_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "LOOMKIN.md").write_bytes(b"\xef\xbb\xbf## Rules\r\n- one\r\n")
    (tmp_path / ".loomkin.md").write_text("## Rules\n- not read\n")
    (tmp_path / "AGENTS.md").write_text("be kind " * 100)
    (tmp_path / "CLAUDE.md").write_text("be quick " * 100)
    found = read_rules(tmp_path, cap=1_000)
    assert found.rules == ("one",)
    assert [name for name, _ in found.instructions] == ["AGENTS.md", "CLAUDE.md"]
    assert sum(len(text) for _, text in found.instructions) <= 1_000 + len("\n[cut]")
    assert "CLAUDE.md is longer" in found.problems[0]
    assert read_rules(tmp_path / "none") == parse_rules("")

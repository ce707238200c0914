"""Reading one ``.loomkin.toml``: tables to flat keys, the original's names included, every mistake with its line.

Also changes a value in the text without touching comments or keys it does not know. Knows no other source of settings.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, cast

import msgspec

from loomkin_jupyter.core.errors import nearest
from loomkin_jupyter.core.settings import BY_KEY, Setting

ALIASES: dict[str, str] = {
    "model.weak": "model.fast",
    "model.architect": "model.strong",
    "model.editor": "model.fast",
    "permissions.trust": "permissions.preset",
    "agents.max_iterations": "agents.iterations",
    "context.reserved_output_tokens": "model.max_output",
}
"""The original's names for what is a setting here."""

OTHER_SECTIONS = frozenset(
    [
        "repo",
        "decisions",
        "shell",
        "healing",
        "conversations",
        "provider",
        "teams",
        "mcp",
        "lsp",
        "channels",
        "vault",
        "consensus",
        "debate",
        "auth",
        "web",
        "roles",
        "skills",
        "hooks",
    ]
)
"""Sections that other parts read, or that only the original knows: kept, never called unknown."""

_OTHER_KEYS = frozenset(
    {"permissions.auto_approve", "permissions.policy"}
    | {f"context.{name}" for name in ("max_repo_map_tokens", "max_decision_context_tokens", "headroom_floor_pct", "headroom_ceiling_pct")}
    | {f"agents.{name}" for name in ("max_rate_limit_retries", "llm_max_retries", "llm_base_backoff_ms", "shell_timeout_ms")}
    | {f"agents.{name}" for name in ("shell_max_output_chars", "complexity_check_interval_ms", "complexity_threshold", "spawn_cooldown_ms")}
)  # fmt: skip
_LARGEST = 1_000_000


class Problem(msgspec.Struct, frozen=True):
    """Something wrong in a source of settings. ``line`` is 0 where there is none."""

    source: str
    text: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.source}{f' line {self.line}' if self.line else ''}: {self.text}"


class SettingsFile(msgspec.Struct, frozen=True):
    """What one file says: valid values by key, and what else stands in it."""

    values: dict[str, Any] = {}
    auto_approve: tuple[str, ...] = ()
    policies: tuple[dict[str, Any], ...] = ()
    tables: dict[str, Any] = {}
    problems: tuple[Problem, ...] = ()


def read_file(path: Path, source: str) -> SettingsFile:
    """Return the content of ``path``; nothing where there is no file, a problem where it cannot be read."""
    try:
        if not path.is_file():
            return SettingsFile()
        if path.stat().st_size > _LARGEST:
            return SettingsFile(problems=(Problem(source, "is larger than 1 MB and is left out"),))
        return parse_file(path.read_text(encoding="utf-8-sig"), source)
    except (OSError, UnicodeDecodeError) as error:
        return SettingsFile(problems=(Problem(source, f"cannot be read: {error}"),))


def parse_file(text: str, source: str = ".loomkin.toml") -> SettingsFile:
    """Return what the TOML text says; invalid values are left out and reported with their line."""
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        match = re.search(r"line (\d+)", str(error))
        line = int(match.group(1)) if match else 0
        return SettingsFile(problems=(Problem(source, f"is no valid TOML, none of it counts: {error}", line),))
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for section, content in tables.items():
        if section in OTHER_SECTIONS:
            continue
        if not isinstance(content, dict):
            problems.append(
                Problem(
                    source,
                    f"{section!r} stands outside a section. Write it as [section] key.",
                    line_of(text, "", section),
                )
            )
            continue
        for key, value in cast("dict[str, Any]", content).items():
            _one(text, source, section, key, value, values, problems)
    permissions = _table(tables.get("permissions"))
    approve = permissions.get("auto_approve", [])
    listed = [approve] if isinstance(approve, str) else approve
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in cast("list[Any]", listed)):
        problems.append(
            Problem(
                source,
                "permissions.auto_approve must be a list of tool names",
                line_of(text, "permissions", "auto_approve"),
            )
        )
        listed = []
    policies = permissions.get("policy", [])
    kept = (
        [cast("dict[str, Any]", p) for p in cast("list[Any]", policies) if isinstance(p, dict)]
        if isinstance(policies, list)
        else []
    )
    return SettingsFile(values, tuple(cast("list[str]", listed)), tuple(kept), tables, tuple(problems))


def _table(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _one(
    text: str, source: str, section: str, key: str, value: Any, values: dict[str, Any], problems: list[Problem]
) -> None:
    dotted = f"{section}.{key}"
    line = line_of(text, section, key)
    if dotted in _OTHER_KEYS:
        return
    setting = BY_KEY.get(ALIASES.get(dotted, dotted))
    if setting is None:
        problems.append(Problem(source, f"there is no setting {dotted}.{nearest(dotted, [*BY_KEY, *ALIASES])}", line))
        return
    checked, wrong = check_value(setting, value)
    if wrong:
        problems.append(Problem(source, f"{dotted} {wrong}; the default {setting.default!r} holds", line))
    elif setting.key not in values or dotted == setting.key:
        values[setting.key] = checked  # a setting's own name wins over an alias in the same file


def check_value(setting: Setting, value: Any) -> tuple[Any, str]:
    """Return (value, '') when it is valid for ``setting``, else (None, what is wrong with it)."""
    kind = setting.kind
    if kind == "choice":
        if isinstance(value, str) and value in setting.choices:
            return value, ""
        close = nearest(str(value), setting.choices).strip()
        hint = f" ({close[0].lower()}{close[1:]})" if close else ""  # whoever shows it ends the sentence
        return None, f"must be one of {', '.join(setting.choices)}, not {value!r}{hint}"
    if kind == "str":
        return (_model_name(setting, value), "") if isinstance(value, str) else (None, f"must be text, not {value!r}")
    if kind == "bool":
        return (value, "") if isinstance(value, bool) else (None, f"must be true or false, not {value!r}")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return None, f"must be a number, not {value!r}"
    if kind == "int" and (value in (float("inf"), float("-inf")) or value != int(value)):
        return None, f"must be a whole number, not {value!r}"
    low, high = setting.low, setting.high
    if (low is not None and value < low) or (high is not None and value > high):
        return None, f"must lie between {low:g} and {high:g}{f' {setting.unit}' if setting.unit else ''}, not {value!r}"
    return (int(value) if kind == "int" else float(value)), ""


def _model_name(setting: Setting, value: str) -> str:
    """Return ``provider:model`` of the original as ``provider/model``."""
    if setting.key.startswith("model.") and "/" not in value and re.match(r"^[a-z_]+:[^/\s]+$", value):
        return value.replace(":", "/", 1)
    return value


def line_of(text: str, section: str, key: str) -> int:
    """Return the 1-based line on which ``key`` of ``[section]`` stands, 0 when it is not found."""
    here = ""
    name = re.escape(key)
    for number, line in enumerate(text.splitlines(), start=1):
        heading = re.match(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?", line)
        if heading is not None:
            here = heading.group(1).strip().strip("\"'")
            if here == f"{section}.{key}" or (not section and here == key):
                return number
        elif (here == section and re.match(rf"^\s*[\"']?{name}[\"']?\s*(\.|=)", line)) or (
            not here and section and re.match(rf"^\s*{re.escape(section)}\s*(\.\s*[\"']?{name}[\"']?\s*)?=", line)
        ):
            return number
    return 0

"""Reads ``.env`` for model keys. The values go to the gateway and the redactor only; nothing here sets the environment."""

from __future__ import annotations

import re
from pathlib import Path

_LINE = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}
_LARGEST = 256 * 1024


def parse_dotenv(text: str) -> dict[str, str]:
    """Return names and values. Single quotes are literal, double quotes know ``\\n``; lines that fit no form are skipped.

    Values are never expanded or executed: ``$(cmd)`` and ``$OTHER`` stay as they are written.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        if match is not None:
            found[match.group(1)] = _value(match.group(2))
    return found


def read_dotenv(root: Path) -> dict[str, str]:
    """Return the content of ``root/.env``; empty when there is none or it cannot be read as text."""
    path = root / ".env"
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return {}
        return parse_dotenv(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return {}


def _value(raw: str) -> str:
    if raw[:1] == "'":
        end = raw.find("'", 1)
        return raw[1:end] if end > 0 else raw[1:]
    if raw[:1] == '"':
        return _quoted(raw)
    return re.split(r"\s+#", raw, maxsplit=1)[0].strip() if not raw.startswith("#") else ""


def _quoted(raw: str) -> str:
    out: list[str] = []
    place = 1
    while place < len(raw) and raw[place] != '"':
        if raw[place] == "\\" and place + 1 < len(raw):
            place += 1
            out.append(_ESCAPES.get(raw[place], "\\" + raw[place]))
        else:
            out.append(raw[place])
        place += 1
    return "".join(out)

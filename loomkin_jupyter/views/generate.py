"""Writes the shape of every signal for other languages: a JSON schema and TypeScript types, from ``core.signals``.

``python -m loomkin_jupyter.views.generate`` writes both; ``--check`` only compares and ends with 1 when they differ.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from loomkin_jupyter.core import signals
from loomkin_jupyter.views.status_families import table

PACKAGE = Path(__file__).resolve().parent
SCHEMA = PACKAGE / "schema.json"
TYPES = PACKAGE.parent.parent / "labextension" / "src" / "signals.ts"


def schema() -> dict[str, Any]:
    """Return the JSON schema of all signals; unknown fields are not allowed."""
    _, definitions = msgspec.json.schema_components(signals.SIGNALS)
    for definition in definitions.values():
        if definition.get("type") == "object":
            definition.setdefault("additionalProperties", False)
    names = sorted(signal.__name__ for signal in signals.SIGNALS)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Loomkin signals, version {signals.VERSION}",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in names],
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def schema_text() -> str:
    """Return the schema as the file's text."""
    text = json.dumps(schema(), indent=1, sort_keys=True, ensure_ascii=False)
    return text.replace("#/components/schemas/", "#/$defs/").replace("#/definitions/", "#/$defs/") + "\n"


def types_text() -> str:
    """Return the TypeScript file's text."""
    definitions = json.loads(schema_text())["$defs"]
    lines = ["// Written by `python -m loomkin_jupyter.views.generate`; do not edit.", ""]
    lines.append(f"export const VERSION = {signals.VERSION};")
    for name, definition in definitions.items():
        lines += ["", f"export interface {name} {{"]
        required = set(definition.get("required", ()))
        for field, kind in definition.get("properties", {}).items():
            # The kernel always sends every field; only the ones that older journals may lack are optional to read.
            mark = "" if field in required else "?"
            lines.append(f"  {field}{mark}: {_typescript(kind)};")
        lines.append("}")
    union = " | ".join(sorted(signal.__name__ for signal in signals.SIGNALS))
    lines += ["", f"export type Signal = {union};", ""]
    rows = json.dumps({row["key"]: row for row in table()}, indent=2, ensure_ascii=False)
    lines.append(f"export const FAMILIES = {rows} as const;")
    return "\n".join(lines) + "\n"


def stale(schema_path: Path = SCHEMA, types_path: Path = TYPES) -> list[Path]:
    """Return the files that do not hold what would be written."""
    wanted = {schema_path: schema_text(), types_path: types_text()}
    return [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]


def main(arguments: list[str] | None = None) -> int:
    """Write or compare; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m loomkin_jupyter.views.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    if parser.parse_args(arguments).check:
        different = stale()
        for path in different:
            sys.stderr.write(f"{path} is out of date: run python -m loomkin_jupyter.views.generate\n")
        return 1 if different else 0
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    TYPES.parent.mkdir(parents=True, exist_ok=True)
    TYPES.write_text(types_text(), encoding="utf-8")
    return 0


def _typescript(kind: dict[str, Any]) -> str:
    if "$ref" in kind:
        return str(kind["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in kind:
        return " | ".join(dict.fromkeys(_typescript(option) for option in kind["anyOf"]))
    if "enum" in kind:
        return " | ".join(json.dumps(value) for value in kind["enum"])
    if "const" in kind:
        return json.dumps(kind["const"])
    name = kind.get("type", "unknown")
    if name == "array":
        return f"({_typescript(kind.get('items', {}))})[]"
    words = {"integer": "number", "object": "Record<string, unknown>"}
    return words.get(name, str(name))


if __name__ == "__main__":
    raise SystemExit(main())

"""From the JSON text a model wrote to Python arguments, with corrections a model can act on.

Names the argument, what was given and what is valid. A lone string is accepted where a list is asked for; ``null`` for
an optional argument counts as left out. Nothing else is guessed.
"""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec

from loomkin_jupyter.core.errors import ToolRetry, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.tools.declare import Parameter, ToolSpec

_SHOWN = 80


def parse_arguments(spec: ToolSpec, text: str) -> JsonObject:
    """Return the JSON object in ``text``; an empty text is no arguments.

    :raises ToolRetry: when it is no JSON or no object.
    """
    if not text.strip():
        return {}
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as failed:
        raise ToolRetry(
            f"{spec.name}: the arguments are no valid JSON ({_where(failed)}). Send one JSON object."
        ) from None
    if isinstance(value, str):
        # Some models send the object as a JSON string within the JSON.
        try:
            value = json.loads(value)
        except ValueError:
            pass
    if not isinstance(value, dict):
        raise ToolRetry(f"{spec.name}: the arguments are {_kind(value)}; send one JSON object with {_names(spec)}.")
    return cast("JsonObject", value)


def convert_arguments(spec: ToolSpec, given: JsonObject) -> dict[str, Any]:
    """Return arguments as the function takes them; raises ToolRetry that lists every mistake at once."""
    known = {a.name: a for a in spec.arguments}
    mistakes: list[str] = []
    for name in given:
        if name not in known:
            mistakes.append(f"there is no argument `{name}`.{nearest(name, known)} Valid: {_names(spec)}.")
    converted: dict[str, Any] = {}
    for argument in spec.arguments:
        value = given.get(argument.name)
        if value is None and not (argument.required and argument.name in given):
            if argument.required:
                mistakes.append(f"`{argument.name}` is missing: {_valid(spec, argument)}.")
            continue
        try:
            converted[argument.name] = _convert(argument, value)
        except msgspec.ValidationError as failed:
            mistakes.append(
                f"`{argument.name}` was given {_shown(value)}, valid is {_valid(spec, argument)} ({_reason(failed)})."
            )
    if mistakes:
        raise ToolRetry(f"{spec.name}: " + " ".join(mistakes))
    return converted


def _convert(argument: Parameter, value: Any) -> Any:
    if argument.is_list and isinstance(value, str):
        value = [value]
    return msgspec.convert(value, argument.type)


def _valid(spec: ToolSpec, argument: Parameter) -> str:
    schema = cast("JsonObject", spec.parameters["properties"][argument.name])
    return describe_schema(schema)


def describe_schema(schema: JsonObject) -> str:
    """Return what a JSON schema allows, in words: ``an integer from 1 to 5``, ``one of a, b``."""
    if "enum" in schema:
        return "one of " + ", ".join(str(v) for v in cast("list[Any]", schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(describe_schema(s) for s in cast("list[JsonObject]", schema["anyOf"]))
    kind = schema.get("type")
    if kind == "array":
        inner = cast("JsonObject", schema.get("items") or {})
        return f"a list of {_plural(inner)}" if inner else "a list"
    if kind == "object":
        properties = cast("JsonObject", schema.get("properties") or {})
        return "an object" + (f" with {', '.join(properties)}" if properties else "")
    names = {"string": "a string", "integer": "an integer", "number": "a number", "boolean": "true or false"}
    text = names.get(str(kind), "any value")
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{text} from {low:g} to {high:g}"
    return f"{text} of at least {low:g}" if low is not None else text


def _plural(schema: JsonObject) -> str:
    words = {"string": "strings", "integer": "integers", "number": "numbers", "boolean": "true or false"}
    return words.get(str(schema.get("type")), describe_schema(schema))


def _names(spec: ToolSpec) -> str:
    shown = [a.name if a.required else f"{a.name} (optional)" for a in spec.arguments]
    return ", ".join(shown) or "no arguments"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return f"{cut} ({_kind(value)})"


def _kind(value: object) -> str:
    kinds: dict[type, str] = {
        str: "a string",
        bool: "true or false",
        int: "an integer",
        float: "a number",
        list: "a list",
    }
    return "null" if value is None else kinds.get(type(value), "an object")


def _where(failed: Exception) -> str:
    if isinstance(failed, json.JSONDecodeError):
        return f"{failed.msg} at character {failed.pos}"
    return "nested too deeply"


def _reason(failed: msgspec.ValidationError) -> str:
    return str(failed).replace("`", "").lower()

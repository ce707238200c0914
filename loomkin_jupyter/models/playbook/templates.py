"""Templates, expressions and extractors over tool results: Jinja2 in its sandbox, which can change nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import msgspec
from jinja2 import StrictUndefined, TemplateError, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from loomkin_jupyter.models.playbook.schema import Extract

_ALONE = re.compile(r"^\s*\{\{((?:(?!\}\}|\{\{).)*)\}\}\s*$", re.DOTALL)
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)\n\s*```", re.DOTALL)
_PAIR = re.compile(r"^[-*\s]*(?P<key>[A-Za-z_]\w*)\s*[:=]\s*(?P<value>.+?)\s*$", re.MULTILINE)
_NUMBER = re.compile(r"^-?\d{1,3}(?:,\d{3})+(?:\.\d+)?$|^-?\d+(?:\.\d+)?$")
_ERROR = re.compile(
    r"^\s*(?:error|failed|refused|denied|not allowed|interrupted|cancelled|unknown tool)\b", re.IGNORECASE
)
_TRUE = ("true", "yes", "1")
_CASTS: dict[str, Callable[[Any], Any]] = {
    "str": str,
    "int": lambda value: int(float(value)),
    "float": float,
    "bool": lambda value: str(value).lower() in _TRUE,
}


class ValueMissing(Exception):
    """A template or extractor needs something that is not there."""


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(_FILTERS)
    return environment


def _percent(value: float, of: float, digits: int = 1) -> str:
    return f"{100 * value / of:.{digits}f} %" if of else "0 %"


def _number(value: float) -> str:
    return f"{value:,}"


_FILTERS: dict[str, Any] = {"percent": _percent, "number": _number}


@cache
def _expression(text: str) -> Any:
    return _environment().compile_expression(text, undefined_to_none=False)


@cache
def _template(text: str) -> Any:
    return _environment().from_string(text)


def evaluate(expression: str | bool, values: dict[str, Any]) -> Any:
    """Return the value of an expression, which may be written with or without its braces."""
    if isinstance(expression, bool):
        return expression
    match = _ALONE.match(expression)
    text = match[1] if match else expression
    try:
        value = _expression(text)(**values)
        if isinstance(value, Undefined):
            str(value)  # a strict undefined value explains itself by raising
        return value
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise ValueMissing(f"{text.strip()}: {error}") from error


def render(value: Any, values: dict[str, Any]) -> Any:
    """Return ``value`` with its templates filled in; lists and mappings are walked, a lone ``{{ x }}`` keeps its type."""
    if isinstance(value, str):
        if "{{" not in value and "{%" not in value:
            return value
        if _ALONE.match(value):
            return evaluate(value, values)
        try:
            return _template(value).render(**values)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise ValueMissing(str(error)) from error
    if isinstance(value, list):
        items = cast(list[Any], value)
        return [render(item, values) for item in items]
    if isinstance(value, dict):
        pairs = cast(dict[str, Any], value)
        return {key: render(item, values) for key, item in pairs.items()}
    return value


def check_template(value: Any) -> str:
    """Return what is wrong with the syntax of the templates in ``value``, or ''."""
    if isinstance(value, str):
        return _problem(_template, value)
    items: list[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType, reportUnknownVariableType]
    return next((problem for item in items if (problem := check_template(item))), "")


def check_expression(text: str | bool) -> str:
    """Return what is wrong with the syntax of an expression, or ''."""
    if not text or isinstance(text, bool):
        return ""
    match = _ALONE.match(text)
    return _problem(_expression, match[1] if match else text)


def _problem(build: Any, text: str) -> str:
    try:
        build(text)
    except TemplateError as error:
        return f"{text.strip()!r} cannot be read: {error}"
    return ""


def read_result(text: str, extracts: dict[str, Extract] | None = None) -> dict[str, Any]:
    """Return what a tool result says: ``text``, ``ok``, ``data``, its keys, its ``key: value`` lines, the extracts."""
    data = last_json(text)
    found: dict[str, Any] = {m["key"]: _scalar(m["value"]) for m in _PAIR.finditer(_FENCE.sub("", text))}
    if isinstance(found.get("id"), str):
        # Tools that create something begin with `id: T3`, and may go on in the same line.
        found["id"] = found["id"].split()[0].rstrip(".,;")
    if isinstance(data, dict):
        found.update(data)  # pyright: ignore[reportUnknownArgumentType]
    found.update(text=text, ok=_ERROR.match(text) is None, data=data)
    for name, extract in (extracts or {}).items():
        found[name] = take(extract, text, data)
    return found


def last_json(text: str) -> Any:
    """Return the last fenced JSON of ``text``, else what follows the last line that opens one (``data: {`` does, too)."""
    for block in reversed(_FENCE.findall(text)):
        try:
            return json.loads(block)
        except ValueError:
            continue
    lines = [line.removeprefix("data: ") for line in text.rstrip().split("\n")]
    starts = [0, *(i for i in range(len(lines) - 1, 0, -1) if lines[i][:1] in ("{", "["))]
    for start in starts:
        if lines[start].lstrip()[:1] in ("{", "["):
            try:
                return json.loads("\n".join(lines[start:]))
            except ValueError:
                continue
    return None


def _scalar(text: str) -> Any:
    if _NUMBER.match(text):
        plain = text.replace(",", "")
        return float(plain) if "." in plain else int(plain)
    return {"true": True, "false": False, "none": None, "null": None}.get(text.lower(), text)


def take(extract: Extract, text: str, data: Any) -> Any:
    """Return the value an extractor finds; its default where it finds none.

    :raises ValueMissing: when there is neither.
    """
    found = _by_path(data, extract.json) if extract.json else _by_regex(extract, text)
    if found is None:
        if extract.default is msgspec.UNSET:
            raise ValueMissing(f"nothing in the result fits {extract.json or extract.regex!r}: {text[:200]!r}")
        return extract.default
    try:
        return [_cast(extract, item) for item in found] if extract.all else _cast(extract, found)
    except (TypeError, ValueError) as error:
        raise ValueMissing(f"{found!r} is no {extract.type}") from error


def _cast(extract: Extract, value: Any) -> Any:
    if extract.type == "any":
        return _scalar(value) if isinstance(value, str) else value
    return _CASTS[extract.type](
        value.replace(",", "") if isinstance(value, str) and extract.type in ("int", "float") else value
    )


def _by_regex(extract: Extract, text: str) -> Any:
    matches = [m.group(1) if m.re.groups else m.group(0) for m in re.finditer(extract.regex, text, re.MULTILINE)]
    if extract.all:
        return matches
    return matches[0] if matches else None


def _by_path(data: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(data, list) and part.isdigit() and int(part) < len(data):  # pyright: ignore[reportUnknownArgumentType]
            data = data[int(part)]  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(data, dict) and part in data:
            data = data[part]  # pyright: ignore[reportUnknownVariableType]
        else:
            return None
    return data  # pyright: ignore[reportUnknownVariableType]

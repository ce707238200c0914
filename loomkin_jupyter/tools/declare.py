"""Declaring a tool: one decorator on a typed function, from which description and JSON schema are generated.

Owns the shape of a declaration and the list of declarations made outside the package (a cell's, a user's package).
Never runs a tool and never decides who may use it; ``roles`` and ``kind`` are data for registry and gate.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast, overload

import msgspec

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.core.messages import JsonObject

Kind = Literal["read", "write", "execute", "coordinate", "network"]
Category = Literal["read", "write", "execute", "tests", "kernel_read", "kernel", "cells", "team", "talk"]
KINDS: tuple[str, ...] = typing.get_args(Kind)

LEAD, CONCIERGE, RESEARCHER, CODER = "lead", "concierge", "researcher", "coder"
REVIEWER, TESTER, ANALYST = "reviewer", "tester", "analyst"
ALL = "all"

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call is about to touch, told to the gate before it runs.

    ``paths`` are (path as given, "read" or "write"); ``writes`` are files that are written as a whole (checked against
    claims by the pipeline); ``sandboxed`` and ``network`` say how it will run; ``kind`` and ``category`` replace the declaration's where the arguments decide (git).
    """

    target: str = ""
    paths: tuple[tuple[str, str], ...] = ()
    command: str | None = None
    detail: str = ""
    effect: str = ""
    kind: str = ""
    category: str = ""
    writes: tuple[str, ...] = ()
    sandboxed: bool = False
    network: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its type as Python sees it; ``required`` when it has no default."""

    name: str
    type: Any
    required: bool
    default: Any = None
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A declared tool.

    ``timeout_s`` None: the setting ``tools.timeout_s``; ``deadline_exempt``: waits for people or keeps its own limit;
    ``own_intent``: begins and finishes its intent row itself (file writes, which know the content before and after);
    ``parallel``: may run beside other such calls of one answer; ``isolated``: runs in a child process.
    """

    name: str
    description: str
    parameters: JsonObject
    arguments: tuple[Parameter, ...]
    function: Callable[..., Any]
    kind: Kind = "execute"
    category: Category = "execute"
    roles: tuple[str, ...] = (ALL,)
    timeout_s: float | None = None
    slot: str = "other"
    parallel: bool = False
    isolated: bool = False
    side_effect: bool = True
    deadline_exempt: bool = False
    own_intent: bool = False
    takes_context: bool = False
    is_async: bool = False
    plan: Callable[[Any, JsonObject], Plan] | None = None
    builtin: bool = False

    def schema(self) -> JsonObject:
        """Return the tool as the OpenAI chat format has it."""
        return {
            "type": "function",
            "function": {"name": self.name, "description": self.description, "parameters": self.parameters},
        }


@dataclass(slots=True)
class _Declared:
    """Tools declared outside the package, and who wants to hear of them. Lives as long as the process."""

    specs: dict[str, ToolSpec] = field(default_factory=dict[str, ToolSpec])
    listeners: list[Callable[[ToolSpec], None]] = field(default_factory=list[Callable[[ToolSpec], None]])


DECLARED = _Declared()


@overload
def tool(function: F, /) -> F: ...
@overload
def tool(
    *,
    kind: Kind = "execute",
    category: Category | None = None,
    roles: tuple[str, ...] | str = ALL,
    name: str = "",
    timeout_s: float | None = None,
    slot: str = "other",
    parallel: bool = False,
    isolated: bool = False,
    side_effect: bool | None = None,
    deadline_exempt: bool = False,
    own_intent: bool = False,
    plan: Callable[[Any, JsonObject], Plan] | None = None,
) -> Callable[[F], F]: ...
def tool(function: F | None = None, /, **options: Any) -> F | Callable[[F], F]:
    """Declare a typed function as a tool; re-running the declaration replaces the tool in every live registry.

    :raises UsageError: when the function has no description, or a parameter without a type a model can fill in.
    """

    def declare(target: F) -> F:
        spec = make_spec(target, **options)
        target.__dict__["loomkin_tool"] = spec
        if not spec.builtin:
            for listener in tuple(DECLARED.listeners):
                listener(spec)
            DECLARED.specs[spec.name] = spec
        return target

    return declare if function is None else declare(function)


def make_spec(
    function: Callable[..., Any],
    *,
    kind: Kind = "execute",
    category: Category | None = None,
    roles: tuple[str, ...] | str = ALL,
    name: str = "",
    side_effect: bool | None = None,
    **options: Any,
) -> ToolSpec:
    """Return the declaration of ``function``; everything a model reads comes from its annotations and docstring."""
    own_name = name or function.__name__
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", own_name):
        raise UsageError(f"{own_name!r} cannot be a tool's name.", "Use letters, digits and _, at most 64.")
    if kind not in KINDS:
        raise UsageError(f"Tool {own_name}: kind {kind!r} is unknown.", f"Valid: {', '.join(KINDS)}.")
    description, texts = parse_docstring(inspect.getdoc(function) or "")
    if not description:
        raise UsageError(f"Tool {own_name} has no description.", "Give the function a docstring: models choose by it.")
    arguments, takes_context = _arguments(function, own_name)
    defaults: dict[str, Category] = {"read": "read", "write": "write", "coordinate": "talk"}
    return ToolSpec(
        name=own_name,
        description=description,
        parameters=_schema(arguments, texts),
        arguments=arguments,
        function=function,
        kind=kind,
        category=category or defaults.get(kind, "execute"),
        roles=(roles,) if isinstance(roles, str) else tuple(roles),
        side_effect=kind != "read" if side_effect is None else side_effect,
        takes_context=takes_context,
        is_async=inspect.iscoroutinefunction(function),
        builtin=function.__module__.startswith("loomkin_jupyter.tools."),
        **options,
    )


def spec_of(value: object) -> ToolSpec | None:
    """Return the declaration that ``@tool`` left on a function, if any."""
    found = getattr(value, "loomkin_tool", None)
    return found if isinstance(found, ToolSpec) else None


def parse_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return (description, text per argument) of a docstring whose ``Args:`` section lists ``name: text`` lines."""
    lines = inspect.cleandoc(text).splitlines()
    start = next((i for i, line in enumerate(lines) if line.strip() in ("Args:", "Arguments:", "Parameters:")), None)
    if start is None:
        return "\n".join(lines).strip(), {}
    end = next((i for i in range(start + 1, len(lines)) if lines[i] and not lines[i][0].isspace()), len(lines))
    description = "\n".join(lines[:start]).strip()
    found: dict[str, str] = {}
    section = [line for line in lines[start + 1 : end] if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in section), default=0)
    name = ""
    for line in section:
        head = re.match(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)$", line[margin:])
        if head and not line[margin].isspace():
            name = head.group(1)
            found[name] = head.group(2).strip()
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return description, found


def _arguments(function: Callable[..., Any], own_name: str) -> tuple[tuple[Parameter, ...], bool]:
    """Return the parameters a model fills in, and whether the first one is the context."""
    signature = inspect.signature(function)
    names = list(signature.parameters)
    takes_context = bool(names) and names[0] == "ctx"
    hints = _hints(function, own_name, skip=names[0] if takes_context else "")
    found: list[Parameter] = []
    for name in names[1:] if takes_context else names:
        parameter = signature.parameters[name]
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise UsageError(f"Tool {own_name}: parameter {name} is * or positional-only.", "Name each parameter.")
        if name not in hints:
            raise UsageError(f"Tool {own_name}: parameter {name} has no type.", f"Write {name}: str, or another type.")
        required = parameter.default is parameter.empty
        default = None if required else parameter.default
        found.append(Parameter(name, hints[name], required, default, _is_list(hints[name])))
    return tuple(found), takes_context


def _hints(function: Callable[..., Any], own_name: str, *, skip: str) -> dict[str, Any]:
    """Resolve annotations, also those kept as text; the context's and the result's are not looked at."""
    wanted = {k: v for k, v in function.__annotations__.items() if k not in (skip, "return")}
    carrier = types.SimpleNamespace(__annotations__=wanted)
    names = cast("dict[str, Any]", getattr(function, "__globals__", {}))
    try:
        return typing.get_type_hints(carrier, globalns=names, localns=_closure(function), include_extras=True)
    except (NameError, TypeError, SyntaxError) as failed:
        raise UsageError(
            f"Tool {own_name}: an annotation cannot be resolved ({failed}).", "Import the type first."
        ) from None


def _closure(function: Callable[..., Any]) -> dict[str, Any]:
    return dict(inspect.getclosurevars(function).nonlocals) if isinstance(function, types.FunctionType) else {}


def _is_list(annotation: Any) -> bool:
    """Whether a lone string should be taken for a list of one (also inside Optional and Annotated)."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated or origin in (typing.Union, types.UnionType):
        parts = typing.get_args(annotation)
        inner = parts[:1] if origin is typing.Annotated else parts
        return any(_is_list(part) for part in inner) and str not in inner
    return annotation in (list, tuple) or origin in (list, tuple)


def _schema(arguments: tuple[Parameter, ...], texts: dict[str, str]) -> JsonObject:
    properties: dict[str, JsonObject] = {}
    components: JsonObject = {}
    for argument in arguments:
        try:
            (one,), named = msgspec.json.schema_components([argument.type])
        except TypeError as failed:
            raise UsageError(
                f"Parameter {argument.name} has a type no model can fill in ({failed}).",
                "Use str, int, float, bool, list, dict, Literal, or a msgspec or dataclass type.",
            ) from None
        components.update(named)
        one = _plain(one)
        if not argument.required and argument.default is not None:
            one["default"] = msgspec.to_builtins(argument.default)
        if texts.get(argument.name):
            one["description"] = texts[argument.name]
        properties[argument.name] = one
    schema: JsonObject = {
        "type": "object",
        "properties": properties,
        "required": [a.name for a in arguments if a.required],
        "additionalProperties": False,
    }
    return cast("JsonObject", _inline(schema, components)) if components else schema


def _plain(schema: JsonObject) -> JsonObject:
    """Drop *or null* (leaving an argument out says the same) and name the type of choices: providers differ here."""
    one = dict(schema)
    choices = [c for c in cast("list[JsonObject]", one.get("anyOf", [])) if c.get("type") != "null"]
    if len(choices) == 1:
        del one["anyOf"]
        one = {**choices[0], **one}
    if "enum" in one and all(isinstance(c, str) for c in one["enum"]):
        one = {"type": "string", **one}
    return one


def _inline(value: Any, components: JsonObject) -> Any:
    """Put referenced types where they are used: some providers do not follow references."""
    if isinstance(value, dict):
        node = cast("JsonObject", value)
        reference = node.get("$ref")
        if isinstance(reference, str):
            rest = {k: v for k, v in node.items() if k != "$ref"}
            return {**cast("JsonObject", _inline(components[reference.rsplit("/", 1)[-1]], components)), **rest}
        return {k: _inline(v, components) for k, v in node.items()}
    if isinstance(value, list):
        return [_inline(v, components) for v in cast("list[Any]", value)]
    return value

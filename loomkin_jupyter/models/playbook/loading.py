"""From YAML to a checked Playbook; every complaint names file, line and what is valid there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from loomkin_jupyter.core.errors import nearest
from loomkin_jupyter.models.playbook.schema import CallSpec, Extract, Playbook, PlaybookError, Step, Wait
from loomkin_jupyter.models.playbook.templates import check_expression, check_template

_AT = re.compile(r" - at `(?P<path>[^`]*)`")
_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[\.\.\.\]")
_KINDS = ("calls", "wait", "set", "goto", "report")
Place = tuple[str | int, ...]


def load_playbook(path: Path) -> Playbook:
    """Return the playbook in a file. Reads it: blocks."""
    return parse_playbook(path.read_text(encoding="utf-8"), str(path))


def load_folder(folder: Path) -> list[Playbook]:
    """Return the playbooks of a folder's ``*.yaml`` files by name of file; none where there is no such folder."""
    return [load_playbook(path) for path in sorted(folder.glob("*.yaml"))]


def parse_playbook(text: str, source: str = "playbook") -> Playbook:
    """Return the playbook written in ``text``.

    :raises PlaybookError: with ``source:line`` of the first thing that is wrong.
    """
    try:
        compose: Callable[..., yaml.Node | None] = yaml.compose  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        node = compose(text, yaml.SafeLoader)
        data: Any = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PlaybookError(f"{source}:{line}: this is not YAML: {error.problem}.") from error
    except (yaml.YAMLError, ValueError) as error:  # a control character, or a date that is none
        raise PlaybookError(f"{source}:1: this is not YAML: {error}.") from error
    lines = dict(_lines(node, ())) if node is not None else {}
    try:
        playbook = msgspec.convert(data, Playbook, strict=False)
    except msgspec.ValidationError as error:
        raise _located(str(error), lines, source) from error
    _check(playbook, lines, source)
    return playbook


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _lines(value, (*place, str(key.value)))
            yield (*place, str(key.value)), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(value, (*place, index))


def _line(lines: dict[Place, int], place: Place) -> int:
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _located(message: str, lines: dict[Place, int], source: str) -> PlaybookError:
    """Return msgspec's complaint with the line of the place it names."""
    match = _AT.search(message)
    place: list[str | int] = []
    for key, index in _PART.findall(match["path"]) if match else ():
        place.append(int(index) if index else key)
    text = _AT.sub("", message)
    if "unknown field" in text and (name := re.search(r"`([^`]+)`$", text)):
        place.append(name[1])
    # msgspec writes [...] for any key of a mapping: the fields of a step are searched below every agent then.
    found = tuple(part for part in place if part != "")
    candidates = [known for known in lines if known == found] or [k for k in lines if found and k[-1:] == found[-1:]]
    return PlaybookError(f"{source}:{_line(lines, candidates[0] if candidates else found)}: {text}.", _valid(text))


def _valid(text: str) -> str:
    if "unknown field" not in text:
        return ""
    names = sorted(
        {f.encode_name for kind in (Playbook, Step, CallSpec, Wait, Extract) for f in msgspec.structs.fields(kind)}
    )
    wrong = re.search(r"`([^`]+)`$", text)
    return (nearest(wrong[1], names).strip() if wrong else "") or f"Valid are {', '.join(names)}."


def _check(playbook: Playbook, lines: dict[Place, int], source: str) -> None:
    def complain(place: Place, problem: str, remedy: str = "") -> PlaybookError:
        return PlaybookError(f"{source}:{_line(lines, place)}: {problem}", remedy)

    for index, pattern in enumerate(playbook.match.patterns):
        _regex(pattern, ("match", "patterns", index), complain)
    for agent, steps in playbook.agents.items():
        ids = {step.id for step in steps if step.id}
        for index, step in enumerate(steps):
            place: Place = ("agents", agent, index)
            kinds = [kind for kind in _KINDS if _has(step, kind)]
            if len(kinds) != 1:
                what = f"has {' and '.join(kinds)}" if kinds else "does nothing"
                raise complain(
                    place, f"a step {what}; it needs exactly one of call(s)/decide, wait, set, goto, report."
                )
            if step.goto and step.goto not in ids:
                raise complain((*place, "goto"), f"there is no step {step.goto!r}.{nearest(step.goto, ids)}")
            _check_step(step, place, complain)


def _has(step: Step, kind: str) -> bool:
    if kind == "calls":
        return bool(step.specs())
    if kind == "report":
        return step.report is not None
    return bool(getattr(step, kind))


def _check_step(step: Step, place: Place, complain: Any) -> None:
    parts: list[tuple[str, Any, bool]] = [
        ("when", step.when, True),
        ("say", step.say, False),
        ("report", step.report, False),
    ]
    parts += [("with", step.arguments, False), ("set", step.set, False), ("decide", step.decide, False)]
    parts += [("each", step.each, True)] if isinstance(step.each, str) else []
    for name, value, expression in parts:
        if value and (problem := (check_expression if expression else check_template)(value)):
            raise complain((*place, name), f"{problem} in {name}.")
    for index, spec in enumerate(step.calls):
        if problem := check_expression(spec.when) or check_template(spec.arguments):
            raise complain((*place, "calls", index), f"{problem}.")
        for extract in spec.extract.values():
            _regex(extract.regex, (*place, "calls", index, "extract"), complain)
    for extract in step.extract.values():
        _regex(extract.regex, (*place, "extract"), complain)
    for wait in step.waits():
        if problem := check_template([wait.pattern, wait.sender, wait.task]):
            raise complain((*place, "wait"), f"{problem} in wait.")
        if "{{" not in wait.pattern:
            _regex(wait.pattern, (*place, "wait"), complain)


def _regex(pattern: str, place: Place, complain: Any) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise complain(place, f"{pattern!r} is no regular expression: {error}.") from error

"""Plays a playbook's steps against a transcript and returns the answer that is due. A pure function; keeps nothing.

The steps are gone through from the first on. Each answer the agent has given is consumed by the step that gave it, so
that the same messages always lead to the same answer, whoever asks and whenever.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.models.playbook.schema import CallSpec, Playbook, PlaybookError, Step, Wait
from loomkin_jupyter.models.playbook.templates import ValueMissing, evaluate, read_result, render, take
from loomkin_jupyter.models.playbook.transcript import Heard, Said, Transcript

_MOST_STEPS = 10_000
_MOST_REPEATS = 3
# What agents/recovery.py writes for a call that a kill cut off, or that never began.
_CUT_OFF = re.compile(r"This call was (?:interrupted|not run)\b|\S+ was not written: the interruption came before")
_MARKED = {"team_spawn": "purpose", "team_assign": "description", "peer_create_task": "description"}


class Due(msgspec.Struct, frozen=True):
    """The answer that is due: text, and calls as (name, JSON text); ``refused`` when it says what was not done."""

    text: str
    calls: tuple[tuple[str, str], ...] = ()
    refused: bool = False


def play(playbook: Playbook, transcript: Transcript, variables: dict[str, Any], tools: Sequence[str] = ()) -> Due:
    """Return what the agent of ``transcript`` says next.

    :raises PlaybookError: when the playbook has no part for this agent, or a value it needs is not there.
    """
    steps = playbook.steps_of(transcript.agent, transcript.role)
    if steps is None:
        return Due(f"The playbook {playbook.name} has no part for {transcript.agent} ({transcript.role}).")
    return _Play(playbook, steps, transcript, variables, tools).run()


class _Play:
    def __init__(
        self,
        playbook: Playbook,
        steps: list[Step],
        transcript: Transcript,
        variables: dict[str, Any],
        tools: Sequence[str],
    ) -> None:
        self._playbook = playbook
        self._steps = steps
        self._script = transcript
        self._at = 0
        self._inbox: list[Heard] = []
        self._results: dict[str, Any] = {}
        self._visits: dict[str, int] = {}
        self._jumps: dict[int, int] = {}
        self._values: dict[str, Any] = {
            **playbook.defaults,
            **variables,
            "request": transcript.start.text,
            "task": transcript.task,
            "me": {"name": transcript.agent, "role": transcript.role},
            "team": transcript.team,
            "tools": list(tools),
            "steps": self._results,
            "visits": self._visits,
        }
        self._mark = _mark(playbook.name, {**playbook.defaults, **variables})

    def run(self) -> Due:
        index = 0
        for _ in range(_MOST_STEPS):
            if index >= len(self._steps):
                return Due("I have nothing left to do here.")
            step = self._steps[index]
            try:
                target = self._step(index, step)
            except ValueMissing as error:
                name = step.id or f"number {index + 1}"
                where = f"playbook {self._playbook.name}, agent {self._script.agent}, step {name}"
                raise PlaybookError(f"{where}: {error}", "Give it a default or a `when`.") from error
            if isinstance(target, Due):
                return target
            index = target
        raise PlaybookError(
            f"playbook {self._playbook.name}: more than {_MOST_STEPS} steps; a goto goes round in circles."
        )

    def _step(self, index: int, step: Step) -> Due | int:
        """Go through one step; return the answer it owes, or the number of the step that follows."""
        if step.id:
            self._visits[step.id] = self._visits.get(step.id, 0)
        if step.when != "" and not evaluate(step.when, self._values):
            return index + 1
        if step.id:
            self._visits[step.id] += 1
        if step.goto:
            return self._goto(index, step)
        if step.set:
            self._values.update({name: render(value, self._values) for name, value in step.set.items()})
            return index + 1
        if step.report is not None:
            return self._report(index, step.report, step.refused)
        due = self._wait(step) if step.wait is not None else self._calls(step)
        return index + 1 if due is None else due

    def _goto(self, index: int, step: Step) -> int:
        self._jumps[index] = self._jumps.get(index, 0) + 1
        if self._jumps[index] > step.most:
            return index + 1
        return next(i for i, other in enumerate(self._steps) if other.id == step.goto)

    def _report(self, index: int, template: str, refused: bool) -> Due | int:
        said = self._next_said(with_calls=False)
        if said is not None:
            return index + 1
        return Due(str(render(template, self._values)).strip(), refused=refused)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _calls(self, step: Step) -> Due | None:
        planned = self._planned(step)
        if not planned:
            return None
        texts: dict[int, str] = {}
        due = list(range(len(planned)))
        for _ in range(1 + _MOST_REPEATS):
            said = self._next_said(with_calls=True)
            if said is None:
                text = "" if texts else str(render(step.say, self._values)).strip()
                calls = [planned[number] for number in due]
                return Due(text, tuple((spec.call, json.dumps(given, ensure_ascii=False)) for spec, given in calls))
            for number, (call_id, _) in zip(due, said.calls, strict=False):
                texts[number] = self._script.results.get(call_id, "Interrupted: this call has no result.")
            # What a kill cut off is done again, and only that.
            due = [number for number in due if _CUT_OFF.match(texts.get(number, ""))]
            if not due:
                break
        results: list[dict[str, Any]] = []
        for number, text in sorted(texts.items()):
            spec = planned[number][0]
            result = read_result(text)
            if result["ok"]:
                result.update({name: take(extract, text, result["data"]) for name, extract in spec.extract.items()})
            else:
                defaults = {n: e.default for n, e in spec.extract.items() if e.default is not msgspec.UNSET}
                result.update(defaults)
            results.append(result)
            if spec.id:
                self._results[spec.id] = result
        if step.id and results:
            self._results[step.id] = {**results[0], "results": results}
        return None

    def _planned(self, step: Step) -> list[tuple[CallSpec, JsonObject]]:
        """Return the calls that this step makes now, with their arguments."""
        items: list[Any] = [None]
        if step.each != "":
            items = list(evaluate(step.each, self._values) if isinstance(step.each, str) else step.each)
        planned: list[tuple[CallSpec, JsonObject]] = []
        for number, item in enumerate(items):
            values = self._values if step.each == "" else {**self._values, step.item: item, "number": number}
            for spec in step.specs():
                if spec.when == "" or evaluate(spec.when, values):
                    planned.append((spec, self._marked(spec.call, render(spec.arguments, values))))
        return planned

    def _marked(self, tool: str, arguments: JsonObject) -> JsonObject:
        """Add the mark by which a teammate finds this playbook."""
        field = _MARKED.get(tool)
        if field is None or self._mark in str(arguments.get(field, "")):
            return arguments
        return {**arguments, field: f"{arguments.get(field, '')} {self._mark}".strip()}

    # --- what was said and heard ------------------------------------------------------------------------------------

    def _next_said(self, *, with_calls: bool) -> Said | None:
        """Consume events up to the agent's next answer of this sort; messages on the way are kept for waits."""
        place = self._at
        passed: list[Heard] = []
        for event in self._script.events[place:]:
            place += 1
            if isinstance(event, Heard):
                passed.append(event)
            elif bool(event.calls) == with_calls:
                self._at = place
                self._inbox += passed
                return event
        return None

    def _wait(self, step: Step) -> Due | None:
        """Take the messages that this step waits for; an answer given while they were missing is passed over."""
        while True:
            self._hear()
            taken = self._taken(step.waits())
            if taken is not None:
                self._keep(step, taken)
                return None
            if self._at >= len(self._script.events):
                return Due(str(render(step.say, self._values)).strip() or _waiting(step.waits(), self._values))
            self._at += 1

    def _hear(self) -> None:
        """Move what was heard before the agent's next answer into the inbox."""
        events = self._script.events
        while self._at < len(events):
            event = events[self._at]
            if not isinstance(event, Heard):
                return
            self._inbox.append(event)
            self._at += 1

    def _taken(self, waits: list[Wait]) -> list[tuple[Heard, dict[str, Any]]] | None:
        left = list(self._inbox)
        taken: list[tuple[Heard, dict[str, Any]]] = []
        for wait in waits:
            found = next(((m, g) for m in left if (g := self._fits(wait, m)) is not None), None)
            if found is None:
                return None
            left.remove(found[0])
            taken.append(found)
        self._inbox = left
        return taken

    def _fits(self, wait: Wait, message: Heard) -> dict[str, Any] | None:
        """Return the named groups when ``message`` is what ``wait`` waits for."""
        if not fnmatch.fnmatchcase(message.sender, str(render(wait.sender, self._values))):
            return None
        task = str(render(wait.task, self._values))
        if (wait.kind and message.kind != wait.kind) or (task and task not in (message.task, *_words(message.text))):
            return None
        match = re.search(str(render(wait.pattern, self._values)), message.text, re.IGNORECASE | re.MULTILINE)
        return None if match is None else match.groupdict()

    def _keep(self, step: Step, taken: list[tuple[Heard, dict[str, Any]]]) -> None:
        results: list[dict[str, Any]] = []
        for message, groups in taken:
            about = {"from": message.sender, "sender": message.sender, "kind": message.kind}
            results.append({**read_result(message.text, step.extract), **groups, **about})
        if step.id:
            self._results[step.id] = {**results[-1], "results": results}


def _words(text: str) -> list[str]:
    return re.findall(r"\b[A-Z]\d+\b", text)


def _waiting(waits: list[Wait], values: dict[str, Any]) -> str:
    names = [str(render(wait.sender, values)) for wait in waits]
    known = dict.fromkeys(name for name in names if name not in ("*", "loomkin"))
    return f"I wait for {', '.join(known) or 'the team'}."


def _mark(name: str, variables: dict[str, Any]) -> str:
    plain = [f"{key}={value}" for key, value in variables.items() if re.fullmatch(r"[^;()\n]+", str(value))]
    return f"(playbook {'; '.join([name, *plain])})"

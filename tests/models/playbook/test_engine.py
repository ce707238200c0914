"""A playbook is played against messages as the loop sends them; the same messages always give the same answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.models import playbook as package
from loomkin_jupyter.models.playbook import Playbook, PlaybookError, parse_playbook
from loomkin_jupyter.models.playbook.engine import Due, play
from loomkin_jupyter.models.playbook.transcript import read


def documented() -> Playbook:
    """The example in the package's description, as it stands there."""
    lines = (package.__doc__ or "").split("::\n", 1)[1].split("\nSteps, in order.")[0]
    return parse_playbook("\n".join(line[4:] for line in lines.splitlines()))


class Agent:
    """Plays one agent: keeps its messages and answers its calls."""

    def __init__(self, book: Playbook, name: str, role: str = "", **variables: Any) -> None:
        self.book = book
        self.variables = variables
        self.messages: list[JsonObject] = [
            {"role": "system", "content": f"You are {name} ({role or name}) in team audit."},
        ]

    def hear(self, text: str) -> None:
        self.messages.append({"role": "user", "content": text})

    def next(self, *results: str) -> Due:
        due = play(self.book, read(self.messages), self.variables)
        assert due == play(self.book, read(self.messages), self.variables)
        number = len(self.messages)
        calls = [
            {"id": f"c{number}-{i}", "type": "function", "function": {"name": name, "arguments": text}}
            for i, (name, text) in enumerate(due.calls)
        ]
        self.messages.append({"role": "assistant", "content": due.text, **({"tool_calls": calls} if calls else {})})
        for call, result in zip(calls, results, strict=False):
            self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})
        return due


def test_the_documented_lead_forms_a_team_waits_and_reports():
    lead = Agent(documented(), "lead")
    lead.hear("audit `flights` please")
    first = lead.next("id: audit")
    assert first.calls[0][0] == "team_spawn"
    assert "flights" in first.text
    assigned = lead.next("id: T7 assigned to researcher")
    assert "(playbook frame-audit; frame=flights)" in json.loads(assigned.calls[0][1])["description"]
    assert lead.next() == Due("The researcher is at work.")
    lead.hear("[notice] T9 completed. missing: 3")
    assert lead.next() == Due("The researcher is at work.")
    lead.hear("[notice] T7 completed. missing: 8255")
    assert lead.next().text == "flights has 8255 missing values."
    assert lead.next().text == "I have nothing left to do here."


def profile(missing: int) -> str:
    data = {"rows": 100, "columns": {"dep_time": {"missing": missing}}}
    return f"rows: 100\n```json\n{json.dumps(data)}\n```"


def researcher(missing: int) -> Agent:
    agent = Agent(documented(), "researcher", frame="flights")
    agent.hear("[task from lead]\nT7: Profile flights (playbook frame-audit; frame=flights)")
    assert agent.next(profile(missing)).calls == (("dataframe_profile", '{"name": "flights"}'),)
    return agent


def test_confidence_follows_the_data():
    for missing, confidence in ((8255, 95), (20, 60)):
        decision = json.loads(researcher(missing).next("id: D1").calls[0][1])
        assert decision["confidence"] == confidence
        assert str(missing) in decision["title"]


def test_without_a_flaw_nothing_is_logged():
    due = researcher(0).next("id: T7")
    assert due.calls[0][0] == "peer_complete_task"
    assert json.loads(due.calls[0][1])["task_id"] == "T7"


def test_a_review_sends_the_work_back_twice_at_most():
    agent = researcher(0)
    names: list[str] = []
    for _ in range(3):
        names.append(agent.next("ok").calls[0][0])
        assert agent.next().text == "I wait for reviewer."
        agent.hear("[message from reviewer about T7]\nplease rework this")
        due = agent.next(profile(0))
        names += [name for name, _ in due.calls]
    assert names == ["peer_complete_task", "dataframe_profile"] * 2 + ["peer_complete_task"]
    assert agent.messages[-1]["content"] == "Done."


def book(steps: str) -> Playbook:
    return parse_playbook(f"playbook: p\ntitle: P\nagents:\n  lead:\n{steps}")


def test_each_makes_one_call_per_item():
    steps = """
    - {id: look, call: look_up}
    - id: log
      each: steps.look.items2
      as: flaw
      decide: [{title: '{{ flaw.name }}', confidence: '{{ flaw.p }}'}]
    - report: '{% for r in steps.log.results %}{{ r.id }} {% endfor %}'
"""
    lead = Agent(book(steps), "lead")
    lead.hear("go")
    lead.next(json.dumps({"items2": [{"name": "a", "p": 10}, {"name": "b", "p": 20}]}))
    due = lead.next("id: D1", "id: D2")
    assert [json.loads(text) for _, text in due.calls] == [
        {"title": "a", "confidence": 10},
        {"title": "b", "confidence": 20},
    ]
    assert lead.next().text == "D1 D2"


def test_a_failed_call_can_be_branched_on():
    steps = """
    - id: run
      call: shell
      extract: {passed: {regex: '(\\d+) passed', as: int, default: 0}}
    - {when: not steps.run.ok, report: 'It failed.'}
    - report: '{{ steps.run.passed }} passed'
"""
    for result, text in (("Error: no such file", "It failed."), ("12 passed", "12 passed")):
        lead = Agent(book(steps), "lead")
        lead.hear("go")
        lead.next(result)
        assert lead.next().text == text


def test_a_missing_value_names_the_step():
    lead = Agent(book("    - {id: end, report: '{{ steps.nothing.total }}'}"), "lead")
    lead.hear("go")
    with pytest.raises(PlaybookError, match="agent lead, step end"):
        lead.next()


def test_a_circle_of_gotos_ends():
    steps = "    - {id: a, set: {x: 1}}\n    - {goto: a, most: 1000000}"
    lead = Agent(book(steps), "lead")
    lead.hear("go")
    with pytest.raises(PlaybookError, match="circles"):
        lead.next()


def test_a_new_request_begins_again():
    lead = Agent(book("    - {id: a, call: look}\n    - report: 'about {{ request }}'"), "lead")
    for request in ("first", "second"):
        lead.hear(request)
        assert lead.next("ok").calls[0][0] == "look"
        assert lead.next().text == f"about {request}"


def test_an_agent_without_a_part_says_so():
    agent = Agent(documented(), "painter")
    agent.hear("hello")
    assert "no part for painter" in agent.next().text


def test_what_a_kill_cut_off_is_done_again_and_only_that():
    book = parse_playbook(
        "playbook: p\ntitle: P\nabout: x\nmatch: {keywords: [look]}\nagents:\n  lead:\n"
        "    - {id: all, say: I look., each: [a, b], as: name, call: file_read, with: {file_path: '{{ name }}'}}\n"
        '    - report: \'{{ steps.all.results | map(attribute="text") | join(" ") }}\'\n'
    )
    lead = Agent(book, "lead")
    lead.hear("look")
    cut = "This call was interrupted and its outcome is unknown. It was not run again."
    assert len(lead.next("first", cut).calls) == 2
    lead.hear("[notice] The process was started again.")
    again = lead.next("second")
    assert [json.loads(arguments) for _, arguments in again.calls] == [{"file_path": "b"}]
    assert lead.next() == Due("first second")


def test_what_is_cut_off_each_time_is_a_failure_in_the_end():
    book = parse_playbook(
        "playbook: p\ntitle: P\nabout: x\nmatch: {keywords: [look]}\nagents:\n  lead:\n"
        "    - {id: one, call: file_read, with: {file_path: a}}\n    - report: '{{ steps.one.ok }}'\n"
    )
    lead = Agent(book, "lead")
    lead.hear("look")
    for _ in range(4):
        assert lead.next("This call was not run: the turn was interrupted before it began.").calls
    assert not lead.next().calls


def test_a_correction_is_no_new_request():
    lead = Agent(documented(), "lead")
    lead.hear("audit `flights` please")
    assert lead.next("id: audit").calls[0][0] == "team_spawn"
    lead.hear("[correction] Answer with a call.")
    assert lead.next("id: T7 assigned to researcher").calls[0][0] == "team_assign"

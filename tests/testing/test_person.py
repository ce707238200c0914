"""The person of the tests: answers as told, keeps the questions, can be made to wait."""

from __future__ import annotations

import asyncio

from loomkin_jupyter.core.ports import Answer, HumanPort, Question
from loomkin_jupyter.testing.person import Person

QUESTION = Question(kind="permission", title="May ada write a.py?")


async def test_answers_as_told_and_keeps_the_questions() -> None:
    person = Person("deny")
    human: HumanPort = person
    assert not (await human.ask(QUESTION)).allowed
    person.answer = Answer(choice="always", scope="folder: src/")
    assert (await human.ask(QUESTION)).scope == "folder: src/"
    assert person.questions == [QUESTION, QUESTION]


async def test_a_held_person_answers_when_the_door_opens() -> None:
    person = Person(hold=True)
    waiting = asyncio.ensure_future(person.ask(QUESTION))
    await person.asked.wait()
    assert not waiting.done()
    person.answer = Answer(choice="deny", reason="too late")
    person.open.set()
    assert (await waiting).reason == "too late"

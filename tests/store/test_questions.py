"""Questions: kept while open, answered once, found by id or handle."""

from __future__ import annotations

from loomkin_jupyter.core.ports import Answer, Question
from loomkin_jupyter.store import questions
from loomkin_jupyter.store.questions import KeptQuestion
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx

_QUESTION = Question(
    kind="permission", title="Run ls?", options=("a", "b"), team="t", scopes=("ls *",), reversible=False
)


def _ask(tx: Tx) -> KeptQuestion:
    return questions.add(tx, "q_1", tx.handle("Q"), _QUESTION)


async def test_a_question_comes_back_with_the_same_id_and_deadline(store: Store) -> None:
    kept = await store.transact(_ask)
    assert kept.deadline == kept.asked + 300.0
    (found,) = await store.read(lambda conn: questions.open_questions(conn, "t"))
    assert (found.id, found.handle, found.deadline, found.answer) == ("q_1", "Q1", kept.deadline, None)
    assert found.question.options == ("a", "b")
    assert found.question.scopes == ("ls *",)
    assert not found.question.reversible
    assert await store.read(lambda conn: questions.open_questions(conn, "other")) == []


async def test_the_first_answer_wins(store: Store) -> None:
    await store.transact(_ask)
    yes = Answer(choice="allow_once", where="card")
    assert await store.transact(lambda tx: questions.answer(tx, "Q1", yes))
    assert not await store.transact(lambda tx: questions.answer(tx, "q_1", Answer(choice="deny")))
    assert not await store.transact(lambda tx: questions.answer(tx, "Q9", yes))
    assert await store.read(questions.open_questions) == []
    found = await store.read(lambda conn: questions.get(conn, "q_1"))
    assert found is not None
    assert found.answer == yes
    assert await store.read(lambda conn: questions.get(conn, "Q9")) is None

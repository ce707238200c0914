"""Questions to people: kept from before they are published until after they are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from loomkin_jupyter.core.ports import Answer, Question
from loomkin_jupyter.store.tables.questions import questions
from loomkin_jupyter.store.transaction import Tx

_SAME = ("kind", "title", "detail", "effect", "agent", "team", "run", "tool", "call", "reversible")


class KeptQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question with its id, handle and absolute deadline; ``answer`` is None while it is open."""

    id: str
    handle: str
    question: Question
    asked: float
    deadline: float | None = None
    answer: Answer | None = None


def add(tx: Tx, question_id: str, handle: str, question: Question) -> KeptQuestion:
    """Keep a new question; its deadline is ``timeout_s`` from the transaction's time."""
    deadline = None if question.timeout_s is None else tx.time + question.timeout_s
    tx.conn.execute(
        sa.insert(questions).values(
            id=question_id,
            handle=handle,
            options=list(question.options),
            scopes=list(question.scopes),
            asked=tx.time,
            deadline=deadline,
            **{name: getattr(question, name) for name in _SAME},
        )
    )
    return KeptQuestion(id=question_id, handle=handle, question=question, asked=tx.time, deadline=deadline)


def answer(tx: Tx, question_id: str, given: Answer) -> bool:
    """Close an open question, named by id or handle; False when it is unknown or closed: the first answer wins."""
    values = {name: getattr(given, name) for name in ("choice", "by", "where", "reason", "scope")}
    changed = tx.conn.execute(
        sa.update(questions)
        .where(_named(question_id), questions.c.state == "open")
        .values(state="answered", answered=tx.time, **values)
    )
    return changed.rowcount == 1


def open_questions(conn: sa.Connection, team: str | None = None) -> list[KeptQuestion]:
    """Return what waits for an answer, oldest first."""
    query = sa.select(questions).where(questions.c.state == "open")
    if team is not None:
        query = query.where(questions.c.team == team)
    return [_kept(row) for row in conn.execute(query.order_by(questions.c.asked, questions.c.id)).mappings()]


def get(conn: sa.Connection, question_id: str) -> KeptQuestion | None:
    """Return a question by its id or its handle, or None."""
    row = conn.execute(sa.select(questions).where(_named(question_id))).mappings().first()
    return None if row is None else _kept(row)


def _named(name: str) -> sa.ColumnElement[bool]:
    return (questions.c.id == name) | (questions.c.handle == name)


def _kept(row: Mapping[Any, Any]) -> KeptQuestion:
    deadline = row["deadline"]
    question = Question(
        options=tuple(row["options"]),
        scopes=tuple(row["scopes"]),
        timeout_s=None if deadline is None else deadline - row["asked"],
        **{name: row[name] for name in _SAME},
    )
    given = None
    if row["state"] == "answered":
        given = Answer(**{name: row[name] for name in ("choice", "by", "where", "reason", "scope")})
    return KeptQuestion(
        id=row["id"], handle=row["handle"], question=question, asked=row["asked"], deadline=deadline, answer=given
    )

"""A person who answers as a test says: implements HumanPort without a screen. Keeps every question, publishes nothing."""

from __future__ import annotations

import asyncio

from loomkin_jupyter.core.ports import Answer, Question


class Person:
    """Gives ``answer`` to every question. With ``hold`` nobody is answered before ``open`` is set.

    ``asked`` is set by the first question; ``answer`` may be changed between two questions.
    """

    def __init__(self, answer: Answer | str = "allow_once", *, hold: bool = False) -> None:
        self.answer = Answer(choice=answer) if isinstance(answer, str) else answer
        self.questions: list[Question] = []
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        if not hold:
            self.open.set()

    async def ask(self, question: Question) -> Answer:
        """Note the question and return the answer that holds when the door is open."""
        self.questions.append(question)
        self.asked.set()
        await self.open.wait()
        return self.answer

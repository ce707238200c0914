"""Asking the user, with a cool-down so that nobody is pestered."""

from __future__ import annotations

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.core.ports import Question
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ALL, tool
from loomkin_jupyter.tools.result import Output

COOL_DOWN_S = 300.0
_MOST_OPTIONS = 9


@tool(kind="coordinate", roles=ALL, deadline_exempt=True)
async def ask_user(ctx: ToolContext, question: str, options: list[str] | None = None) -> Output:
    """Ask the user something only they can decide, and wait for the answer. Use it rarely.

    Args:
        question: The question, with what they need to know to answer it.
        options: Answers to choose from; free text when left out.
    """
    if not question.strip():
        raise ToolRetry("`question` is empty. Write the question.")
    if options is not None and len(options) > _MOST_OPTIONS:
        raise ToolRetry(f"`options` has {len(options)} entries; give at most {_MOST_OPTIONS}.")
    now = ctx.services.clock.now()
    last = ctx.session.last_question
    if last is not None and now - last < COOL_DOWN_S:
        wait = int(COOL_DOWN_S - (now - last))
        raise ToolFailed(
            f"You asked the user a short while ago; ask again in {wait} s. Decide yourself and say so in your result."
        )
    ctx.session.last_question = now
    caller = ctx.caller
    answer = await ctx.human.ask(
        Question(
            kind="question",
            title=question.strip().splitlines()[0][:300],
            detail=question,
            options=tuple(options or ()),
            timeout_s=float(ctx.services.setting("gates.timeout_s")),
            agent=caller.agent,
            team=caller.team,
            run=caller.run,
            tool="ask_user",
            call=caller.call,
        )
    )
    if answer.by == "nobody":
        return Output(
            "Nobody can answer here. Decide yourself, and say in your result what you assumed.", data={"by": "nobody"}
        )
    if answer.by == "timeout":
        return Output(
            "No answer in time. Decide yourself, and say in your result what you assumed.", data={"by": "timeout"}
        )
    if answer.by == "stop":
        raise ToolFailed("The question was withdrawn: the work was stopped.")
    return Output(
        f"The user answers: {answer.choice}" + (f"\n{answer.reason}" if answer.reason else ""), data={"by": answer.by}
    )

# pyright: basic
"""``%loomkin SUB …``: what each answers, as readable text. Looking reads the views' state; doing goes through commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from loomkin_jupyter.core.errors import LoomkinError, UsageError, nearest
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import money_text
from loomkin_jupyter.kernel.doctor import doctor
from loomkin_jupyter.kernel.exporting import GRAPH_FORMS, graph_export
from loomkin_jupyter.kernel.grants import grants, revoke
from loomkin_jupyter.kernel.queues import change_queue
from loomkin_jupyter.kernel.why import why_text
from loomkin_jupyter.views.board import moment
from loomkin_jupyter.views.static.document import (
    Block,
    Heading,
    Sentence,
    Table,
    graph_blocks,
    outcome,
    run_document,
)
from loomkin_jupyter.views.static.html import to_html
from loomkin_jupyter.views.static.markdown import to_markdown
from loomkin_jupyter.views.static.text import to_text

_SETTINGS = {
    "model": "model.default",
    "trust": "permissions.preset",
    "share": "sharing.level",
    "budget": "budget.run_usd",
}


def _table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]], empty: str) -> str:
    blocks: list[Block] = [Heading(title), Table(head, tuple(rows))] if rows else [Sentence(empty)]
    return to_text(blocks).strip()


def status(host: Any, rest: str) -> str:
    """What goes on: the current run, who works, what needs you."""
    state = host.state()
    run = state["runs"].get(state["run"])
    lines = [outcome(run) if run else "Nothing has been asked yet."]
    families = [agent["family"] for agent in state["agents"].values()]
    lines.append(
        f"{families.count('working')} working, {families.count('needs_you')} waiting for you, "
        f"{len(families)} agent{'' if len(families) == 1 else 's'}"
    )
    lines += [_question(q) for q in state["questions"].values() if q["state"] == "open"]
    done = sum(task["status"] == "completed" for task in state["tasks"].values())
    lines.append(f"tasks {done} of {len(state['tasks'])}, cost {_total(state)}")
    return "\n".join(lines)


def agents(host: Any, rest: str) -> str:
    """Who is in the team and what each does."""
    rows = [
        (
            a["name"],
            a["role"],
            a["word"],
            a["activity"] or "",
            a["task"],
            str(a["queue"]),
            money_text(a.get("cost_nano")),
        )
        for a in host.state()["agents"].values()
    ]
    return _table("Agents", ("Agent", "Role", "Status", "Now", "Task", "Queue", "Cost"), rows, "No agents yet.")


def tasks(host: Any, rest: str) -> str:
    """The plan."""
    rows = [
        (t["handle"], t["title"], t["status"].replace("_", " "), t["owner"], ", ".join(t["depends_on"]))
        for t in host.state()["tasks"].values()
    ]
    return _table("Tasks", ("Task", "Title", "Status", "Who", "Depends on"), rows, "No tasks yet.")


def queue(host: Any, rest: str) -> str:
    """Messages that wait to be read; queue edit lead:1 TEXT, move lead:2 1, delete, squash or restore change them."""
    if rest:
        return change_queue(lambda command: _reply(host, command), rest)
    waiting = _reply(host, {"do": "queue", "agent": ""})["queue"]
    names = {message["message"]: message["name"] for message in waiting}
    rows = [
        (
            names.get(key, ""),
            q["to"],
            q["sender"],
            q["kind"],
            q["priority"],
            moment(q["due"]) if "due" in q else "",
            q["text"],
        )
        for key, q in host.state()["queue"].items()
    ]
    return _table(
        "Waiting messages",
        ("Message", "To", "From", "Kind", "Priority", "Not before", "Text"),
        rows,
        "No message is waiting.",
    )


def graph(host: Any, rest: str) -> str:
    """The decisions, as a list (panel graph shows the explorer), or graph --format mermaid, dot, json or markdown."""
    words = [word for word in rest.replace("=", " ").split() if word != "--all"]
    form = words[1] if len(words) == 2 and words[0] == "--format" else "list"
    if words and (form not in GRAPH_FORMS or words[0] != "--format" or len(words) != 2):
        raise UsageError(
            f"%loomkin graph {rest!r} is not known.", f"Add --format and one of {', '.join(GRAPH_FORMS)}, or --all."
        )
    if form != "list":
        return graph_export(host.state(), form, everything="--all" in rest.split())
    return to_text(graph_blocks(host.state())).strip() or "No decisions yet."


def why(host: Any, rest: str) -> str:
    """The reasons behind a decision, a variable or a file: why D7, why df, why report.md."""
    if not rest:
        raise UsageError("%loomkin why needs a decision, a variable or a file.", "Such as %loomkin why D7.")
    return why_text(host.state(), rest)


def cost(host: Any, rest: str) -> str:
    """What it has cost, by agent and model."""
    state = host.state()
    by_agent = [(name, money_text(nano)) for name, nano in state["cost"]["by_agent"].items()]
    by_model = [(name, money_text(nano)) for name, nano in state["cost"]["by_model"].items()]
    head = f"{_total(state)} in {state['cost']['calls']} calls, {state['cost']['cached']:,} tokens from caches"
    tables: list[Block] = [Sentence(head)]
    for title, rows in (("By agent", by_agent), ("By model", by_model)):
        tables += [Heading(title), Table((title.removeprefix("By "), "cost"), tuple(rows))] if rows else []
    return to_text(tables)


def keepers(host: Any, rest: str) -> str:
    """What left the agents' windows and is kept in full."""
    rows = [(k["handle"], k["topic"], k["agent"], f"{k['tokens']:,}") for k in host.state()["keepers"].values()]
    return _table("Keepers", ("Keeper", "Topic", "Agent", "Tokens"), rows, "Nothing has been offloaded yet.")


def sent(host: Any, rest: str) -> str:
    """What left for models: size and receiver of the latest requests."""
    from loomkin_jupyter.core.requests import whole
    from loomkin_jupyter.core.signals import RequestSent
    from loomkin_jupyter.store import journal

    host.open()

    def every(conn: Any) -> list[RequestSent]:
        return [signal for signal in journal.iterate(conn) if isinstance(signal, RequestSent)]

    host.wait(host.workspace.store.flush())
    kept: list[RequestSent] = host.wait(host.workspace.store.read(every))
    signals = kept[-20:]
    if rest:
        chosen = next((signal for signal in reversed(signals) if signal.call == rest or signal.agent == rest), None)
        if chosen is None:
            raise UsageError(f"Nothing was sent by {rest!r} lately.", "%loomkin sent lists the latest requests.")
        own = (signal for signal in kept if (signal.team, signal.agent) == (chosen.team, chosen.agent))
        messages = whole(own).get(chosen.call)
        return "Its text was not kept." if messages is None else json.dumps(messages, ensure_ascii=False)
    rows = [(s.agent, s.model, f"{s.bytes:,}", f"{s.tools:,}" if s.tools else "", s.call) for s in signals]
    head = ("Agent", "Model", "Messages, bytes", "Tools, bytes", "Call")
    return _table("Sent to models (latest)", head, rows, "Nothing was sent to a model yet.")


def settings(host: Any, rest: str) -> str:
    """Every setting; settings KEY VALUE changes one."""
    host.open()
    if rest:
        key, _, value = rest.partition(" ")
        if value:
            return _did(host, {"do": "setting", "key": key, "value": _value(key, value)}, "")
    from loomkin_jupyter.core.settings import BY_KEY

    rows = [
        (key, str(host.workspace.settings[key]), host.workspace.settings.source(key), s.help)
        for key, s in BY_KEY.items()
        if rest in key
    ]
    return _table(
        "Settings",
        ("Setting", "Value", "From", "What it does"),
        rows,
        f"There is no setting {rest}.{nearest(rest, BY_KEY)}",
    )


def short_setting(name: str) -> Callable[[Any, str], str]:
    """Return the subcommand that shows or changes one of the common settings."""

    def show_or_change(host: Any, rest: str) -> str:
        key = _SETTINGS[name]
        return settings(host, f"{key} {rest}" if rest else key)

    show_or_change.__doc__ = f"Show {_SETTINGS[name]}, or change it for this workspace."
    return show_or_change


def approve(host: Any, rest: str) -> str:
    """Say yes to a question: approve Q4 [run|always]; without a number, to the only open one."""
    handle, word = _handle(host, rest)
    choices = {"": "allow_once", "once": "allow_once", "run": "allow_run", "always": "always"}
    question = _open_question(host, handle)
    if question["kind"] == "question":
        choice = word or "yes"
    elif word in choices:
        choice = choices[word]
    else:
        raise UsageError(
            f"approve {handle} {word!r} is not known.{nearest(word, choices)}", "Add nothing, run or always."
        )
    command = {"do": "answer", "question": handle, "choice": choice, "where": "magic"}
    if choice == "always" and question["scopes"]:
        command["scope"] = question["scopes"][0]
    return _did(host, command, f"{handle}: {choice.replace('_', ' ')}.")


def deny(host: Any, rest: str) -> str:
    """Say no, with a reason that the agent reads: deny Q4 not that file."""
    handle, reason = _handle(host, rest)
    return _did(
        host,
        {"do": "answer", "question": handle, "choice": "deny", "reason": reason, "where": "magic"},
        f"{handle}: denied.",
    )


def pause(host: Any, rest: str) -> str:
    """Pause an agent, or everybody."""
    paused = _reply(host, {"do": "pause", "agent": rest}).get("agents")
    return f"{rest or 'Everybody'} pauses at the next step." if paused else "Nobody is working: there is no agent yet."


def resume(host: Any, rest: str) -> str:
    """Let them go on; after a restart, take up what was open."""
    name, _, guidance = rest.partition(" ")
    host.open()
    if not name and not host.workspace.teams:
        return _go_on(host)
    return _did(host, {"do": "resume", "agent": name, "guidance": guidance}, f"{name or 'Everybody'} goes on.")


def _go_on(host: Any) -> str:
    """Take up what a dead kernel left: its data is loaded again, and what else is gone is said."""
    lines = ["The team goes on where it was."]
    data = host.wait(host.workspace.requests.data_of_open_runs())
    missing = {name: file for name, file in data.items() if name not in host.shell.user_ns}
    if missing:
        from loomkin_jupyter.workspace.namespace import load_data

        try:
            host.shell.user_ns.update(load_data(missing))
            lines.append(f"Loaded again: {', '.join(missing)}.")
        except UsageError as error:
            lines.append(f"Not loaded again: {error}")
        host.mainthread.look()
    resumed = _reply(host, {"do": "resume_run"}).get("run")
    if not resumed:
        return "There was nothing to go on with."
    from loomkin_jupyter.kernel.asking import go_on

    runs = host.workspace.parts.runs
    latest = runs.get(resumed)
    go_on(host, [*(run for run in runs.current("main") if run is not latest), latest])
    lines += [note for note in host.state()["workspace"]["notices"] if note.startswith("Resumed.")][-1:]
    return "\n".join(lines)


def stop(host: Any, rest: str) -> str:
    """Stop the run, or one agent."""
    return _did(host, {"do": "stop", "agent": rest}, "Stopped.")


def steer(host: Any, rest: str) -> str:
    """Give a working agent guidance: steer AGENT text."""
    agent, _, text = rest.partition(" ")
    if not text:
        raise UsageError("%loomkin steer needs an agent and a text.", "Such as %loomkin steer coder use the median.")
    reply = _reply(host, {"do": "steer", "agent": agent, "text": text})
    return _TOLD.get(str(reply.get("text")), "Told {agent}.").format(agent=agent)


_TOLD = {
    "queued": "Told {agent}; it reads it at its next step.",
    "delivered": "Told {agent}; it reads it now.",
    "paused": "Told {agent}; it is paused and reads it when it goes on (%loomkin resume).",
    "dead": "{agent} works no more: the message is kept, nobody will read it now.",
}


def undo(host: Any, rest: str) -> str:
    """Take the newest file change back, or that of one path."""
    return _did(host, {"do": "undo", "path": rest}, "Undone.")


def export(host: Any, rest: str) -> str:
    """Write the record of the last run: export report.md or report.html."""
    target = Path(rest or "loomkin-run.md")
    if target.suffix not in (".md", ".html", ".txt"):
        raise UsageError(
            f"export {rest!r}: no way to write {target.suffix or 'a file without ending'}.", "Use .md, .html or .txt."
        )
    blocks = run_document(host.state(), level="full")
    writers: dict[str, Callable[[list[Block]], str]] = {".md": to_markdown, ".html": to_html, ".txt": to_text}
    try:
        target.write_text(writers[target.suffix](blocks), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"export {rest!r}: it cannot be written there: {error.strerror or error}.",
            "Name a file in a folder of yours.",
        ) from None
    return f"Written to {target}."


def trust(host: Any, rest: str) -> str:
    """Show or choose the preset; trust folder lets this project's own rules count."""
    if rest in ("folder", "folder off"):
        return _did(host, {"do": "trust_folder", "revoke": rest.endswith("off")}, "Done.")
    return short_setting("trust")(host, rest)


def help_text(host: Any, rest: str) -> str:
    """What there is; help NAME tells of one."""
    if rest and rest not in _HELP:
        raise UsageError(f"%loomkin has no {rest!r}.{nearest(rest, _HELP)}", "%loomkin help lists everything.")
    shown = {rest: _HELP[rest]} if rest else _HELP
    lines = [f"  %loomkin {name:<9} {words}" for name, words in shown.items()]
    head = ["%%loomkin [options] and a request below it: the team works on it (%%loomkin --help shows the options)."]
    return "\n".join(lines if rest else [*head, *lines])


SUBCOMMANDS: dict[str, Callable[[Any, str], Any]] = {
    "status": status, "team": agents, "agents": agents, "tasks": tasks, "queue": queue, "graph": graph, "why": why,
    "cost": cost, "budget": short_setting("budget"), "model": short_setting("model"), "trust": trust,
    "share": short_setting("share"), "approve": approve, "deny": deny, "pause": pause, "resume": resume, "stop": stop,
    "steer": steer, "undo": undo, "sent": sent, "settings": settings, "export": export, "doctor": doctor, "keepers": keepers,
    "grants": grants, "revoke": revoke, "help": help_text,
}  # fmt: skip

_HELP = {
    "ask": "Give the team a request in one line: ask --wait What is in df?",
    **{name: (fn.__doc__ or "").strip().splitlines()[0] for name, fn in SUBCOMMANDS.items()},
    "panel": "Show a panel: sidebar, card, graph, or a part such as queue or cost.",
}


def _reply(host: Any, command: JsonObject) -> JsonObject:
    reply: JsonObject = host.do(command)
    if not reply.get("ok"):
        raise LoomkinError(str(reply.get("error", "It failed.")), str(reply.get("remedy", "")))
    return reply


def _did(host: Any, command: JsonObject, said: str) -> str:
    return str(_reply(host, command).get("text") or said)


def _open_question(host: Any, handle: str) -> JsonObject:
    waiting = {q["handle"]: q for q in host.state()["questions"].values() if q["state"] == "open"}
    if handle not in waiting:
        known = ", ".join(waiting) or "none"
        raise UsageError(f"{handle} is not an open question.", f"Open questions: {known}.")
    return waiting[handle]


def _handle(host: Any, rest: str) -> tuple[str, str]:
    first, _, more = rest.partition(" ")
    if first[:1].upper() == "Q" and first[1:].isdigit():
        return first.upper(), more.strip()
    if first.isdigit():
        return f"Q{first}", more.strip()
    waiting = [q["handle"] for q in host.state()["questions"].values() if q["state"] == "open"]
    if len(waiting) != 1:
        raise UsageError(
            f"Which question? {len(waiting)} are open.", f"Name one: {', '.join(waiting) or 'there is none'}."
        )
    return waiting[0], rest


def _question(question: JsonObject) -> str:
    return f"needs you: {question['handle']} {question['title']} (%loomkin approve {question['handle']}, or deny)"


def _total(state: JsonObject) -> str:
    known = money_text(state["cost"]["total_nano"])
    return f"{known} and calls of unknown price" if state["cost"]["unknown"] else known


def _value(key: str, text: str) -> Any:
    from loomkin_jupyter.core.settings import BY_KEY

    kind = BY_KEY[key].kind if key in BY_KEY else "str"
    if text.strip() in ("default", "none", "-"):
        return None
    try:
        return {"int": int, "float": float}.get(kind, str)(
            text.strip().lstrip("$") if kind in ("int", "float") else text.strip()
        )
    except ValueError:
        raise UsageError(f"{key} {text!r} is no number.", "Give a number.") from None

"""Demo states for the panels: what the projection would send at telling moments of a run. Data only."""

from __future__ import annotations

import copy
from typing import Any

State = dict[str, Any]

NOW = 1_790_000_000.0
RUN = "run_1"

XSS = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror='window.hacked=1'>",
    "[click](javascript:window.hacked=1)",
    "[click](JaVaScRiPt:window.hacked=1)",
    "[click](data:text/html,<script>window.hacked=1</script>)",
    "[click](vbscript:msgbox)",
    "![x](https://tracker.invalid/a.png)",
    "![x](x' onerror='window.hacked=1)",
    "<svg onload=window.hacked=1>",
    "<a href='javascript:window.hacked=1'>x</a>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<style>body{display:none}</style>",
    "</textarea><script>window.hacked=1</script>",
    "&lt;img src=x onerror=window.hacked=1&gt;",
    "&#x6A;avascript:window.hacked=1",
    "[x](&#x6A;avascript&#58;window.hacked=1)",
    "<details open ontoggle=window.hacked=1>",
    "`<img src=x onerror=window.hacked=1>`",
    "```html\n<script>window.hacked=1</script>\n```",
    "<http://x onmouseover=window.hacked=1>",
    "<form action=javascript:window.hacked=1><input type=submit>",
    "[ref]: javascript:window.hacked=1\n[ref]",
    "![ref][pic]\n\n[pic]: https://tracker.invalid/b.png",
    "<img src=//tracker.invalid/c.png>",
    "<link rel=stylesheet href=https://tracker.invalid/d.css>",
    "<body background=https://tracker.invalid/e.png>",
    "<video src=https://tracker.invalid/f.mp4 onerror=window.hacked=1></video>",
    "<object data=javascript:window.hacked=1></object>",
    "<base href=https://tracker.invalid/>",
    "<meta http-equiv=refresh content='0;url=https://tracker.invalid/'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.hacked=1>",
    "<svg><animate onbegin=window.hacked=1 attributeName=x>",
    "<noscript><p title='</noscript><img src=x onerror=window.hacked=1>'>",
    "' onfocus=window.hacked=1 autofocus tabindex=1 x='",
    '"><script>window.hacked=1</script>',
    "[click](\tjavascript:window.hacked=1)",
    "[click](//tracker.invalid 'x\" onmouseover=window.hacked=1 y=\"')",
    "$\\href{javascript:window.hacked=1}{x}$",
    "constructor",
    "__proto__",
)
"""What a model might say to run code in a page or to make it load something."""


def _agent(name: str, role: str, family: str, word: str, activity: str, **more: Any) -> State:
    return {
        "name": name,
        "role": role,
        "model": "loomkin/playbook",
        "status": more.pop("status", "working"),
        "family": family,
        "word": word,
        "glyph": "",
        "activity": activity,
        "detail": "",
        "since": NOW - 12,
        "last_sign": NOW - 3,
        "task": "",
        "text": "",
        "tools": [],
        "tokens": {"input": 5200, "output": 640, "cached": 1200, "reasoning": 0},
        "cost_nano": 42_000_000,
        "queue": 0,
        "context_fill": 0.21,
        "lead": False,
        "restarts": 0,
        "team": "main",
        **more,
    }


def _node(handle: str, kind: str, title: str, confidence: int | None, **more: Any) -> State:
    return {
        "handle": handle,
        "kind": kind,
        "title": title,
        "description": more.pop("description", ""),
        "confidence": confidence,
        "status": more.pop("status", "active"),
        "agent": "lead",
        "auto": False,
        "doubt": False,
        "run": RUN,
        "time": NOW - 60 + int(handle[1:]),
        **more,
    }


def _agents() -> State:
    tools = [
        {"tool": "dataframe_profile", "status": "ok", "summary": "3 columns with gaps", "duration_s": 0.4},
        {"tool": "content_search", "status": "ok", "summary": "12 hits", "duration_s": 0.1},
    ]
    agents = (
        _agent("lead", "lead", "waiting", "waiting for researcher", "waiting for researcher", lead=True, text="I split the work in two: **keys** first, then dates.", task="T1"),
        _agent("researcher", "researcher", "working", "working", "profiling flights.csv for duplicates", task="T2", tools=tools, queue=2, text="The key `flight_id` repeats 14 times."),
        _agent("coder", "coder", "needs_you", "needs you", "waiting for your permission", task="T3"),
        _agent("reviewer", "reviewer", "paused", "paused", "", status="paused"),
        _agent("tester", "tester", "failed", "failed", "", status="failed", restarts=3),
        _agent("scribe", "scribe", "silent", "no sign for 50 s", "thinking", last_sign=NOW - 50),
        _agent("helper", "researcher", "idle", "idle", "", status="idle"),
    )  # fmt: skip
    return {agent["name"]: agent for agent in agents}


def _tasks() -> State:
    def task(handle: str, title: str, status: str, owner: str, **more: Any) -> State:
        base = {"handle": handle, "title": title, "description": "", "status": status, "owner": owner, "priority": 3}
        return {**base, "depends_on": [], "result": "", "run": RUN, **more}

    tasks = (
        task("T1", "Understand the frame", "completed", "lead", result="336 rows, 19 columns"),
        task("T2", "Check date parsing", "in_progress", "researcher", description="Compare *dep_time* with the text column."),
        task("T3", "Remove duplicate keys", "assigned", "coder", depends_on=["T2"], priority=2),
        task("T4", "Write the test", "pending", "", depends_on=["T3"]),
    )  # fmt: skip
    return {item["handle"]: item for item in tasks}


def _questions() -> State:
    base: State = {"state": "open", "answer": "", "by": "", "where": "", "run": RUN, "options": [], "scopes": []}
    permission: State = {
        **base,
        "id": "q_1",
        "handle": "Q4",
        "kind": "permission",
        "title": "Write clean.py",
        "detail": "--- a/clean.py\n+++ b/clean.py\n+df = df.drop_duplicates('flight_id')\n",
        "effect": "writes the file clean.py",
        "scopes": ["file_write on clean.py", "file_write in this folder"],
        "deadline": NOW + 240,
        "agent": "coder",
        "tool": "file_write",
        "reversible": True,
    }
    question: State = {
        **base,
        "id": "q_2",
        "handle": "Q5",
        "kind": "question",
        "title": "Which of the two time zones is right?",
        "options": ["UTC", "New York"],
        "deadline": None,
        "agent": "researcher",
        "tool": "",
    }
    spawn: State = {
        **base,
        "id": "q_3",
        "handle": "Q6",
        "kind": "spawn",
        "title": "Start 2 more agents: researcher, tester",
        "effect": "spends up to $0.50",
        "deadline": None,
        "agent": "lead",
        "tool": "team_spawn",
        "reversible": False,
    }
    return {item["id"]: item for item in (permission, question, spawn)}


def _feed() -> State:
    texts = (
        ("plan", "lead", "", "T2 Check date parsing"),
        ("talk", "lead", "researcher", "Please look at `dep_time` first."),
        ("tool", "researcher", "", "dataframe_profile: 3 columns with gaps"),
        ("result", "researcher", "", "T1 Understand the frame: 336 rows, 19 columns"),
        ("problem", "tester", "", "restarted three times: the test folder is missing"),
        ("needs", "coder", "", "Q4: Write clean.py"),
    )
    return {
        str(n): {"n": n, "time": NOW - 60 + n, "kind": kind, "agent": agent, "to": to, "text": text, "run": RUN}
        for n, (kind, agent, to, text) in enumerate(texts, start=1)
    }


def _decisions() -> State:
    nodes = (
        _node("D1", "goal", "Find what is wrong with flights.csv", 90, description="The request, as the lead read it."),
        _node("D2", "decision", "How to treat repeated flight ids", 75),
        _node("D3", "option", "Drop them", 40, status="rejected"),
        _node("D4", "option", "Keep the latest", 80, files=["clean.py"], variables=["df"]),
        _node("D5", "action", "Write clean.py", 70, doubt=True),
        _node("D6", "outcome", "14 rows gone, totals agree", None),
        _node("D7", "observation", "dep_time is text in 3 rows", 95, auto=True),
        _node("D8", "revisit", "The time zone may be wrong", 45),
    )
    edges = (
        ("D1", "D2", "leads_to", ""),
        ("D2", "D3", "rejected", "loses two real flights"),
        ("D2", "D4", "chosen", "the later row has the corrected time"),
        ("D4", "D5", "leads_to", ""),
        ("D5", "D6", "leads_to", ""),
        ("D7", "D2", "informs", ""),
        ("D8", "D5", "supersedes", "if New York is right"),
    )
    return {
        "nodes": {node["handle"]: node for node in nodes},
        "edges": {f"{a}>{b}:{kind}": {"source": a, "target": b, "kind": kind, "rationale": why} for a, b, kind, why in edges},
    }  # fmt: skip


def running() -> State:
    """Everything at once: a run at work that needs the user three times."""
    places = {"D1": [0, 0], "D7": [220, 0], "D2": [80, 110], "D3": [0, 220], "D4": [180, 220], "D8": [360, 220]}
    queue = {
        "m_1": {"id": "m_1", "to": "researcher", "sender": "lead", "kind": "message", "text": "Then the carriers.", "priority": "normal"},
        "m_2": {"id": "m_2", "to": "researcher", "sender": "user", "kind": "guidance", "text": "Ignore 2012.", "priority": "urgent"},
    }  # fmt: skip
    return {
        "workspace": {"root": "/home/me/flights", "name": "flights", "sandbox": "bubblewrap", "preset": "balanced", "share": "stats", "notices": []},
        "runs": {
            RUN: {
                "id": RUN, "request": "Find what is wrong with flights.csv and repair it", "status": "running", "answer": "", "reason": "",
                "started": NOW - 60, "cost_nano": 420_000_000, "limit_usd": 5.0, "limit_tokens": None,
                "tokens": {"input": 11_200, "output": 1_200, "cached": 2_000, "reasoning": 0}, "labels": ["scripted model: no key is needed"],
                "model": "loomkin/playbook", "duration_s": 0, "activity": "profiling flights.csv for duplicates", "team": "main",
            }
        },
        "run": RUN,
        "agents": _agents(),
        "tasks": _tasks(),
        "questions": _questions(),
        "feed": _feed(),
        "decisions": _decisions(),
        "graph": {"positions": {**places, "D5": [180, 330], "D6": [180, 440]}},
        "changes": {
            "clean.py": {"path": "clean.py", "added": 3, "removed": 1, "by": "coder", "diff": "@@ -1 +1,3 @@\n-import os\n+import pandas as pd\n+\n+df = 1\n", "undone": False, "run": RUN}
        },
        "proposals": {
            "p_1": {"id": "p_1", "action": "insert", "cell": "", "position": 3, "source": "df.duplicated().sum()", "before": "", "reason": "shows the repeats", "by": "researcher", "run": RUN}
        },
        "claims": {"c_1": {"id": "c_1", "path": "clean.py", "holder": "coder", "start": 1, "end": 20, "symbol": "clean", "intent": "write"}},
        "queue": queue,
        "keepers": {"K1": {"handle": "K1", "topic": "first look", "tokens": 4200}},
        "cost": {"total_nano": 420_000_000, "unknown": False, "calls": 9, "cached": 2000, "by_agent": {"lead": 120_000_000, "researcher": 300_000_000}, "by_model": {"loomkin/playbook": 420_000_000}},
        "clock": NOW,
    }  # fmt: skip


def calm() -> State:
    """At work, and nothing needs the user."""
    state = running()
    state["questions"] = {}
    state["agents"].pop("coder")
    return state


def ended() -> State:
    """A run that is done."""
    state = calm()
    run = state["runs"][RUN]
    run.update(
        status="done",
        answer="## Found\n\n- 14 repeated ids, **repaired**\n- 3 dates as text",
        finished=NOW,
        duration_s=83.0,
        activity="",
    )
    for agent in state["agents"].values():
        agent.update(family="done", word="done", activity="", status="idle")
    for task in state["tasks"].values():
        task["status"] = "completed"
    return state


def limit() -> State:
    """Stopped by its budget, with an unknown price."""
    state = ended()
    state["runs"][RUN].update(status="limit", answer="", reason="The limit of this run is reached.", cost_nano=None, limit_usd=None, limit_tokens=200_000)  # fmt: skip
    state["cost"]["unknown"] = True
    return state


def empty() -> State:
    """A workspace in which nothing has happened."""
    blank: State = {key: {} for key in running() if key not in ("run", "clock")}
    return {**blank, "decisions": {"nodes": {}, "edges": {}}, "graph": {"positions": {}}, "run": "", "clock": NOW}


def attack() -> State:
    """Hostile text in every place that shows a model's words."""
    state = ended()
    everything = "\n\n".join(XSS)
    state["runs"][RUN].update(answer=everything, request=XSS[0], reason=XSS[1], labels=[XSS[1]])
    for index, text in enumerate(XSS):
        state["feed"][str(100 + index)] = {
            "n": 100 + index,
            "time": NOW,
            "kind": "talk",
            "agent": text,
            "to": text,
            "text": text,
            "run": RUN,
        }
    for agent in state["agents"].values():
        agent.update(text=everything, activity=XSS[1], role=XSS[0])
    for index, text in enumerate(XSS):
        tools = [{"tool": text, "status": text, "summary": text, "duration_s": 0.1}]
        state["agents"][text] = _agent(
            text, text, "working", text, text, text=text, detail=text, tools=tools, task=text
        )
        state["tasks"][f"x{index}"] = {
            **state["tasks"]["T1"],
            "handle": f"X{index}",
            "title": text,
            "owner": text,
            "result": text,
        }
        state["decisions"]["nodes"][f"X{index}"] = _node(
            f"X{index}", "decision", text, 50, description=text, agent=text
        )
        state["changes"][text] = {"path": text, "added": 1, "removed": 0, "by": text, "diff": text, "run": RUN}
        state["queue"][f"m{index}"] = {"id": f"m{index}", "to": text, "sender": text, "text": text, "kind": "message"}
    state["questions"] = copy.deepcopy(_questions())
    for question in state["questions"].values():
        question.update(title=XSS[1], detail=everything, effect=XSS[8])
    return state


STATES = {"running": running, "calm": calm, "ended": ended, "limit": limit, "empty": empty, "attack": attack}

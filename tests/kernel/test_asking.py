# pyright: basic
"""From a cell to a run: mentions become context, an agent can be addressed, data is loaded, results are variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, in_order


def test_mentions_are_context_of_the_request(kernel: Any, model: ScriptedServer) -> None:
    (kernel.folder / "notes.md").write_text("use the median\n")
    kernel.run("import pandas as pd; df = pd.DataFrame({'age': [31337]})")
    kernel.run("17 * 3")
    kernel.run("boom = 1 / 0")
    out = kernel.run("%%loomkin --wait --name run\nLook at @df, @notes.md, @In[2], @error and @out.")
    assert not out["error"], out
    told = model.requests[0].last
    for words in ("shape 1 × 1", "use the median", "import pandas", "ZeroDivisionError", "the last output: int"):
        assert words in told
    assert "31337" not in told.replace("'age': [31337]", "")


def test_an_unknown_mention_costs_nothing(kernel: Any, model: ScriptedServer) -> None:
    assert "names no variable" in kernel.run("%%loomkin --wait\nAudit @nothing_here")["error"]
    assert not model.requests


def test_an_agent_is_addressed_by_name(kernel: Any, model: ScriptedServer) -> None:
    begun = kernel.run("%%loomkin --wait --roles coder --name run\nBegin")
    assert not begun["error"], begun
    model.requests.clear()
    out = kernel.run("%%loomkin --wait --name run\n@coder which file is yours?")
    assert not out["error"], out
    assert model.requests[0].agent == "coder", "who is addressed answers"
    assert model.requests[0].last.endswith("@coder which file is yours?")


def test_data_is_loaded_into_a_variable(kernel: Any, model: ScriptedServer) -> None:
    (kernel.folder / "a.csv").write_text("x,y\n1,2\n3,4\n")
    assert not kernel.run("%%loomkin --wait --data points=a.csv\nLook")["error"]
    assert kernel.run("print(points.shape)")["text"] == "(2, 2)\n"
    assert "No such file" in kernel.run("%%loomkin --wait --data points=b.csv\nLook")["error"]


def test_what_agents_code_made_is_in_the_result(kernel: Any, model: ScriptedServer) -> None:
    code = "print('loud')\nmade = pd.DataFrame({'x': [1, 2]})\nlimit = 5\nlimit"
    model.script = in_order(Reply(calls=[("kernel_eval", {"code": code})]), Reply(text="Made it."))
    kernel.run("import pandas as pd; untouched = 1; 'mine'")
    out = kernel.run("%%loomkin --wait --name run --trust full --share full\nMake a frame")
    assert "loud" not in out["text"], "agents' prints never land in a cell"
    said = kernel.run("r = run.result; print(sorted(r.values), list(r.frames), r.figures, r.text)")["text"]
    assert said == "['limit', 'made'] ['made'] {} Made it.\n"
    assert "loud" in model.requests[-1].results[-1][1]


def test_the_users_own_history_is_untouched_by_agents(kernel: Any, model: ScriptedServer) -> None:
    model.script = in_order(Reply(calls=[("kernel_eval", {"code": "1234"})]), Reply(text="Done."))
    kernel.run("%%loomkin --name run --trust full --share full\nCompute")
    kernel.run("'mine'")
    count = "get_ipython().execution_count"
    before = int(kernel.run(f"print({count})")["text"])
    kernel.run("run.wait()")
    assert kernel.run("print(_)")["text"] == "mine\n"
    assert int(kernel.run(f"print({count})")["text"]) == before + 3
    assert kernel.run("print(1234 in Out.values(), any('1234' == c for c in In))")["text"] == "False False\n"


def test_another_project_is_refused_once_a_team_is_open(kernel: Any, model: ScriptedServer, folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    kernel.run("%loomkin status")
    before = len(model.requests)
    refused = kernel.run(f"%%loomkin --project {other}\nSay hello")
    assert f"This kernel works in {folder}" in refused["error"], refused
    assert f"another notebook for {other}" in refused["error"]
    missing = kernel.run("%%loomkin --project nowhere\nSay hello")
    assert "is not a directory" in missing["error"]
    assert len(model.requests) == before
    assert not kernel.run(f"%%loomkin --project {folder} --wait\nSay hello")["error"]

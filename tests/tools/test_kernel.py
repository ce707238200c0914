"""Live variables within the sharing level, and code in the kernel."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from loomkin_jupyter.core.ports import Answer


@pytest.fixture
def frame(bench: Any) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "id": range(100),
            "name": [f"canary{n}" for n in range(100)],
            "city": ["Paris"] * 60 + ["Rome"] * 39 + ["Canaryville"],
            "pay": [1000.0 + n for n in range(99)] + [123456789.0],
            "gap": [None] * 40 + [1.0] * 60,
        }
    )
    bench.namespace.variables.update(flights=frame, _hidden=1, limit=987654321, secret="canary text", pd=pd)
    return frame


async def test_variables_without_values(bench: Any, frame: Any) -> None:
    result = await bench.run("kernel_variables", bench.agent("r", "researcher"))
    assert "flights: DataFrame 100 × 5" in result.text and "limit: int" in result.text
    assert "canary" not in result.text and "987654321" not in result.text and "_hidden" not in result.text
    assert result.data == ["flights", "limit", "secret"]


@pytest.mark.parametrize("level", ["schema", "stats"])
async def test_canaries_stay_home(bench: Any, frame: Any, level: str) -> None:
    for tool in ("variable_inspect", "dataframe_profile"):
        text = (await bench.run(tool, bench.share(level), name="flights")).text
        assert "canary" not in text.lower() and "123456789" not in text and "id: int64" in text
        assert ("Paris" in text) == (level == "stats")
    assert "canary" not in (await bench.run("variable_inspect", bench.share(level), name="secret")).text
    assert "987654321" not in (await bench.run("variable_inspect", bench.share(level), name="limit")).text


async def test_a_profile_is_text_and_data(bench: Any, frame: Any) -> None:
    bench.namespace.variables["flights"] = pd.concat([frame, frame.iloc[:3]])
    result = await bench.run("dataframe_profile", name="flights")
    data = json.loads(result.text.rsplit("data: ", 1)[1])
    assert data == json.loads(json.dumps(result.data))
    assert data["rows"] == 103 and data["duplicates"] == 3 and data["keys"] == []
    columns = {c["name"]: c for c in data["columns"]}
    assert columns["gap"]["missing"] == 43 and columns["pay"]["outliers"] == 1
    assert any("gap is missing" in hint for hint in data["hints"])


async def test_samples_and_everything(bench: Any, frame: Any) -> None:
    assert "canary3" in (await bench.run("variable_inspect", bench.share("sample"), name="flights")).text
    assert "canary15" in (await bench.run("variable_inspect", bench.share("full"), name="flights")).text
    local = bench.agent("x", "analyst", local_model=True)
    assert "canary15" in (await bench.run("variable_inspect", local, name="flights")).text


async def test_unknown_and_unfit_variables(bench: Any, frame: Any) -> None:
    assert "flights" in (await bench.run("variable_inspect", name="fligths")).text
    assert "variable_inspect" in (await bench.run("dataframe_profile", name="limit")).text


async def test_evaluated_output_passes_the_release_gate(bench: Any, frame: Any) -> None:
    analyst = bench.agent("ana", "analyst")
    bench.person.answer = Answer(choice="deny", by="nobody")
    held = await bench.run("kernel_eval", analyst, code="x = 5\nprint(flights['name'][3])\nflights['name'][4]")
    assert held.status == "ok" and "canary" not in held.text and "x" in held.text
    failed = await bench.run("kernel_eval", analyst, code="raise ValueError(flights['name'][3])")
    assert "canary" not in failed.text and "ValueError" in failed.text
    shared = await bench.run("kernel_eval", bench.share("sample"), code="flights['name'][4]")
    assert "canary4" in shared.text and bench.namespace.variables["x"] == 5


async def test_a_released_run_is_not_asked_again(bench: Any, frame: Any) -> None:
    bench.person.answer = Answer(choice="allow_run")
    for _ in range(2):
        assert "100" in (await bench.run("kernel_eval", code="len(flights)")).text
    assert len(bench.person.questions) == 1 and bench.person.questions[0].kind == "release"
    assert (await bench.run("kernel_eval", code=" ")).status == "failed"

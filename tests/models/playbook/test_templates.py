"""Templates keep types, cannot reach out of the sandbox, and say what is missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.models.playbook.schema import Extract
from loomkin_jupyter.models.playbook.templates import ValueMissing, evaluate, last_json, read_result, render, take


def test_a_lone_expression_keeps_its_type():
    values = {"n": 3, "items2": [1, 2]}
    assert render({"a": "{{ n + 1 }}", "b": ["{{ items2 }}"], "c": "n is {{ n }}"}, values) == {
        "a": 4,
        "b": [[1, 2]],
        "c": "n is 3",
    }
    assert render("{{ 8255 | percent(336776) }} of {{ 336776 | number }}", {}) == "2.5 % of 336,776"


@pytest.mark.parametrize(
    "text", ["{{ ''.__class__.__mro__ }}", "{{ x.append(1) }}", "{{ missing.total }}", "{{ 1 / 0 }}"]
)
def test_what_must_not_work_does_not(text: str):
    with pytest.raises(ValueMissing):
        render(text, {"x": [1]})


def test_an_undefined_value_is_no_false():
    with pytest.raises(ValueMissing):
        evaluate("nothing", {})
    assert evaluate("nothing is defined", {}) is False


def test_results_are_read_in_three_ways():
    text = 'id: D7 recorded\n- rows: 336,776\nratio = 0.5\n\n```json\n{"missing": {"total": 3}}\n```'
    result = read_result(text, {"word": Extract(regex=r"id: (\w+)")})
    assert (result["id"], result["rows"], result["ratio"]) == ("D7", 336776, 0.5)
    assert result["missing"]["total"] == 3
    assert result["word"] == "D7"
    assert result["ok"] is True
    assert read_result("Error: no")["ok"] is False


def test_extractors_cast_collect_and_default():
    assert take(Extract(regex=r"\d+", all=True, type="int"), "1 and 22", None) == [1, 22]
    assert take(Extract(json="a.1.b"), "", {"a": [{}, {"b": None}]} | {"a": [{}, {"b": 5}]}) == 5
    assert take(Extract(json="a.b", default=0), "", {"a": {}}) == 0
    with pytest.raises(ValueMissing):
        take(Extract(regex="x"), "abc", None)
    with pytest.raises(ValueMissing):
        take(Extract(regex="abc", type="int"), "abc", None)


def test_json_after_text_without_a_fence():
    assert last_json('Profile of x\n\n{"rows": 3}') == {"rows": 3}
    assert last_json('Profile of x\n{\n "rows": 3\n}') == {"rows": 3}
    assert last_json("no json") is None


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=10)), st.text(max_size=50))
def test_a_fenced_tail_is_always_found(data: dict[str, Any], before: str):
    assert last_json(f"{before}\n```json\n{json.dumps(data)}\n```") == data

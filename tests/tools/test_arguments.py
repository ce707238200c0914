"""Arguments as models write them: malformed, wrong, nearly right."""

from __future__ import annotations

import json
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.tools.arguments import convert_arguments, describe_schema, parse_arguments
from loomkin_jupyter.tools.declare import make_spec


def build(title: str, priority: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3, tags: list[str] | None = None) -> str:
    """Build it."""
    return title


SPEC = make_spec(build)


def test_a_lone_string_is_a_list_and_null_is_left_out() -> None:
    assert convert_arguments(SPEC, {"title": "a", "tags": "x", "priority": None}) == {"title": "a", "tags": ["x"]}


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({}, "`title` is missing: a string"),
        ({"title": 3}, "`title` was given 3 (an integer), valid is a string"),
        ({"title": "a", "priority": 9}, "an integer from 1 to 5"),
        ({"title": "a", "priority": True}, "true or false"),
        ({"title": "a", "priorty": 1}, "Did you mean priority?"),
        ({"title": None}, "`title` was given null"),
        ({"title": "a", "tags": [1]}, "a list of strings"),
    ],
)
def test_mistakes_name_argument_given_and_valid(given_: dict[str, Any], says: str) -> None:
    with pytest.raises(ToolRetry) as caught:
        convert_arguments(SPEC, given_)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ['{"title": ', "[1]", "3", "null", '"x"', "{" * 100_000])
def test_what_is_no_object_is_corrected(text: str) -> None:
    with pytest.raises(ToolRetry):
        parse_arguments(SPEC, text)


def test_an_empty_text_and_an_object_in_a_string() -> None:
    assert parse_arguments(SPEC, "  ") == {}
    assert parse_arguments(SPEC, json.dumps(json.dumps({"title": "a"}))) == {"title": "a"}


@given(st.text())
def test_any_text_is_an_object_or_a_correction(text: str) -> None:
    try:
        assert isinstance(parse_arguments(SPEC, text), dict)
    except ToolRetry as failed:
        assert "build" in str(failed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda s: st.lists(s) | st.dictionaries(st.text(), s),
)


@given(st.dictionaries(st.sampled_from(["title", "priority", "tags", "x"]), JSON))
def test_any_object_is_converted_or_corrected(value: dict[str, Any]) -> None:
    try:
        converted = convert_arguments(SPEC, value)
        assert isinstance(converted["title"], str)
    except ToolRetry:
        pass


def test_schemas_in_words() -> None:
    assert describe_schema({"enum": ["a", "b"]}) == "one of a, b"
    assert (
        describe_schema({"anyOf": [{"type": "string"}, {"type": "object", "properties": {"role": {}}}]})
        == "a string or an object with role"
    )
    assert describe_schema({"type": "integer", "minimum": 1}) == "an integer of at least 1"

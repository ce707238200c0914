"""Declarations: schema from annotations and docstring, mistakes named, cells' tools swapped."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pytest

from loomkin_jupyter.core.errors import UsageError
from loomkin_jupyter.tools.declare import DECLARED, make_spec, parse_docstring, spec_of, tool


class Point(msgspec.Struct):
    x: int


def test_schema_comes_from_annotations_and_docstring() -> None:
    def weigh(
        ctx: Any,
        item: str,
        grams: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3,
        tags: list[str] | None = None,
        how: Literal["a", "b"] = "a",
    ) -> str:
        """Weigh an item.

        Args:
            item: What to weigh,
                in one word.
            grams (int): How much.
        """
        return item

    spec = make_spec(weigh, kind="read")
    assert spec.takes_context and spec.description == "Weigh an item." and not spec.side_effect
    schema = spec.parameters
    assert schema["required"] == ["item"] and schema["additionalProperties"] is False
    properties = schema["properties"]
    assert properties["item"] == {"type": "string", "description": "What to weigh, in one word."}
    assert properties["grams"]["minimum"] == 1 and properties["grams"]["default"] == 3
    assert properties["tags"] == {"type": "array", "items": {"type": "string"}}
    assert properties["how"]["enum"] == ["a", "b"] and properties["how"]["type"] == "string"


def test_references_are_put_in_place() -> None:
    def draw(points: list[Point]) -> str:
        """Draw points."""
        return str(points)

    text = str(make_spec(draw).parameters)
    assert "$ref" not in text and "'x'" in text


@pytest.mark.parametrize("what", ["no docstring", "no type", "star"])
def test_declarations_that_no_model_could_use_are_refused(what: str) -> None:
    def bare(x: int) -> int:
        return x

    def untyped(x) -> Any:  # type: ignore[no-untyped-def]  # pyright: ignore
        """Does it."""
        return 1

    def star(*x: int) -> int:
        """Does it."""
        return len(x)

    functions: dict[str, Any] = {"no docstring": bare, "no type": untyped, "star": star}
    with pytest.raises(UsageError) as caught:
        make_spec(functions[what])
    assert caught.value.remedy


def test_the_decorator_leaves_the_function_alone_and_tells_listeners() -> None:
    heard: list[str] = []

    def hear(spec: Any) -> None:
        heard.append(spec.name)

    DECLARED.listeners.append(hear)
    try:

        @tool
        def double(x: int) -> int:
            """Double it."""
            return 2 * x

        assert double(2) == 4 and heard == ["double"]
        spec = spec_of(double)
        assert spec is not None and spec.kind == "execute" and not spec.builtin
    finally:
        DECLARED.listeners.remove(hear)
        DECLARED.specs.pop("double", None)


def test_docstrings_without_arguments() -> None:
    assert parse_docstring("One.\n\nTwo.") == ("One.\n\nTwo.", {})
    assert parse_docstring("") == ("", {})

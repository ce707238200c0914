"""The ranking follows use, mention, focus and recency; it is a distribution."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.project.code.index import Known
from loomkin_jupyter.project.code.ranking import Ranking
from loomkin_jupyter.project.code.tags import Definition, FileTags


def known(defines: list[str], uses: dict[str, int]) -> Known:
    tags = FileTags([Definition(name, "function", line, line) for line, name in enumerate(defines, 1)], uses)
    return Known(0, 1, b"", tags)


FILES = {
    "app/main.py": known(["run_everything"], {"load_flights": 3, "plot_delays": 1}),
    "app/flights.py": known(["load_flights", "clean_tail_numbers"], {"read_table": 2}),
    "app/plots.py": known(["plot_delays", "_axis"], {"load_flights": 1}),
    "lib/tables.py": known(["read_table", "write_table"], {}),
    "docs/conf.py": known(["setup"], {}),
}


def order(task: str = "", **more: list[str]) -> list[str]:
    return [path for path, _ in Ranking(FILES).rank(task, **more).files]


def test_what_is_used_most_comes_first() -> None:
    assert order()[:2] == ["lib/tables.py", "app/flights.py"]
    assert order()[-1] in ("docs/conf.py", "app/main.py")


@pytest.mark.parametrize(
    ("task", "first"),
    [
        ("why does plot_delays fail", "app/plots.py"),
        ("Fix the configuration in conf.py", "docs/conf.py"),
        ("tail numbers of flights", "app/flights.py"),
        ("setup is slow", "docs/conf.py"),
    ],
)
def test_what_the_task_mentions_comes_first(task: str, first: str) -> None:
    assert order(task)[0] == first


def test_focus_and_recent_edits_draw_the_walk() -> None:
    assert order(focus=["docs/conf.py"])[0] == "docs/conf.py"
    assert order(recent=["docs/conf.py"]).index("docs/conf.py") < order().index("docs/conf.py")
    assert order(focus=["gone.py"]) == order()


def test_the_best_definitions_are_those_that_are_used() -> None:
    ranked = Ranking(FILES).rank()
    assert [d.name for d in ranked.best("lib/tables.py", 1)] == ["read_table"]
    assert [d.name for d in ranked.best("app/flights.py", 5)] == ["load_flights", "clean_tail_numbers"]
    mentioned = Ranking(FILES).rank("clean_tail_numbers")
    assert [d.name for d in mentioned.best("app/flights.py", 1)] == ["clean_tail_numbers"]


def test_nothing_is_nothing() -> None:
    assert Ranking({}).rank("anything").files == []


NAMES = st.sampled_from(["load", "save_all", "Frame", "_x", "réseau", "a", "to_numpy"])


@given(
    st.dictionaries(
        st.sampled_from(["a.py", "b/c.py", "d/e.jl", "f.ipynb"]),
        st.tuples(st.lists(NAMES, max_size=4), st.dictionaries(NAMES, st.integers(1, 50), max_size=4)),
        min_size=1,
    ),
    st.text(max_size=60),
)
def test_the_shares_are_a_distribution(tree: dict[str, tuple[list[str], dict[str, int]]], task: str) -> None:
    ranked = Ranking({path: known(defines, uses) for path, (defines, uses) in tree.items()}).rank(task)
    assert sorted(path for path, _ in ranked.files) == sorted(tree)
    assert sum(share for _, share in ranked.files) == pytest.approx(1.0, abs=1e-3)
    assert [share for _, share in ranked.files] == sorted((share for _, share in ranked.files), reverse=True)
    for path in tree:
        assert len(ranked.best(path, 2)) == min(2, len(tree[path][0]))

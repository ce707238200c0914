"""Paths: every attack of the table is seen for what it is; ordinary paths are not in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loomkin_jupyter.policy.paths import Confinement, PathRefused, matches

ROWS = json.loads((Path(__file__).parent / "attacks" / "paths.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["path"])
def test_an_attack_is_seen(row: dict[str, str], confinement: Confinement) -> None:
    verdict = confinement.verdict(row["path"])
    if row["why"] == "outside":
        assert not verdict.inside
    else:
        assert getattr(verdict, row["why"])
    if row["why"] != "control":
        with pytest.raises(PathRefused):
            confinement.resolve(row["path"])


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "src/a.py",
        "./src/../a.py",
        "new/file.txt",
        "environment.yml",
        "src/keyboard.py",
        "id_rsa.pub",
        "deep/..",
    ],
)
def test_ordinary_paths_pass(path: str, confinement: Confinement) -> None:
    verdict = confinement.verdict(path)
    assert (verdict.inside, verdict.secret, verdict.control) == (True, False, False)
    assert confinement.resolve(path) == verdict.path


@pytest.mark.parametrize("path", ["", " ", "a\0b", "a\nb", "x" * 5000])
def test_what_is_no_path_is_refused(path: str, confinement: Confinement) -> None:
    with pytest.raises(PathRefused, match="is not a path"):
        confinement.resolve(path)


@pytest.mark.parametrize("pattern", ["../*", "/etc/*", "~/*", "src/../../*", "{..,src}/*", "{../x,y}", "[.][.]/*", ""])
def test_patterns_stay_inside(pattern: str, confinement: Confinement) -> None:
    with pytest.raises(PathRefused):
        confinement.pattern(pattern)


def test_what_a_glob_finds_is_judged_by_where_it_leads(confinement: Confinement) -> None:
    assert confinement.pattern("**/*.py") == "**/*.py"
    assert confinement.glob_stays_inside(confinement.root / "a.py")
    assert not confinement.glob_stays_inside(confinement.root / "link_file")
    assert not confinement.glob_stays_inside(confinement.root / "innocent_name")


@given(
    parts=st.lists(
        st.sampled_from(["..", ".", "src", "a.py", "link_out", "deep", "link_up", "~", "", "x y"]),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_resolve_never_leaves_the_project(parts: list[str], confinement: Confinement) -> None:
    try:
        found = confinement.resolve("/".join(parts))
    except PathRefused:
        return
    assert found == confinement.root or confinement.root in found.parents
    assert found == found.resolve()


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("src/a.py", "src/", True),
        ("src/a.py", "src/**", True),
        ("src/deep/a.py", "src/*.py", False),
        ("src/deep/a.py", "src/**/*.py", True),
        ("src/a.py", "src/**/*.py", True),
        ("src/a.py", "*.py", True),
        ("src/a.py", "src", True),
        ("srcs/a.py", "src", False),
        ("srcs/a.py", "src/", False),
        ("a.py", "*", True),
        ("a+b.py", "a+b.py", True),
    ],
)
def test_globs_of_rules(path: str, pattern: str, fits: bool) -> None:
    assert matches(path, pattern) is fits

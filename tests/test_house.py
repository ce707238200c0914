"""Rules of the house that a reader could miss: each holds for the whole package, without a list of exceptions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from loomkin_jupyter.core.settings import SETTINGS
from loomkin_jupyter.core.signals import SIGNALS, Signal

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "loomkin_jupyter"
DECLARATIONS = ("core/settings.py", "project/settings.py", "project/settings_file.py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(folder: Path = PACKAGE) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "labextension" not in path.relative_to(PACKAGE).parts)


def named(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


# --- every module that does something has a test file of its name ---------------------------------------------------------


def does_something(path: Path) -> bool:
    """More than 20 lines, and a function among them: tables and lists are proven where they are used."""
    long = len(path.read_text(encoding="utf-8").splitlines()) > 20
    return long and any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(tree(path)))


def test_file_of(path: Path) -> Path:
    """Where a module is tested: the same folder below tests/; a package's ``__init__`` beside the folder, by its name."""
    where = path.parent if path.name == "__init__.py" else path.with_suffix("")
    return TESTS / where.parent.relative_to(PACKAGE.parent if where == PACKAGE else PACKAGE) / f"test_{where.name}.py"


test_file_of.__test__ = False  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", [p for p in modules() if does_something(p)], ids=named)
def test_a_module_has_a_test_file_of_its_name(path: Path) -> None:
    assert test_file_of(path).is_file(), f"{named(path)} has no {test_file_of(path).relative_to(TESTS.parent)}"


# --- errors are caught by what they are -----------------------------------------------------------------------------------


def broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or any(
        isinstance(node, ast.Name) and node.id in ("Exception", "BaseException") for node in ast.walk(handler.type)
    )


def raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def says_why(handler: ast.ExceptHandler, lines: list[str]) -> bool:
    return "#" in lines[handler.lineno - 1] or lines[handler.lineno].lstrip().startswith("#")


def test_whoever_catches_everything_raises_it_again_or_says_why_not() -> None:
    silent: list[str] = []
    for path in modules():
        lines = path.read_text(encoding="utf-8").splitlines()
        handlers = [node for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler)]
        caught = [handler for handler in handlers if broad(handler) and not raises_again(handler)]
        silent += [f"{named(path)}:{handler.lineno}" for handler in caught if not says_why(handler, lines)]
    assert silent == []


# --- what is declared has an effect ---------------------------------------------------------------------------------------


def keys(path: Path) -> Iterator[str]:
    """Every text that something is looked up by, or that is the first argument of a call."""
    for node in ast.walk(tree(path)):
        found = node.slice if isinstance(node, ast.Subscript) else None
        if isinstance(node, ast.Call) and node.args:
            found = node.args[0]
        if isinstance(found, ast.Constant) and isinstance(found.value, str):
            yield found.value


def test_every_setting_is_read_by_its_key() -> None:
    read = {key for path in modules() if named(path) not in DECLARATIONS for key in keys(path)}
    assert {setting.key for setting in SETTINGS} - read == set()


def mentions(folder: str) -> tuple[set[str], set[str]]:
    """Return the names of signals that the modules of a folder make, and those that they name otherwise."""
    names = {kind.__name__ for kind in SIGNALS}
    made: set[str] = set()
    seen: set[str] = set()
    for path in modules(PACKAGE / folder):
        calls = {id(node.func): node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
        for node in ast.walk(tree(path)):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in names:
                (made if id(node) in calls else seen).add(name)
    return made, seen


@pytest.mark.parametrize("kind", SIGNALS, ids=lambda kind: kind.__name__)
def test_a_signal_is_published_where_it_says(kind: type[Signal]) -> None:
    if kind.PUBLISHER != "every layer":
        assert kind.__name__ in mentions(kind.PUBLISHER)[0]


def test_signals_for_views_are_read_there_and_others_say_who_reads_them() -> None:
    read = mentions("views")[1]
    assert {kind.__name__ for kind in SIGNALS if "views" in kind.READERS} == read
    assert all(kind.READERS for kind in SIGNALS)

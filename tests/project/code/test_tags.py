"""Definitions and uses in each language, in broken text, in notebooks, in anything."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.project.code.languages import GRAMMARS
from loomkin_jupyter.project.code.tags import LARGEST, FileTags, code_cells, lines_of_use, read_tags, understood

CASES: dict[str, tuple[str, dict[str, tuple[str, int, int]], set[str]]] = {
    ".py": (
        "LIMIT = 1\n\n@wrap\nclass A(Base):\n    def f(self, x: Kind):\n        return g(x).h()\n",
        {"LIMIT": ("variable", 1, 1), "A": ("class", 3, 6), "f": ("function", 5, 6)},
        {"wrap", "Base", "Kind", "g", "h"},
    ),
    ".js": (
        "const a = () => b();\nclass K {\n  m() { new C(); }\n}\nfunction q() {}\n",
        {"a": ("function", 1, 1), "K": ("class", 2, 4), "m": ("method", 3, 3), "q": ("function", 5, 5)},
        {"b", "C"},
    ),
    ".ts": (
        "interface I { x(): void }\nexport const z = 1;\ntype Y = string;\nenum E { A }\nlet k: I = f();\n",
        {
            "I": ("interface", 1, 1),
            "z": ("variable", 2, 2),
            "Y": ("type", 3, 3),
            "E": ("enum", 4, 4),
            "x": ("method", 1, 1),
            "k": ("variable", 5, 5),
        },
        {"I", "f"},
    ),
    ".tsx": ("function App() {\n  return <b>{f()}</b>\n}\n", {"App": ("function", 1, 3)}, {"f"}),
    ".go": (
        "package m\nconst C = 1\ntype T struct{}\nfunc (t T) M() { F() }\nfunc F() {\n}\n",
        {"C": ("constant", 2, 2), "T": ("type", 3, 3), "M": ("method", 4, 4), "F": ("function", 5, 6)},
        {"T", "F"},
    ),
    ".rs": (
        "struct S;\ntrait T { fn s(&self); }\nimpl S {\n  fn f(&self) { g(); p!() }\n}\n",
        {"S": ("struct", 1, 1), "T": ("trait", 2, 2), "s": ("function", 2, 2), "f": ("function", 4, 4)},
        {"S", "g", "p"},
    ),
    ".rb": (
        "module M\n  class A < B\n    def f; g(1); end\n    def self.k; end\n  end\nend\n",
        {"M": ("module", 1, 6), "A": ("class", 2, 5), "f": ("method", 3, 3), "k": ("method", 4, 4)},
        {"B", "g"},
    ),
    ".ex": (
        "defmodule A.B do\n  def f(x) when x > 1 do\n    g(x)\n  end\n  defp k, do: C.l()\nend\n",
        {"A.B": ("module", 1, 6), "f": ("function", 2, 4), "k": ("function", 5, 5)},
        {"g", "C", "l"},
    ),
    ".jl": (
        "module M\nstruct P{T} <: Q\n  x::T\nend\nfunction f(x)\n  g(x)\nend\nk(x) = h(x)\nend\n",
        {"M": ("module", 1, 9), "P": ("struct", 2, 4), "f": ("function", 5, 7), "k": ("function", 8, 8)},
        {"g", "h"},
    ),
    ".sh": ("X=1\nf() {\n  g\n}\nf\n", {"X": ("variable", 1, 1), "f": ("function", 2, 4)}, {"f", "g"}),
    ".R": ("fit <- function(x) {\n  model(x)\n}\n", {"fit": ("function", 1, 1)}, {"model"}),
    ".sql": ("CREATE TABLE IF NOT EXISTS a.fleet (x int);\n", {"a.fleet": ("table", 1, 1)}, set()),
    ".cpp": ("struct A {\n};\nint run(int a) {\n}\n", {"A": ("type", 1, 1), "run": ("function", 3, 3)}, set()),
    ".java": ("class A {\n  public int run(int a) {\n  }\n}\n", {"A": ("class", 1, 1), "run": ("method", 2, 2)}, set()),
}


@pytest.mark.parametrize("ending", CASES)
def test_a_language(ending: str) -> None:
    source, definitions, uses = CASES[ending]
    tags = read_tags(f"a{ending}", source.encode())
    assert {d.name: (d.kind, d.start, d.end) for d in tags.definitions} == definitions
    assert uses <= tags.uses.keys()
    assert understood(f"a{ending}")


def test_every_grammar_has_a_case() -> None:
    assert {ending for grammar in GRAMMARS for ending in grammar.endings[:1]} <= CASES.keys()


def test_broken_text_keeps_what_can_be_read() -> None:
    tags = read_tags("a.py", b"def good():\n    pass\n\ndef broken(:\n\nclass K:\n    pass\n")
    assert {"good", "K"} <= {d.name for d in tags.definitions}


def notebook(*cells: str | list[str]) -> bytes:
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "def no(): pass"}, *made]}).encode()


def test_a_notebook_is_its_code_cells() -> None:
    raw = notebook("%matplotlib inline\n!ls\ndef load():\n    return 1", ["import os\n", "x = load()\n"])
    tags = read_tags("a.ipynb", raw)
    assert [(d.name, d.cell, d.start, d.end) for d in tags.definitions] == [("load", 1, 3, 4), ("x", 2, 2, 2)]
    assert lines_of_use("a.ipynb", raw, "load") == [(2, 2, "x = load()")]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"cells": 3}', b'{"cells": [{"cell_type": "code"}]}', b"\xff\xfe"])
def test_a_notebook_that_cannot_be_read_is_empty(raw: bytes) -> None:
    assert read_tags("a.ipynb", raw) == FileTags([], {})
    assert "".join(code_cells(raw)) == ""


def test_data_and_binary_files_are_left_out() -> None:
    assert read_tags("a.py", b"def f(): pass\n\0") == FileTags([], {})
    assert read_tags("a.py", b"x = 1\n" * (LARGEST // 6 + 1)) == FileTags([], {})
    assert not understood("a.csv") and not understood("Makefile")


def test_lines_of_use_leave_out_definitions() -> None:
    source = b"def f():\n    pass\n\nf()\ng(f)\nx = 'f()'\n"
    assert lines_of_use("a.py", source, "f") == [(0, 4, "f()")]
    assert lines_of_use("a.R", b"f(1)\nprefixed.f(2)\nf2(3)\n", "f") == [(0, 1, "f(1)")]


@given(st.binary(max_size=400), st.sampled_from([*CASES, ".ipynb"]))
def test_no_bytes_are_too_odd(source: bytes, ending: str) -> None:
    tags = read_tags(f"a{ending}", source)
    lines = source.count(b"\n") + source.count(b"\r") + 2
    assert all(1 <= d.start <= d.end <= lines for d in tags.definitions) or ending == ".ipynb"
    lines_of_use(f"a{ending}", source, "f")

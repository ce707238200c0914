# pyright: basic
"""What is left of a run where nothing is alive: on GitHub, in nbviewer, on paper, in a terminal."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import nh3
import pypdf
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from loomkin_jupyter.testing.scripted import Reply, ScriptedServer, steps
from tests.scenarios.conftest import isolated, project_with

# What GitHub's own sanitiser lets through (github/markup, "sanitization filter" of html-pipeline).
GITHUB_TAGS = {
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "br",
    "b",
    "i",
    "strong",
    "em",
    "a",
    "pre",
    "code",
    "img",
    "tt",
    "div",
    "ins",
    "del",
    "sup",
    "sub",
    "p",
    "picture",
    "ol",
    "ul",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "blockquote",
    "dl",
    "dt",
    "dd",
    "kbd",
    "q",
    "samp",
    "var",
    "hr",
    "ruby",
    "rt",
    "rp",
    "li",
    "tr",
    "td",
    "th",
    "s",
    "strike",
    "summary",
    "details",
    "caption",
    "figure",
    "figcaption",
    "abbr",
    "bdo",
    "cite",
    "dfn",
    "mark",
    "small",
    "source",
    "span",
    "time",
    "wbr",
}
GITHUB_ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "longdesc", "loading"},
    "ol": {"start"},
    "td": {"align"},
    "div": {"align"},
}
MODEL = "openai/gpt-4o"
GOAL, CHOSEN, REJECTED, DOUBTED = "Know the fleet & its age", "Join on tail numbers", "Join on <names>", "Plot by age"
ANSWER = "The fleet is **12 years** old on average.\n\n| carrier | age |\n|---|---|\n| AA | 12 |\n"


def node(kind: str, title: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "decision_log", {"node_type": kind, "title": title, **more}


def team() -> Any:
    roles = [{"role": "coder", "name": "ada"}]
    done = {"task_id": "T1", "result": "Counted 12 years for every tail.", "actions_taken": ["counted"]}
    return steps(
        {
            "lead": [
                Reply(calls=[node("goal", GOAL), node("decision", "How to join", parent_id="D2", confidence=70)]),
                Reply(calls=[node("option", CHOSEN, parent_id="D3", edge_type="chosen"), node("option", REJECTED, parent_id="D3", edge_type="rejected")]),
                Reply(calls=[node("action", DOUBTED, parent_id="D3", edge_type="enables", confidence=35)]),
                Reply(calls=[("team_spawn", {"team_name": "crew", "purpose": "count", "roles": roles})]),
                Reply(calls=[("team_assign", {"title": "Count the tails", "description": "Count.", "agent_name": "ada"})]),
                "I wait.",
                ANSWER,
            ],
            "ada": [
                Reply(calls=[("file_write", {"file_path": "tails.csv", "content": "tail,age\nN1,12\n"})]),
                Reply(calls=[("peer_complete_task", done)]),
                "Counted.",
            ],
        },
        last=ANSWER,
    )  # fmt: skip


class Tags(HTMLParser):
    """Every tag with its attributes, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, set[str]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name for name, _ in attrs}))

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A notebook with one run of a team, as it is saved."""
    folder = tmp_path_factory.mktemp("record")
    root = project_with(folder, {"LOOMKIN.md": "# Rules\n"})
    (folder / "runtime").mkdir()
    cells = [
        "%load_ext loomkin_jupyter",
        f"%%loomkin --model {MODEL} --trust full --wait --name run\nHow old is the fleet?",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.MonkeyPatch.context() as patch, ScriptedServer(team()) as server:
        for name, value in {**isolated(root, server), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}.items():
            patch.setenv(name, value)
        NotebookClient(book, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(root)}}).execute()
    return book


@pytest.fixture(scope="module")
def record(book: Any) -> dict[str, str]:
    """The output of the run by kind."""
    kinds = [dict(out["data"]) for out in book.cells[1].outputs if "data" in out]
    return kinds[-1]


def facts(text: str) -> list[str]:
    """Return the facts of the run that a text does not tell."""
    plain = re.sub(r"\\(.)", r"\1", unescape(text))
    wanted = ["Done", "12 years", "AA", GOAL, "How to join", CHOSEN, REJECTED, DOUBTED, "70", "35", "chosen", "rejected", "enabled by",
              "Count the tails", "completed", "Counted 12 years for every tail.", "tails.csv", "+2", "ada", "coder", "lead", "tokens", "$", "of $5.00"]  # fmt: skip
    flat = "".join(plain.split())  # paper breaks lines where it likes
    return [fact for fact in wanted if "".join(fact.split()) not in flat]


def test_U19_github_shows_every_fact_of_a_run(record: dict[str, str]) -> None:
    assert record.keys() == {"text/html", "text/markdown", "text/plain"}, "GitHub cannot show another kind"
    html = record["text/html"]
    seen = Tags(html)
    for tag, attributes in seen.tags:
        assert tag in GITHUB_TAGS, f"GitHub takes <{tag}> away"
        assert attributes - {"rel"} <= GITHUB_ATTRIBUTES.get(tag, set()), f"GitHub takes {attributes} of <{tag}> away"
    shown = nh3.clean(
        html, tags=GITHUB_TAGS, attributes=GITHUB_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None
    )
    assert Tags(shown).words == seen.words, "a word was lost"
    assert not facts(" ".join(Tags(shown).words)) and not facts(record["text/markdown"])
    # Without data URIs the picture is gone, and its words stand for it; what it shows is in the list as well.
    assert 'alt="Graph of ' in shown and "data:image" not in shown
    picture = base64.b64decode(re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)[0]).decode()
    heads = re.findall(r'font-weight="bold">\w (D\d+) (\w+)', picture)
    assert len(heads) == 5 and all(f"{handle} {kind}:" in " ".join(seen.words) for handle, kind in heads)


def test_U19_nbviewer_and_a_printed_page_tell_the_same(book: Any, tmp_path: Path) -> None:
    page, _ = HTMLExporter().from_notebook_node(book)
    body = page.partition("<body")[2]
    assert not facts(" ".join(Tags(body).words)) and "widget-view" not in body
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "there is no chromium; install it: apt-get install chromium"
    file, paper = tmp_path / "page.html", tmp_path / "page.pdf"
    file.write_text(re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL), encoding="utf-8")
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'chromium'}"]
    command = [chromium, *quiet, f"--print-to-pdf={paper}", file.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert paper.is_file(), done.stderr[-2000:]
    printed = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(paper).pages)
    assert not facts(printed)


def test_U19_a_terminal_gets_the_outcome_in_twelve_lines(record: dict[str, str]) -> None:
    lines = record["text/plain"].splitlines()
    assert 1 < len(lines) <= 12 and "Done" in lines[0] and "12 years" in record["text/plain"]

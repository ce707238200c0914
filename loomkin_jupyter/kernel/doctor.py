# pyright: basic
"""``%loomkin doctor``: what is in order here and what is not, in words, with what to do. Names of keys, never their values."""

from __future__ import annotations

import platform
import textwrap
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import loomkin_jupyter
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.views.static.document import Block, Heading, Sentence, Table
from loomkin_jupyter.views.static.html import to_html
from loomkin_jupyter.views.static.markdown import to_markdown
from loomkin_jupyter.views.static.text import plain

OK, NOTE, PROBLEM = "ok", "note", "problem"
_WIDTH = 110


class Check(NamedTuple):
    """One thing that was looked at: its status word, what was found, and what to do about it ('' is nothing)."""

    status: str
    what: str
    found: str
    remedy: str = ""


class Report:
    """The answer: a table where there is a page, aligned lines where there is none."""

    def __init__(self, checks: list[Check], numbers: list[tuple[str, str]]) -> None:
        self.checks = checks
        self.numbers = numbers

    @property
    def headline(self) -> str:
        """How many problems there are."""
        words = [(PROBLEM, "problem"), (NOTE, "note")]
        counts = [(sum(c.status == status for c in self.checks), word) for status, word in words]
        said = ", ".join(f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n)
        return f"Loomkin {loomkin_jupyter.__version__}: {said or 'everything is in order'}."

    def blocks(self) -> list[Block]:
        """Return it as a document."""
        rows = tuple((c.status, c.what, c.found, c.remedy) for c in self.checks)
        return [
            Sentence(self.headline, strong=True),
            Table(("Status", "What", "Found", "What to do"), rows),
            Heading("Numbers"),
            Table(("Part", "Counts"), tuple(self.numbers)),
        ]

    def text(self) -> str:
        """Return it as aligned lines; what to do stands below what was found."""
        lines = [self.headline]
        for check in self.checks:
            head = f"  {check.status:<8} {check.what:<14} "
            lines += _wrapped(head, check.found)
            lines += _wrapped(" " * len(head) + "→ ", check.remedy) if check.remedy else []
        lines += ["", "Numbers"]
        for part, counts in self.numbers:
            lines += _wrapped(f"  {part:<14} ", counts)
        return plain("\n".join(lines))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        blocks = self.blocks()
        # Notebooks push what is in tables to the right, as if all of it were numbers.
        html = to_html(blocks)
        for tag in ("td", "th"):
            html = html.replace(f"<{tag}>", f'<{tag} style="text-align: left">')
        return {"text/html": html, "text/markdown": to_markdown(blocks), "text/plain": self.text()}


def doctor(host: Any, rest: str) -> Report:
    """What is in order and what is not, and what to do about it."""
    host.open()
    parts = host.workspace.parts
    checks = [
        _kernel(host),
        Check(OK, "project", f"{host.root}; its record is {parts.store.path}"),
        *_models(parts),
        _sandbox(parts),
        _folder(parts),
        Check(OK, "permissions", _setting(parts, "permissions.preset")),
        Check(OK, "sharing", _setting(parts, "sharing.level")),
        _answers(host),
        _panels(host),
        *_trouble(host, parts),
    ]
    order = {PROBLEM: 0, NOTE: 1, OK: 2}
    return Report(sorted(checks, key=lambda check: order[check.status]), _numbers(host))


def _kernel(host: Any) -> Check:
    python = f"Python {platform.python_version()}"
    if host.kernel is None:
        return Check(NOTE, "kernel", f"plain IPython, {python}", "Open a notebook for live panels.")
    return Check(OK, "kernel", f"ipykernel {metadata.version('ipykernel')}, {python}")


def _models(parts: Any) -> list[Check]:
    from loomkin_jupyter.models.tiers import choose_tiers

    providers = ", ".join(
        f"{provider.title} ({', '.join(f'{n} from {parts.keys.sources[n]}' for n in names)})"
        for provider in parts.keys.providers()
        if (names := [n for n in (*provider.keys, *provider.bases) if n in parts.keys.sources])
    )
    keys = Check(OK if providers else NOTE, "keys", providers or "none found")
    try:
        tiers = choose_tiers({value.key: value.value for value in parts.settings.all()}, parts.keys)
    except LoomkinError as error:
        return [Check(PROBLEM, "model", error.message, error.remedy), keys]
    names = dict.fromkeys((tiers.default, tiers.fast, tiers.strong))
    own = tiers.default.startswith("loomkin/")
    return [Check(NOTE if own else OK, "model", f"{', '.join(names)}: {tiers.reason}", _KEY if own else ""), keys]


_KEY = (
    "Put a key such as ANTHROPIC_API_KEY into the environment or a private .env, or use %loomkin model PROVIDER/MODEL."
)


def _sandbox(parts: Any) -> Check:
    state = parts.sandbox
    if state.ok:
        return Check(OK, "sandbox", f"commands run in {state.kind}")
    return Check(
        PROBLEM,
        "sandbox",
        f"commands run unsandboxed and could read this machine's files and keys: {state.reason}",
        "Install bubblewrap where namespaces are allowed, or keep to --trust strict or balanced.",
    )


def _folder(parts: Any) -> Check:
    from loomkin_jupyter.policy.trust import control_digest

    if not control_digest(parts.root):
        return Check(OK, "folder", "no rules of its own")
    if parts.trust.is_trusted(parts.root):
        return Check(OK, "folder", "trusted: its LOOMKIN.md and .loomkin.toml count")
    return Check(
        NOTE,
        "folder",
        "not trusted: its files may only tighten what agents may do",
        "Read them; %loomkin trust folder.",
    )


def _answers(host: Any) -> Check:
    if host.attended():
        return Check(OK, "answers", "questions can be answered here")
    return Check(
        NOTE,
        "answers",
        "nobody can be asked here: questions count as no",
        "Say beforehand what needs no question, such as --trust autonomous.",
    )


def _panels(host: Any) -> Check:
    static = Path(loomkin_jupyter.__file__).parent / "panels" / "static"
    if not (static / "run_card.js").is_file():
        return Check(PROBLEM, "panels", f"their program is missing in {static}", "Install a wheel, or build it there.")
    counts = host.pump.statistics()
    return Check(OK, "panels", f"{counts['listeners']} connected, {counts['batches']} batches sent")


def _trouble(host: Any, parts: Any) -> list[Check]:
    from loomkin_jupyter.project.loomkin_md import read_rules

    found = [str(p) for p in (*parts.settings.problems, *read_rules(parts.root).problems, *parts.registry.problems)]
    checks = [Check(PROBLEM, "configuration", text, "Correct the file that it names.") for text in found]
    checks += [Check(NOTE, "keys", notice) for notice in parts.keys.notices]
    stats = host.workspace.statistics()
    if stats["store"].get("failed") or stats["store"].get("dropped"):
        words = f"{stats['store'].get('failed', 0)} writes failed, {stats['store'].get('dropped', 0)} signals dropped"
        checks.append(Check(PROBLEM, "store", words, "Is the disk full? The feed tells what failed."))
    if stats["bus"].get("errors"):
        checks.append(Check(PROBLEM, "signals", f"{stats['bus']['errors']} listeners failed", "The feed tells which."))
    return checks


def _setting(parts: Any, key: str) -> str:
    return f"{parts.settings[key]} (from {parts.settings.source(key)})"


def _numbers(host: Any) -> list[tuple[str, str]]:
    rows = [(part, _counts(values)) for part, values in host.workspace.statistics().items() if isinstance(values, dict)]
    return [(part, counts) for part, counts in rows if counts and part != "sandbox"]


def _counts(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value:.3g}" if isinstance(value, float) else f"{name.replace('_', ' ')} {value}"
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )


def _wrapped(head: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )

"""Running code in a namespace: what it printed, the value of its last expression, which variables it changed.

Used by every KernelPort on whichever thread owns the namespace. Leaves In, Out, ``_`` and the execution count alone.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import sys
import threading
import time
import traceback
from collections.abc import Generator
from typing import Any

from loomkin_jupyter.core.ports import Evaluation

_LONGEST = 200_000


class TimeUp(BaseException):
    """Raised inside code that used up its time; not an Exception, so that user code does not swallow it."""


def evaluate(code: str, namespace: dict[str, Any]) -> Evaluation:
    """Run ``code`` in ``namespace``; errors of the code are part of the result, never raised.

    ``changed`` names variables that are new or bound to another object; a change inside an object is not seen.
    """
    began = time.perf_counter()
    before = {name: id(value) for name, value in dict(namespace).items()}
    out = _Output()
    error, value = "", ""
    try:
        body, last = _compile(code)
        with _captured(out), _plain_displayhook():
            exec(body, namespace)
            if last is not None:
                result = eval(last, namespace)
                value = "" if result is None else _shown(result)
    except TimeUp:
        error = "The code used up its time and was stopped."
    except KeyboardInterrupt:
        error = "The code was stopped (interrupt)."
    except SystemExit as exit_:
        error = f"The code called exit ({exit_.code}); the kernel goes on."
    except BaseException as failed:  # user code may raise anything, and nothing of it may end the thread it runs on
        error = _trace(failed)
    changed = [
        name
        for name, value_now in dict(namespace).items()
        if isinstance(name, str)  # pyright: ignore[reportUnnecessaryIsInstance] - globals() takes any key
        and not name.startswith("_")
        and before.get(name) != id(value_now)
    ]
    return Evaluation(
        ok=not error,
        value=_clean(value),
        stdout=_clean(out.getvalue()),
        error=_clean(error),
        changed=tuple(sorted(set(changed) - {"In", "Out"})),
        duration_s=time.perf_counter() - began,
    )


class _Output(io.StringIO):
    """What the code prints; code that closes its stdout closes nothing."""

    def close(self) -> None:
        return None


def _clean(text: str) -> str:
    """Return text that every database and protocol takes: not too long, no halves of surrogate pairs."""
    return text[:_LONGEST].encode("utf-8", "replace").decode()


def _compile(code: str) -> tuple[Any, Any]:
    """Return (statements, last expression or None) as code objects whose source tracebacks can show."""
    name = f"<loomkin {abs(hash(code)):x}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    tree = ast.parse(code, name)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = compile(ast.Expression(tree.body.pop().value), name, "eval")  # type: ignore[attr-defined]
    return compile(tree, name, "exec"), last


def _shown(value: Any) -> str:
    """Return the value's own text; a broken ``__repr__`` is said, not raised."""
    try:
        return str(value) if hasattr(value, "to_string") else repr(value)
    except Exception as failed:  # a broken __repr__ may raise anything
        return f"<{type(value).__name__} whose repr failed: {type(failed).__name__}>"


def _trace(failed: BaseException) -> str:
    """Return the traceback from the evaluated code on, without our own frames."""
    frames = [f for f in traceback.extract_tb(failed.__traceback__) if "loomkin_jupyter" not in f.filename]
    head = "".join(traceback.format_list(frames[-6:]))
    return f"{head}{''.join(traceback.format_exception_only(failed))}".strip()


class _OfThread(io.TextIOBase):
    """A standard stream that keeps what one thread writes and lets every other thread write where it always did."""

    def __init__(self, thread: int, kept: io.StringIO, other: Any) -> None:
        self._thread = thread
        self._kept = kept
        self._other = other

    def write(self, s: str, /) -> int:
        """Keep or pass on."""
        return self._kept.write(s) if threading.get_ident() == self._thread else self._other.write(s)

    def flush(self) -> None:
        """Flush the stream behind."""
        self._other.flush()

    def isatty(self) -> bool:
        """Never for the code that is run; as it is for the others."""
        return threading.get_ident() != self._thread and self._other.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream behind."""
        return getattr(self._other, "encoding", "utf-8")


@contextlib.contextmanager
def _captured(out: io.StringIO) -> Generator[None]:
    """Keep what this thread prints; agents' own lines and other threads' go on to where they belong."""
    stdout, stderr, me = sys.stdout, sys.stderr, threading.get_ident()
    sys.stdout, sys.stderr = _OfThread(me, out, stdout), _OfThread(me, out, stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = stdout, stderr


@contextlib.contextmanager
def _plain_displayhook() -> Generator[None]:
    """Keep code that evaluates interactively from touching ``_`` and Out."""
    was = sys.displayhook
    sys.displayhook = sys.__displayhook__
    try:
        yield
    finally:
        sys.displayhook = was

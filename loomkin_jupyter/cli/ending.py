"""How a command ends: its exit code, and the sentence on stderr that says why. Prints nothing unless ``main`` asks it to.

``main`` is the only caller of ``tell``, so that no way out of a command is silent: a code other than 0 always comes with
an account (what ended, the reason) and a remedy.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from loomkin_jupyter.core.errors import LoomkinError, ModelFailed, UsageError

if TYPE_CHECKING:
    from loomkin_jupyter.core.signals import RunFinished

EXIT_CODES: dict[str, int] = {"done": 0, "failed": 1, "limit": 3, "refused": 4, "stopped": 130}
_SIGNALS = ("SIGTERM", "SIGHUP")
_SAID: dict[str, tuple[str, str]] = {
    "failed": ("the request failed", "What was done stays: loomkin status shows it."),
    "limit": (
        "a limit stopped the request",
        "What was done stays: loomkin status shows it, loomkin cost what it cost.",
    ),
    "refused": ("the request was refused", "Nothing was done; the answer says what can be done instead."),
    "stopped": ("the request was stopped", "What was done stays: loomkin status shows it."),
}
RESUME = "Nothing that was acknowledged is lost: loomkin resume goes on."
DEFECT = "Please report it; LOOMKIN_DEBUG=1 shows the details here."


@dataclass(frozen=True, slots=True)
class Ending:
    """``account`` says what ended and why, ``remedy`` what to do about it; both may be empty when ``code`` is 0."""

    code: int = 0
    account: str = ""
    remedy: str = ""


class Terminated(BaseException):
    """The system asked the process to end (SIGTERM, SIGHUP); raised on the main thread, so that all is closed in order."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def of_run(finished: RunFinished | None) -> Ending:
    """Return the ending of a command that followed a run; None: there was nothing to do."""
    if finished is None or finished.status == "done":
        return Ending()
    said, remedy = _SAID.get(finished.status, (f"the request ended as {finished.status!r}", RESUME))
    reason = finished.reason.strip().split("\n\n")[0].strip() or "no reason was kept."
    return Ending(EXIT_CODES.get(finished.status, 1), _sentence(f"{said}: {reason}"), remedy)


def of_result(result: object) -> Ending:
    """Return the ending of what a subcommand returned: an Ending, an exit code, or nothing."""
    if isinstance(result, Ending):
        return result
    return Ending(result) if isinstance(result, int) else Ending()


def of_error(failed: LoomkinError) -> Ending:
    """Return the ending of an error meant for people."""
    # A model that nobody knows is a mistake in the arguments like any other.
    wrong_model = isinstance(failed, ModelFailed) and failed.kind == "not_found"
    code = 2 if isinstance(failed, UsageError) or wrong_model else 1
    return Ending(code, failed.message, failed.remedy)


def of_defect(defect: BaseException) -> Ending:
    """Return the ending of what nobody foresaw."""
    name, said = type(defect).__name__, str(defect).strip()
    if isinstance(defect, SystemExit):
        return Ending(_code_of(defect), f"something inside Loomkin ended the process (exit code {defect.code})", DEFECT)
    return Ending(1, f"something went wrong inside Loomkin: {name}{': ' if said else ''}{said}", DEFECT)


def of_signal(ended: Terminated) -> Ending:
    """Return the ending of a process that the system ended."""
    return Ending(128 + ended.number, f"ended by {signal.Signals(ended.number).name} before it was done.", RESUME)


def tell(ending: Ending) -> None:
    """Say on stderr how the command ended, whenever that was not well. A closed stderr hears nothing, and harms nothing."""
    if not ending.code:
        return
    account = ending.account.strip() or f"it ended with exit code {ending.code}, and no reason was kept."
    lines = [f"loomkin: {account}"]
    if ending.remedy.strip():
        lines.append(ending.remedy.strip())
    elif not ending.account.strip():
        lines.append(DEFECT)
    try:
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return  # nobody is there to read it; the exit code remains


@contextmanager
def ended_in_order() -> Generator[None]:
    """Turn SIGTERM and SIGHUP into ``Terminated`` on the main thread, unless somebody handles or ignores them already."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken: list[int] = []

    def leave(number: int, frame: FrameType | None) -> None:
        raise Terminated(number)

    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, leave)
            taken.append(number)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _code_of(left: SystemExit) -> int:
    return left.code if isinstance(left.code, int) and left.code else 1

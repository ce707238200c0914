"""Running ripgrep over a project: it lists files and counts matching lines. Never decides what may be shown.

It is told what to leave out so that it opens no secrets and no rows of data, but whoever calls checks every name again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.core.status import Sharing
from loomkin_jupyter.policy.secrets import SECRET_DIRECTORIES, SECRET_NAMES
from loomkin_jupyter.tools.data_files import DATA_ENDINGS, PACKED_ENDINGS
from loomkin_jupyter.tools.places import SKIPPED_DIRECTORIES

LIMIT_S = 50
_RULES = ("--hidden", "--no-follow", "--no-messages", "--null", "--no-config", "--no-require-git")
_SKIPPED = tuple(f"--glob=!**/{name}/**" for name in sorted(SKIPPED_DIRECTORIES))
# Case counts here, for speed: what is written otherwise is read by ripgrep but shown to nobody.
_SECRET = tuple(
    f"--glob=!**/{name}"
    for name in (*SECRET_NAMES, ".env*/**", *(f"{folder}/**" for folder in sorted(SECRET_DIRECTORIES)))
)
_COUNT = re.compile(rb"([^\0]+)\0(\d+)\r?\n")
_ENDING = re.compile(r"\*\.\w+")
# What ripgrep refuses or reads differently: looking around, flags, what a group matched, ends of the text.
_DIFFERENT = re.compile(r"\(\?|\\[1-9ZzAbB]|\\\d")


def program() -> str | None:
    """Return where ripgrep is installed."""
    return shutil.which("rg")


def list_names(path: str, root: Path, inside: str) -> list[str]:
    """Return the names, relative to ``root``, of all files below ``root/inside`` that are not ignored."""
    output, _ = _finish(_start([path, "--files", *_RULES, *_SKIPPED, "--", f"./{inside}"], root))
    return [name.removeprefix("./") for name in os.fsdecode(output).split("\0") if name]


def count_lines(
    path: str, root: Path, inside: str, pattern: str, *, glob: str, share: Sharing, largest: int
) -> Callable[[], dict[str, int] | None]:
    """Begin to count; call what is returned for the matching lines of each file that has any.

    It returns None where ripgrep does not understand ``pattern`` as Python does: every file may match then.
    """
    if _DIFFERENT.search(pattern):
        return _nothing
    # An ignored file that fits a positive glob would be searched, so only the plainest are handed on.
    only = [f"--glob={glob}", f"--glob=**/{glob}/**"] if _ENDING.fullmatch(glob) else []
    process = _start(
        [
            *(path, "--count", "--text", "--crlf", f"--max-filesize={largest}", *_RULES),
            *(*only, *_SKIPPED, *_SECRET, *(() if share == "full" else _data()), "-e", pattern, "--", f"./{inside}"),
        ],
        root,
    )

    def counts() -> dict[str, int] | None:
        output, errors = _finish(process)
        if errors or process.returncode not in (0, 1):
            return None
        return {os.fsdecode(name).removeprefix("./"): int(lines) for name, lines in _COUNT.findall(output)}

    return counts


def _nothing() -> None:
    """Say that ripgrep cannot tell."""


def _data() -> tuple[str, ...]:
    names = "{" + ",".join(ending.removeprefix(".") for ending in DATA_ENDINGS) + "}"
    packed = "{" + ",".join(ending.removeprefix(".") for ending in PACKED_ENDINGS) + "}"
    return f"--glob=!*.{names}", f"--glob=!*.{names}.{packed}"


def _start(arguments: list[str], root: Path) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            arguments, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as failed:
        raise ToolFailed(f"ripgrep could not be started: {failed}.") from None


def _finish(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    try:
        return process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise ToolFailed(f"The search took longer than {LIMIT_S} s. Give a narrower path.") from None

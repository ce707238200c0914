"""A text file's bytes as text and back: encoding and line endings are kept, writes are atomic.

Never decides whether a file may be touched. All functions block and belong on a worker thread.
"""

from __future__ import annotations

import codecs
import difflib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.tools.versions import Edit, content_hash

LARGEST = 20_000_000
_SNIFFED = 8192
_DIFF_LINES = 2000
_DIFF_CHARS = 20_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file's text with ``\\n`` between lines, and how to write it back.

    ``newline`` is ``\\r\\n`` or ``\\r`` where the whole file has it; a file of mixed endings is kept raw (``\\n``).
    """

    text: str
    encoding: str = "utf-8"
    newline: str = "\n"
    hash: str = ""

    def encode(self, text: str) -> bytes:
        """Return other text as bytes of the same kind; characters the encoding lacks are an error that says so."""
        if self.newline != "\n":
            text = text.replace("\r\n", "\n").replace("\n", self.newline)
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as failed:
            raise ToolFailed(
                f"The file is {self.encoding}, which has no {failed.object[failed.start : failed.end]!r}. "
                "Use characters it has, or convert the file first."
            ) from None


def is_binary(data: bytes) -> bool:
    """Return whether the beginning looks like no text (a NUL, without a mark of UTF-16 or UTF-32)."""
    return b"\0" in data[:_SNIFFED] and not any(data.startswith(mark) for mark, _ in _BOMS)


def decode(data: bytes) -> TextFile:
    """Return the text of ``data``; what is not UTF-8 is read as Windows-1252 or Latin-1, which lose nothing."""
    text, encoding, newline = _read_text(data)
    return TextFile(text, encoding, newline, content_hash(data))


def plain_text(data: bytes) -> str:
    """Return the text of ``data`` as ``decode`` does, for those who only look at it."""
    return _read_text(data)[0]


def _read_text(data: bytes) -> tuple[str, str, str]:
    """Return the text with ``\\n`` between lines, its encoding and its kind of line end."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "")
    text = ""
    for candidate in (encoding,) if encoding else ("utf-8", "cp1252", "latin-1"):
        try:
            text, encoding = data.decode(candidate), candidate
            break
        except UnicodeDecodeError:
            continue
    if not encoding or (not text and data and not encoding.startswith("utf-8")):
        text, encoding = data.decode("latin-1"), "latin-1"
    newline = "\n"
    if "\r" not in text:
        return text, encoding, newline
    bare = text.replace("\r\n", "")
    if "\r\n" in text and "\n" not in bare and "\r" not in bare:
        newline, text = "\r\n", text.replace("\r\n", "\n")
    elif "\r" in text and "\n" not in text:
        newline, text = "\r", text.replace("\r", "\n")
    return text, encoding, newline


def read_bytes(path: Path) -> bytes | None:
    """Return a file's bytes, or None where there is no file; a directory is an error."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as failed:
        raise ToolFailed(f"{path.name} cannot be read: {failed.strerror or failed}.") from None


def write_atomic(path: Path, data: bytes, before: str) -> None:
    """Put ``data`` at ``path`` at once or not at all; refuses when the content there is not ``before`` any more.

    ``before`` is the hash of what should be there, '' for nothing. Permissions are kept.
    """
    now = read_bytes(path)
    if (content_hash(now) if now is not None else "") != before:
        raise ToolFailed(f"{path.name} changed while it was being written; nothing was done. Read it again.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".loomkin", dir=path.parent)
    except OSError as failed:
        raise ToolFailed(f"{path.name} cannot be written: {failed.strerror or failed}.") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as failed:
        Path(name).unlink(missing_ok=True)
        raise ToolFailed(f"{path.name} cannot be written: {failed.strerror or failed}.") from None


def _umask() -> int:
    """Return the process's mask without changing it (``os.umask`` would, for all threads)."""
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    except (OSError, ValueError, IndexError):
        pass
    return 0o022


def one_edit(before: str, after: str) -> Edit | None:
    """Return the smallest run of lines whose replacement turns ``before`` into ``after``, or None when they are equal."""
    old, new = before.splitlines(), after.splitlines()
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    removed, added = len(old) - start - end, len(new) - start - end
    return Edit(start + 1, removed, added) if removed or added else None


def diff_of(path: str, before: str, after: str) -> tuple[str, int, int]:
    """Return (unified diff, lines added, lines removed); very large changes are counted and the diff is cut."""
    old, new = before.splitlines(), after.splitlines()
    edit = one_edit(before, after)
    if edit is None:
        return "", 0, 0
    if max(edit.removed, edit.added) > _DIFF_LINES:
        return (
            f"--- {path}\n+++ {path}\n@@ lines {edit.at}: -{edit.removed} +{edit.added} (too large to show) @@\n",
            edit.added,
            edit.removed,
        )
    first = max(edit.at - 4, 0)
    window_old = old[first : edit.at - 1 + edit.removed + 3]
    window_new = new[first : edit.at - 1 + edit.added + 3]
    lines = list(difflib.unified_diff(window_old, window_new, path, path, lineterm=""))
    added = sum(1 for line in lines[2:] if line.startswith("+"))
    removed = sum(1 for line in lines[2:] if line.startswith("-"))
    text = "\n".join(_shifted(line, first) for line in lines) + "\n"
    return (text if len(text) <= _DIFF_CHARS else text[:_DIFF_CHARS] + "\n… diff cut …\n"), added, removed


def _shifted(line: str, by: int) -> str:
    """Move the line numbers of a hunk's head: the diff was taken from a window of the file."""
    if not line.startswith("@@"):
        return line
    parts = line.split(" ")
    for place in (1, 2):
        sign, numbers = parts[place][0], parts[place][1:].split(",")
        parts[place] = sign + ",".join([str(int(numbers[0]) + by), *numbers[1:]])
    return " ".join(parts)

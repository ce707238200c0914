"""Folder trust: what a project's own files may do before the user trusted them. Kept outside the project.

A folder is trusted as its control files are now: their content's hash is what was trusted, so a changed rule, hook or
server asks again. Untrusted files may only tighten.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import platformdirs

from loomkin_jupyter.policy.rules import Policy
from loomkin_jupyter.project.loomkin_md import RULE_FILES

_FILES = (*RULE_FILES, ".loomkin.toml", ".mcp.json")
_TREES = (".agents/skills", ".claude/skills", ".loomkin/hooks", ".githooks", ".husky")


class _Record(msgspec.Struct):
    folders: dict[str, str] = {}


class FolderTrust:
    """The user's list of trusted folders."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or Path(platformdirs.user_config_dir("loomkin")) / "trusted.json"

    def is_trusted(self, root: Path) -> bool:
        """Return whether the folder is trusted with the control files it has now (a folder without any always is)."""
        digest = control_digest(root)
        return digest == "" or self._read().folders.get(str(root.resolve())) == digest

    def trust(self, root: Path) -> str:
        """Trust the folder's control files as they are; return their hash."""
        record = self._read()
        digest = control_digest(root)
        record.folders[str(root.resolve())] = digest
        self._write(record)
        return digest

    def distrust(self, root: Path) -> None:
        """Take the trust back."""
        record = self._read()
        if record.folders.pop(str(root.resolve()), None) is not None:
            self._write(record)

    def _read(self) -> _Record:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Record)
        except (OSError, msgspec.DecodeError):
            return _Record()  # no list, or a damaged one: nothing is trusted

    def _write(self, record: _Record) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(record)))
        fresh.replace(self._file)


def control_digest(root: Path) -> str:
    """Return the hash of names and contents of all control files, '' when the project has none."""
    digest = hashlib.sha256()
    found = False
    for path in _control_files(root):
        found = True
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError:
            digest.update(os.urandom(32))  # what cannot be read cannot have been trusted
    return digest.hexdigest() if found else ""


def _control_files(root: Path) -> list[Path]:
    files = [root / name for name in _FILES if (root / name).is_file()]
    for name in _TREES:
        files += sorted(_below(root / name))
    return files


def _below(tree: Path) -> list[Path]:
    """Return every file below, behind linked folders too: what is read through a link must have been trusted."""
    found: list[Path] = []
    seen: set[str] = set()
    for directory, folders, names in os.walk(tree, followlinks=True):
        real = os.path.realpath(directory)
        if real in seen:
            folders.clear()  # a link that leads back up
            continue
        seen.add(real)
        found += [path for path in (Path(directory, name) for name in names) if path.is_file()]
    return found


def tightened(policies: Sequence[Policy], trusted: bool) -> tuple[Policy, ...]:
    """Return the policies of a project's files that count: all when it is trusted, else only those that deny."""
    return tuple(policy for policy in policies if trusted or policy.effect == "deny")

"""Which directory is the project. Owns the markers; never changes anything on disk."""

from __future__ import annotations

from pathlib import Path

from loomkin_jupyter.core.errors import UsageError

MARKERS = (".loomkin", ".loomkin.toml", "LOOMKIN.md", ".git")


def find_root(start: str | Path, *, given: str | Path | None = None, home: Path | None = None) -> Path:
    """Return ``given``, else the nearest parent of ``start`` with a marker, else the directory of ``start``.

    ``start`` is the notebook or a directory. Never ``/`` and never the home directory: both hold far more than one
    project, and everything inside the root counts as the agents' own.

    :raises UsageError: when the only answer is a forbidden directory or ``given`` is no directory.
    """
    forbidden = {Path("/").resolve(), (home or Path.home()).resolve()}
    if given is not None:
        chosen = Path(given).expanduser().resolve()
        if not chosen.is_dir():
            raise UsageError(f"The project {chosen} is not a directory.", "Give --project an existing directory.")
        return _allowed(chosen, forbidden)
    path = Path(start).expanduser().resolve()
    directory = path if path.is_dir() or (not path.suffix and not path.exists()) else path.parent
    for candidate in (directory, *directory.parents):
        if candidate in forbidden:
            break  # a marker in the home directory (dotfiles under git) must not make all of it one project
        if any((candidate / marker).exists() for marker in MARKERS):
            return candidate
    return _allowed(directory, forbidden)


def _allowed(path: Path, forbidden: set[Path]) -> Path:
    if path in forbidden:
        raise UsageError(
            f"{path} cannot be a project: it is the home directory or the root of the file system.",
            "Work in a directory of its own, or name one with --project DIRECTORY.",
        )
    return path

"""Names of files: which look like a missing one, and which are tests."""

from __future__ import annotations

import difflib
import os
from pathlib import Path, PurePosixPath

from loomkin_jupyter.policy.paths import Confinement

_MOST_LOOKED_AT = 5000
SKIPPED_DIRECTORIES: frozenset[str] = frozenset(
    {".git", ".loomkin", ".hg", ".svn", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".ipynb_checkpoints",
     ".mypy_cache", ".ruff_cache", ".pytest_cache", "site-packages"}
)  # fmt: skip


def is_test_path(relative: str) -> bool:
    """Return whether a project-relative path belongs to the tests by the usual conventions."""
    path = PurePosixPath(relative)
    if any(part in ("tests", "test", "__tests__", "spec") for part in path.parts[:-1]):
        return True
    stem = path.name.split(".")[0]
    return (
        stem.startswith("test_")
        or stem.endswith(("_test", "_spec"))
        or path.name == "conftest.py"
        or ".test." in path.name
    )


def nearest_paths(confinement: Confinement, relative: str) -> str:
    """Return `` Did you mean a, b?`` with existing files most like ``relative``, or ''. Blocks; bounded."""
    names: list[str] = []
    for folder, directories, files in os.walk(confinement.root):
        directories[:] = [d for d in directories if d not in SKIPPED_DIRECTORIES]
        base = Path(folder).relative_to(confinement.root)
        names += [(base / f).as_posix() for f in files]
        if len(names) > _MOST_LOOKED_AT:
            break
    wanted = PurePosixPath(relative).name
    same = [n for n in names if PurePosixPath(n).name == wanted]
    close = difflib.get_close_matches(relative, names, n=3, cutoff=0.6)
    by_name = difflib.get_close_matches(wanted, [PurePosixPath(n).name for n in names], n=3, cutoff=0.75)
    found = [*same, *close, *(n for n in names if PurePosixPath(n).name in by_name)]
    shown = [n for n in dict.fromkeys(found) if confinement.glob_stays_inside(confinement.root / n)][:3]
    return f" Did you mean {', '.join(shown)}?" if shown else " Use file_search to find it."

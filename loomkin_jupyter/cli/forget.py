"""``loomkin forget``: the project's record is deleted, after a word of confirmation, never under a live team."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from loomkin_jupyter.core.errors import LoomkinError, UsageError
from loomkin_jupyter.project.root import find_root
from loomkin_jupyter.workspace.door import live_runtimes


@click.command()
@click.option("--project", help="Folder of the project; else found from the working directory.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(project: str | None, yes: bool) -> int:
    """Delete what the team remembers of this project: tasks, decisions, keepers, costs. Files it wrote stay."""
    root = find_root(Path.cwd(), given=project)
    folder = root / ".loomkin"
    if not folder.is_dir():
        click.echo(f"There is no record in {root}.")
        return 0
    if live := live_runtimes(folder):
        raise LoomkinError(
            f"Process {live[0].pid} has {root} open.",
            "Close its notebook, or stop it with loomkin stop, and try again.",
        )
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison]
            raise UsageError(f"This would delete {folder}, and nobody is here to confirm it.", "Add --yes.")
        if not click.confirm(f"Delete {folder} ({size_text(size_of(folder))}) for good?"):
            click.echo("Nothing was deleted.")
            return 0
    if folder.is_symlink():
        raise LoomkinError(f"{folder} is a link; what it leads to is not deleted.", "Remove the link yourself.")
    try:
        shutil.rmtree(folder)
    except OSError as failed:
        raise LoomkinError(
            f"{folder} could not be deleted: {failed.strerror or failed}.", "Look at its permissions, then try again."
        ) from None
    click.echo(f"{folder} is deleted.")
    return 0


def size_of(path: Path) -> int:
    """Return the bytes of a file or of everything in a folder; what disappears meanwhile does not count."""
    total = 0
    for file in [path] if path.is_file() else path.rglob("*"):
        try:
            total += 0 if file.is_symlink() or not file.is_file() else file.stat().st_size
        except OSError:
            continue
    return total


def size_text(size: float) -> str:
    """Return a size as people read it."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"

"""Taking a change of a file back: the content from before it returns, unless somebody else has written since."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import sqlalchemy as sa

from loomkin_jupyter.core.errors import LoomkinError, nearest
from loomkin_jupyter.core.signals import ChangeUndone
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.store import changes, intents
from loomkin_jupyter.store.store import Store
from loomkin_jupyter.store.transaction import Tx


async def undo_last(store: Store, root: Path, path: str, by: str) -> str:
    """Undo the newest standing change of ``path`` ('' means of any file); return a sentence.

    :raises LoomkinError: when there is nothing to undo or the file has changed since.
    """
    path = _inside(root, path) if path else ""
    standing = await _written(store, root, await store.read(lambda conn: changes.standing(conn, path or None)))
    if not standing:
        everything = await store.read(changes.standing)
        hint = nearest(path, {c.path for c in everything}) if path else ""
        raise LoomkinError(
            f"There is no change of {path or 'any file'} to undo.{hint}",
            "loomkin status (in a notebook %loomkin tasks) shows what was done.",
        )
    change = standing[0]
    content = await store.read(lambda conn: changes.content_before(conn, change.number))
    await run_blocking(_put_back, root / change.path, change, content)

    def work(tx: Tx) -> None:
        changes.mark_undone(tx, change.number)
        tx.emit(ChangeUndone(path=change.path, by=by, run=change.run, team=change.team, cause=change.call))

    await store.transact(work)
    how = "removed: it did not exist before" if content is None else "back to what it was"
    return f"{change.path} is {how} (change by {change.agent})."


async def _written(store: Store, root: Path, standing: list[changes.Change]) -> list[changes.Change]:
    """Leave out what a kill kept from being written: its intent is open and the file is as it was."""

    def under_way(conn: sa.Connection) -> set[tuple[str, str, str]]:
        teams = {change.team for change in standing}
        return {(i.call, i.agent, i.team) for team in teams for i in intents.open_intents(conn, team)}

    def never_came(change: changes.Change) -> bool:
        file = root / change.path
        now = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        return now == change.before

    def came() -> list[changes.Change]:
        return [c for c in standing if (c.call, c.agent, c.team) not in unsettled or not never_came(c)]

    unsettled = await store.read(under_way)
    return await run_blocking(came) if unsettled else standing


def _inside(root: Path, path: str) -> str:
    """Return ``path`` as changes name it: relative to the project, with forward slashes."""
    whole = Path(os.path.normpath(root / Path(path).expanduser()))
    for base in (root, root.resolve()):
        if whole.is_relative_to(base):
            return whole.relative_to(base).as_posix()
    raise LoomkinError(f"{path} is not in the project {root}.", "Name a file of the project.")


def _put_back(file: Path, change: changes.Change, content: bytes | None) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.loomkin.tmp")
    try:
        now = hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""
        if now != change.after:
            raise LoomkinError(
                f"{change.path} has changed since {change.agent} wrote it, so undoing would lose that.",
                "Undo newer changes first, or restore it from version control.",
            )
        if content is None:
            file.unlink(missing_ok=True)
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(content)
        if file.exists():
            fresh.chmod(file.stat().st_mode & 0o777)
        fresh.replace(file)
    except (OSError, ValueError) as failed:
        fresh.unlink(missing_ok=True)
        raise LoomkinError(
            f"{change.path} could not be put back: {failed}.", "Mend its folder's permissions and try again."
        ) from None

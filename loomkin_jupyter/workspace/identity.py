"""Who a workspace is before it has parts: its folder on disk, and the id that every process finds in its database."""

from __future__ import annotations

from pathlib import Path

from loomkin_jupyter.core.errors import StoreError
from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.store import settings as setting_rows
from loomkin_jupyter.store.transaction import Tx

WORKSPACE_KEY = "workspace.id"


def prepare_folder(root: Path) -> None:
    """Make the project's own folder, which version control is told to leave out.

    :raises StoreError: when it cannot be written.
    """
    folder = root / ".loomkin"
    try:
        folder.mkdir(exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as failed:
        raise StoreError(
            f"{folder} cannot be written: {failed.strerror or failed}.",
            "Give a --project folder that you may write to, or change its permissions.",
        ) from None


def new_workspace(tx: Tx) -> str:
    """Return the workspace's id; the first process makes it."""
    found = setting_rows.load(tx.conn).get(WORKSPACE_KEY)
    if found:
        return str(found)
    workspace = new_id("ws")
    setting_rows.put(tx, WORKSPACE_KEY, workspace, "loomkin")
    return workspace

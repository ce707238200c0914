"""What holds in one workspace and can be changed while it is open: its settings, and the trust in its folder."""

from __future__ import annotations

from typing import Any

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.settings import BY_KEY
from loomkin_jupyter.core.signals import SettingChanged
from loomkin_jupyter.models.providers import provider_name
from loomkin_jupyter.project.settings_file import check_value
from loomkin_jupyter.store import settings as setting_rows
from loomkin_jupyter.store.transaction import Tx
from loomkin_jupyter.workspace.parts import Parts

MODELS = ("model.default", "model.fast", "model.strong")


class Configuration:
    """The configuration of one workspace."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def trust_folder(self, *, revoke: bool = False) -> str:
        """Trust the project's control files as they are now, or take the trust back."""
        if revoke:
            self._parts.trust.distrust(self._parts.root)
        else:
            self._parts.trust.trust(self._parts.root)
        self._parts.reload()
        if revoke:
            return f"{self._parts.root} is not trusted any more: its files may only tighten."
        return f"{self._parts.root} is trusted: its LOOMKIN.md and .loomkin.toml count, until they change."

    async def change_setting(self, key: str, value: Any) -> str:
        """Keep a setting for this workspace (None: forget it) and put it into force."""
        if key not in BY_KEY:
            raise UsageError(f"There is no setting {key}.{nearest(key, BY_KEY)}", "loomkin doctor lists all of them.")

        def work(tx: Tx) -> None:
            if value is None:
                setting_rows.remove(tx, key)
            else:
                setting_rows.put(tx, key, value, "workspace")
            tx.emit(SettingChanged(key=key, value="" if value is None else str(value), source="workspace"))

        if value is not None:
            check_setting(key, value)
        await self._parts.store.transact(work)
        if value is None:
            self._parts.stored.pop(key, None)
        else:
            self._parts.stored[key] = value
        self._parts.reload()
        return f"{key} is {self._parts.settings[key]!r} (from {self._parts.settings.source(key)})."


def check_setting(key: str, value: Any) -> None:
    """Raise UsageError when ``value`` is not valid for ``key``, ModelFailed when it is a model that names no provider."""
    _, wrong = check_value(BY_KEY[key], value)
    if wrong:
        raise UsageError(f"{key} {wrong}.", f"{BY_KEY[key].help}.")
    if key in MODELS and value:
        provider_name(value)

"""Settings, rules, keys and trust of an open workspace, as they hold now. Reads the disk; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loomkin_jupyter.core.status import PRESETS, SHARING_LEVELS
from loomkin_jupyter.models.keys import Keys, find_keys, has_key
from loomkin_jupyter.models.tiers import Tiers, choose_tiers
from loomkin_jupyter.policy.rules import Policy, read_policies
from loomkin_jupyter.policy.run_policy import RunPolicy
from loomkin_jupyter.policy.trust import FolderTrust, tightened
from loomkin_jupyter.project.loomkin_md import ProjectRules, read_rules
from loomkin_jupyter.project.settings import Settings, load_settings
from loomkin_jupyter.workspace.identity import WORKSPACE_KEY
from loomkin_jupyter.workspace.options import RunOptions


class Live:
    """Settings, rules, keys and trust as they hold now; read again when they change."""

    def __init__(
        self, root: Path, overrides: Mapping[str, Any], environment: Mapping[str, str], stored: Mapping[str, Any]
    ) -> None:
        self.root = root
        self.trust = FolderTrust()
        self._overrides = dict(overrides)
        self._environment = dict(environment)
        self.stored = dict(stored)
        self.settings: Settings
        self.rules: ProjectRules
        self.policies: tuple[Policy, ...]
        self.trusted = False
        self.problems: list[str] = []
        self.read()
        self.keys: Keys = self._find_keys()

    def _find_keys(self) -> Keys:
        """Return the keys; the keyring, which is slow and may ask for a password, only when a key is missing."""
        keys = find_keys(self._environment, self.root, keyring=False)
        chosen = [m for m in (str(self.settings[f"model.{tier}"]) for tier in ("default", "fast", "strong")) if m]
        found = (
            all(has_key(m.partition("/")[0], keys.environment) for m in chosen) if chosen else bool(keys.providers())
        )
        return keys if found else find_keys(self._environment, self.root)

    def read(self) -> None:
        """Read the project's files and the person's own."""
        self.trusted = self.trust.is_trusted(self.root)
        self.settings = load_settings(
            self.root,
            arguments=self._overrides,
            environment=self._environment,
            workspace={k: v for k, v in self.stored.items() if k != WORKSPACE_KEY},
            trusted=self.trusted,
        )
        self.rules = read_rules(self.root)
        self.problems = [str(problem) for problem in self.settings.problems] + list(self.rules.problems)
        found: list[Policy] = []
        for source, table in self.settings.policies:
            policies, wrong = read_policies([table], source)
            own = source != ".loomkin.toml"
            found += tightened(policies, own or self.trusted)
            self.problems += wrong
        self.policies = tuple(found)

    def values(self) -> dict[str, Any]:
        """Return every setting's value by key."""
        return {value.key: value.value for value in self.settings.all()}

    def tiers(self, model: str) -> Tiers:
        """Return the models of a run that asked for ``model`` ('' leaves it to settings and keys)."""
        return choose_tiers(self.values(), self.keys, model)

    def policy(self, options: RunOptions) -> RunPolicy:
        """Return what one request may do: its own options, else the settings. Those of a person count over settings,
        but a rule of the project that is stricter holds (files may tighten).
        """
        preset = options.trust or str(self.settings["permissions.preset"])
        share = options.share or str(self.settings["sharing.level"])
        return RunPolicy(
            preset=_stricter(preset, self._pinned("permissions.preset"), PRESETS),  # type: ignore[arg-type]
            share=_stricter(share, self._pinned("sharing.level"), SHARING_LEVELS),  # type: ignore[arg-type]
        )

    def _pinned(self, key: str) -> str:
        """Return the value that a file of the project set, or ''."""
        return str(self.settings[key]) if self.settings.source(key) == ".loomkin.toml" else ""


def _stricter(chosen: str, pinned: str, order: tuple[str, ...]) -> str:
    return order[min(order.index(chosen), order.index(pinned))] if pinned else chosen

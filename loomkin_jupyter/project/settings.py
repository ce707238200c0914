"""Every setting's value and where it comes from. Argument > environment > workspace > project > user > default.

Permissions and sharing take the strictest of all sources that name them. A project that is not trusted may only
tighten. Wrong values keep what holds otherwise and are reported, with line and nearest valid key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from loomkin_jupyter.core.errors import UsageError, nearest
from loomkin_jupyter.core.settings import BY_KEY, SETTINGS, Setting
from loomkin_jupyter.project.settings_file import Problem, SettingsFile, check_value, read_file

FILE = ".loomkin.toml"
STRICTEST = ("permissions.preset", "sharing.level")
"""Choices in which the earlier of two is the stricter, and the strictest source wins."""
_LOWER_ONLY = (
    "budget.run_usd",
    "budget.agent_usd",
    "budget.tokens",
    "agents.most",
    "agents.iterations",
    "supervision.restarts",
)


class Value(msgspec.Struct, frozen=True):
    """What holds for one key. ``source`` is argument, environment NAME, workspace, a file's path, or default."""

    key: str
    value: Any
    source: str


class Settings:
    """The settings of one project as they were loaded; a change is a new object."""

    def __init__(
        self,
        values: Mapping[str, Value],
        problems: tuple[Problem, ...] = (),
        *,
        auto_approve: tuple[str, ...] = (),
        policies: tuple[tuple[str, dict[str, Any]], ...] = (),
        tables: Mapping[str, Any] | None = None,
    ) -> None:
        self._values = dict(values)
        self.problems = problems
        self.auto_approve = auto_approve
        self.policies = policies
        self.tables: dict[str, Any] = dict(tables or {})

    def get(self, key: str) -> Any:
        """Return the value of ``key``.

        :raises UsageError: for a key that does not exist.
        """
        return self._found(key).value

    __getitem__ = get

    def source(self, key: str) -> str:
        """Return where the value of ``key`` comes from."""
        return self._found(key).source

    def all(self) -> list[Value]:
        """Return every setting in the order of its declaration."""
        return [self._values[setting.key] for setting in SETTINGS]

    def _found(self, key: str) -> Value:
        if key not in self._values:
            raise UsageError(
                f"There is no setting {key}.{nearest(key, self._values)}", "`loomkin doctor` lists all of them."
            )
        return self._values[key]


def user_file() -> Path:
    """Return where the user's own settings are."""
    return Path(platformdirs.user_config_dir("loomkin")) / "loomkin.toml"


def load_settings(
    root: Path,
    *,
    arguments: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    workspace: Mapping[str, Any] | None = None,
    user: Path | None = None,
    trusted: bool = False,
) -> Settings:
    """Return the settings of the project at ``root``. ``workspace`` are the values of the store, by key.

    :raises UsageError: when an ``argument`` names no setting or has no valid value (files only report).
    """
    problems: list[Problem] = []
    project_file = read_file(root / FILE, FILE)
    user_path = user or user_file()
    own_file = read_file(user_path, str(user_path))
    problems += [*project_file.problems, *own_file.problems]
    layers: list[tuple[str, Mapping[str, Any]]] = [
        ("argument", _arguments(arguments or {})),
        *_environment(os.environ if environment is None else environment, problems),
        ("workspace", _workspace(workspace or {}, problems)),
        (FILE, project_file.values),
        (str(user_path), own_file.values),
    ]
    values = {setting.key: _choose(setting, layers, trusted, problems) for setting in SETTINGS}
    return Settings(
        values,
        tuple(problems),
        auto_approve=tuple(dict.fromkeys((*own_file.auto_approve, *(project_file.auto_approve if trusted else ())))),
        policies=_policies(project_file, own_file, str(user_path), trusted),
        tables={**own_file.tables, **project_file.tables} if trusted else own_file.tables,
    )


def _policies(
    project: SettingsFile, own: SettingsFile, user_path: str, trusted: bool
) -> tuple[tuple[str, dict[str, Any]], ...]:
    counting = [table for table in project.policies if trusted or table.get("effect") == "deny"]
    return (*((FILE, table) for table in counting), *((user_path, table) for table in own.policies))


def _arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in arguments.items():
        setting = BY_KEY.get(key)
        if setting is None:
            raise UsageError(f"There is no setting {key}.{nearest(key, BY_KEY)}", "`loomkin doctor` lists all of them.")
        if value is None:
            continue
        checked, wrong = check_value(setting, value)
        if wrong:
            raise UsageError(f"{key} {wrong}.", setting.help + ".")
        values[key] = checked
    return values


def _environment(environment: Mapping[str, str], problems: list[Problem]) -> list[tuple[str, Mapping[str, Any]]]:
    layers: list[tuple[str, Mapping[str, Any]]] = []
    for setting in SETTINGS:
        text = environment.get(setting.env, "") if setting.env else ""
        if not text:
            continue
        source = f"environment {setting.env}"
        checked, wrong = check_value(setting, _parsed(setting, text))
        if wrong:
            problems.append(Problem(source, f"{setting.key} {wrong}; it does not count"))
        else:
            layers.append((source, {setting.key: checked}))
    return layers


def _parsed(setting: Setting, text: str) -> Any:
    if setting.kind in ("int", "float"):
        try:
            return float(text)
        except ValueError:
            return text
    if setting.kind == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    return text


def _workspace(stored: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in stored.items():
        setting = BY_KEY.get(key)
        if setting is None:
            continue  # written by another version: kept in the store, unknown here
        checked, wrong = check_value(setting, value)
        if wrong:
            problems.append(Problem("workspace", f"{key} {wrong}; it does not count"))
        else:
            values[key] = checked
    return values


def _choose(
    setting: Setting, layers: list[tuple[str, Mapping[str, Any]]], trusted: bool, problems: list[Problem]
) -> Value:
    key = setting.key
    named = [Value(key, values[key], source) for source, values in layers if key in values]
    default = Value(key, setting.default, "default")
    project = next((value for value in named if value.source == FILE), None)
    if project is not None and not trusted and not _tightens(setting, project, named, default):
        problems.append(
            Problem(
                FILE, f"{key} = {project.value!r} does not count: this folder is not trusted yet, it may only tighten"
            )
        )
        named.remove(project)
    elif project is not None and not trusted and key in _LOWER_ONLY:
        return project  # a lower limit of the project holds against everything
    if key in STRICTEST and named:
        return min(named, key=lambda value: setting.choices.index(value.value))
    return named[0] if named else default


def _tightens(setting: Setting, project: Value, named: list[Value], default: Value) -> bool:
    """Return whether the project's value is no looser than what would hold without it."""
    others = [value for value in named if value is not project]
    if setting.key in STRICTEST:
        loosest_allowed = others or [default]
        return setting.choices.index(project.value) <= min(
            setting.choices.index(value.value) for value in loosest_allowed
        )
    if setting.key in _LOWER_ONLY:
        return project.value <= (others[0] if others else default).value
    if setting.key == "sandbox.use":
        return project.value == "auto"
    return True

"""Where keys are found (environment, a private ``.env``, the system keyring), and what to say when one is missing.

Values go to the gateway and to the redactor, never into messages, signals or files.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from loomkin_jupyter.core.errors import ModelFailed
from loomkin_jupyter.core.redaction import is_secret_name
from loomkin_jupyter.models.providers import BY_NAME, PLAYBOOK, PROVIDERS, Provider, base_url

KEYRING_SERVICE = "loomkin"


class Keys(msgspec.Struct, frozen=True):
    """What was found: the gateway's whole environment, each key's source, and sentences about what was left out."""

    environment: dict[str, str]
    sources: dict[str, str]
    notices: tuple[str, ...] = ()

    @property
    def secrets(self) -> list[str]:
        """The values to redact everywhere."""
        return [value for name, value in self.environment.items() if is_secret_name(name)]

    def providers(self) -> list[Provider]:
        """Return the providers that can be asked, in the table's order: with a key, or local ones with a given URL."""
        return [
            p
            for p in PROVIDERS
            if has_key(p.name, self.environment) and (p.keys or base_url(p.name, self.environment)[1])
        ]


def find_keys(environment: Mapping[str, str], folder: Path | None = None, *, keyring: bool = True) -> Keys:
    """Return the keys of ``environment``, then of ``folder/.env``, then of the system keyring. Reads files: blocks."""
    found = dict(environment)
    sources = {name: "environment" for name in _names() if environment.get(name)}
    notices: list[str] = []
    for name, value in _from_file(folder, notices).items():
        if not found.get(name):
            found[name], sources[name] = value, ".env"
    missing = [name for provider in PROVIDERS for name in provider.keys if not has_key(provider.name, found)]
    for name, value in _from_keyring(missing if keyring else ()).items():
        found[name], sources[name] = value, "keyring"
    return Keys(found, sources, tuple(notices))


def _names() -> list[str]:
    return [name for provider in PROVIDERS for name in (*provider.keys, *provider.bases)]


def _from_file(folder: Path | None, notices: list[str]) -> dict[str, str]:
    file = folder / ".env" if folder is not None else None
    if file is None or not file.is_file():
        return {}
    if _is_tracked(file):
        notices.append(
            f"{file} is under version control, so its keys are not used; run `git rm --cached .env` and ignore it."
        )
        return {}
    from dotenv import dotenv_values  # loaded only where there is such a file

    return {name: value for name, value in dotenv_values(file, interpolate=False).items() if value and name in _names()}


def _is_tracked(file: Path) -> bool:
    command = ["git", "-C", str(file.parent), "ls-files", "--error-unmatch", "--", file.name]
    try:
        done = subprocess.run(command, capture_output=True, timeout=10, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def in_keyring(provider: str) -> dict[str, str]:
    """Return the keys of one provider from the system keyring. Blocks, for a password at worst."""
    known = BY_NAME.get(provider)
    return _from_keyring(known.keys if known else ())


def _from_keyring(names: Iterable[str]) -> dict[str, str]:
    wanted = list(names)
    if not wanted:
        return {}
    import keyring  # its backends are searched on import: only when a key is missing
    from keyring.errors import KeyringError

    found: dict[str, str] = {}
    try:
        for name in wanted:
            if value := keyring.get_password(KEYRING_SERVICE, name):
                found[name] = value
    except (KeyringError, OSError):
        return found  # no keyring on this machine, or a locked one: the other sources remain
    return found


def has_key(provider: str, environment: Mapping[str, str]) -> bool:
    """Return whether calls to ``provider`` can be tried: a key is set, none is needed, or nothing is known of it."""
    known = BY_NAME.get(provider)
    if known is None or not known.keys:
        return True
    return any(environment.get(name) for name in known.keys)


def check_key(provider: str, environment: Mapping[str, str]) -> None:
    """Raise ModelFailed naming the provider, its variable and what works without, unless ``has_key``.

    An overridden base URL needs no key: many servers that speak OpenAI's format take none.
    """
    if not has_key(provider, environment) and not base_url(provider, environment)[1]:
        raise ModelFailed("auth", f"There is no key for {title(provider)}.", remedy(provider))


def title(provider: str) -> str:
    """Return the provider's name as people write it."""
    known = BY_NAME.get(provider)
    return known.title if known else provider


def remedy(provider: str) -> str:
    """Return what to do about a missing or wrong key of ``provider``."""
    known = BY_NAME.get(provider)
    variable = known.keys[0] if known and known.keys else f"{provider.upper().replace('-', '_')}_API_KEY"
    return (
        f"Set {variable} in the environment, in a .env that is not under version control, or with "
        f"`keyring set {KEYRING_SERVICE} {variable}`, then ask again (a notebook's kernel must be restarted first). "
        f"Without a key, --model {PLAYBOOK} runs the built-in procedures."
    )

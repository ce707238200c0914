"""Which files hold secrets and which steer Loomkin itself: one table of names, asked by gate, sandbox, git and search."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase, translate
from pathlib import Path, PurePosixPath

SECRET_NAMES: tuple[str, ...] = (
    ".env*", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key", "*.p12", "*.pfx", "*.ppk", "*.jks",
    "*.keystore", "*.kdbx", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".pypirc", ".npmrc", ".git-credentials",
    ".htpasswd", "credentials", "credentials.json", "credentials.toml", "credentials.yaml", "credentials.yml", "credentials.ini",
    "credentials.csv", "secrets.toml", "secrets.json", "secrets.yaml", "secrets.yml", "secrets.env", "client_secret*.json",
    "service-account*.json", "service_account*.json", "application_default_credentials.json", "kaggle.json", ".dockercfg",
    "*.tfstate", ".vault-token", ".bash_history", ".zsh_history", ".python_history", ".psql_history",
)  # fmt: skip
SECRET_DIRECTORIES: frozenset[str] = frozenset(
    {".ssh", ".aws", ".gnupg", ".azure", ".kube", ".password-store", "gcloud", ".oci"}
)
_SECRET_TAILS: tuple[tuple[str, ...], ...] = (
    (".docker", "config.json"),
    (".config", "gh", "hosts.yml"),
    (".cargo", "credentials.toml"),
)
_PUBLIC = ("*.pub",)
_NAMES = re.compile("|".join(translate(pattern) for pattern in SECRET_NAMES))
# Searches ask of every file of a project: without one of these a path needs no closer look.
_BEGINNINGS = tuple(pattern.partition("*")[0] for pattern in SECRET_NAMES if "*" in pattern[1:])
_ENDS = tuple(pattern[1:] for pattern in SECRET_NAMES if pattern.startswith("*"))
_EXACT = frozenset(SECRET_NAMES) | {tail[-1] for tail in _SECRET_TAILS}
_ANYWHERE = (".env", "proc", *SECRET_DIRECTORIES)

CONTROL_NAMES: frozenset[str] = frozenset({"loomkin.md", ".loomkin.md", ".loomkin.toml", ".mcp.json"})
CONTROL_DIRECTORIES: frozenset[str] = frozenset({".git", ".loomkin", ".githooks", ".husky", ".agents", ".claude"})


def is_secret(path: str | Path) -> bool:
    """Return whether a path names a file of secrets, by its own name or a directory above it (case is ignored)."""
    text = str(path).casefold()
    return _suspicious(text) and holds_secrets(text)


def _suspicious(text: str) -> bool:
    """Return whether a path in lower case needs a closer look; never False for a secret."""
    if text.endswith(("/", ".")):
        return True
    name = text.rpartition("/")[2]
    return (
        name in _EXACT or name.startswith(_BEGINNINGS) or name.endswith(_ENDS) or any(map(text.__contains__, _ANYWHERE))
    )


def holds_secrets(text: str) -> bool:
    """Return the same for a path in lower case, after a full look."""
    parts = list(PurePosixPath(text).parts)
    if not parts:
        return False
    name = parts[-1]
    if any(fnmatchcase(name, public) for public in _PUBLIC):
        return False
    if any(part in SECRET_DIRECTORIES or part.startswith(".env") for part in parts):
        return True
    if parts[:2] == ["/", "proc"] and name in ("environ", "mem", "cmdline"):
        return True
    if any(tuple(parts[-len(tail) :]) == tail for tail in _SECRET_TAILS):
        return True
    return _NAMES.match(name) is not None


def is_control(relative: str | Path) -> bool:
    """Return whether a path inside the project steers Loomkin or git: rules, settings, servers, skills, hooks."""
    parts = [part.casefold() for part in PurePosixPath(str(relative)).parts]
    return bool(parts) and (parts[-1] in CONTROL_NAMES or any(part in CONTROL_DIRECTORIES for part in parts))


def secret_pathspecs() -> tuple[str, ...]:
    """Return git pathspecs that leave secrets out of what git shows."""
    names = [*SECRET_NAMES, ".env*/**", *(f"{directory}/**" for directory in sorted(SECRET_DIRECTORIES))]
    names += ["/".join(tail) for tail in _SECRET_TAILS]
    return tuple(f":(exclude,icase,glob)**/{name}" for name in names)

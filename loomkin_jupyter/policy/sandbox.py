"""The sandbox: bubblewrap's arguments for a command. Project writable, the rest read-only, secrets masked, network off.

Whether it works is found out by a trial run, never guessed: containers often forbid namespaces. Starts nothing itself
but that trial. The environment goes through ``--clearenv`` and ``--setenv``, because bubblewrap's own process stays
pid 1 of the new namespace and its environment would be readable there: give it the cleaned one, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from loomkin_jupyter.core.redaction import is_secret_name
from loomkin_jupyter.policy.secrets import CONTROL_DIRECTORIES, SECRET_DIRECTORIES, is_control, is_secret

_TRIAL_S = 20.0
_MOST_MASKED = 500
_SKIPPED = frozenset({"node_modules", "__pycache__", ".venv", "venv", "site-packages", ".tox", ".mypy_cache"})
_PASSED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TERM",
    "TZ",
    "USER",
    "LOGNAME",
    "SHELL",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONPATH",
    "TMPDIR",
)


class SandboxState(msgspec.Struct, frozen=True):
    """``kind`` is bubblewrap or none; ``reason`` says why there is none."""

    kind: str
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether commands run confined."""
        return self.kind != "none"


def available(use: str = "auto") -> SandboxState:
    """Return what there is, by running ``true`` in the very namespaces that commands will get. Blocks up to 20 s."""
    if use == "off":
        return SandboxState("none", "switched off by sandbox.use")
    program = shutil.which("bwrap")
    if program is None:
        return SandboxState("none", "bubblewrap (bwrap) is not installed; on Debian: apt install bubblewrap")
    trial = [
        program,
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",
        *_NAMESPACES,
        "--unshare-net",
        "true",
    ]
    try:
        done = subprocess.run(trial, capture_output=True, text=True, timeout=_TRIAL_S, env=cleaned({}), check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return SandboxState("none", f"bubblewrap could not be started: {error}")
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return SandboxState("none", f"bubblewrap does not work here: {said}")
    return SandboxState("bubblewrap")


_NAMESPACES = ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session")


def wrap(
    argv: Sequence[str],
    *,
    root: Path,
    cwd: Path,
    environment: Mapping[str, str],
    network: bool = False,
    writable: Iterable[str | Path] = (),
    control_writable: bool = False,
    program: str = "bwrap",
) -> list[str]:
    """Return the arguments that run ``argv`` confined to ``root``.

    ``writable`` are paths outside that the gate opened; ``control_writable`` after it allowed changing control files.
    ``environment`` is what the command gets, whole: clean it first. Start the result with a cleaned environment too.
    """
    root = root.resolve()
    arguments = [program, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    if Path("/run").is_dir():
        # Sockets of the machine's services (docker, dbus) would be doors out of the sandbox.
        arguments += ["--tmpfs", "/run"]
        if network and Path("/run/systemd/resolve").is_dir():
            arguments += ["--ro-bind", "/run/systemd/resolve", "/run/systemd/resolve"]
    arguments += _readable_again((root, cwd.resolve(), *_programs(argv, environment)))
    arguments += _masked_home(root)
    arguments += ["--bind", str(root), str(root)]
    for path in writable:
        if Path(path).exists():
            arguments += ["--bind", str(path), str(path)]
    if not control_writable:
        arguments += _read_only_control(root)
    arguments += _masked(root)
    arguments += [*_NAMESPACES, *(() if network else ("--unshare-net",)), "--chdir", str(cwd), "--clearenv"]
    for name, value in environment.items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--", *argv]


def cleaned(extra: Mapping[str, str], environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment for commands: the few names that programs need, no secrets, and ``extra``."""
    source = os.environ if environment is None else environment
    kept = {name: source[name] for name in _PASSED if name in source and not is_secret_name(name)}
    kept.setdefault("PATH", os.defpath)
    return {**kept, **{name: value for name, value in extra.items() if not is_secret_name(name)}}


def _programs(argv: Sequence[str], environment: Mapping[str, str]) -> list[Path]:
    """Return directories that the command's program and interpreter live in, if they are hidden by a private /tmp."""
    found = [Path(part) for part in environment.get("PATH", "").split(os.pathsep) if part]
    found += [Path(environment[name]) for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if name in environment]
    return found + ([Path(argv[0]).parent] if argv and Path(argv[0]).is_absolute() else [])


def _readable_again(paths: Iterable[Path]) -> list[str]:
    out: list[str] = []
    for path in dict.fromkeys(paths):
        hidden = any(str(path).startswith(f"{top}/") for top in ("/tmp", "/run"))
        if hidden and path.is_dir():
            out += ["--ro-bind", str(path), str(path)]
    return out


def _masked_home(root: Path) -> list[str]:
    """Hide the places where the user's own secrets live."""
    out: list[str] = []
    home = Path.home()
    for name in sorted({*SECRET_DIRECTORIES, ".config/gcloud", ".config/gh", ".docker", ".config/loomkin"}):
        path = home / name
        if path.is_dir() and path != root and path not in root.parents:
            out += ["--tmpfs", str(path)]
    for name in (".netrc", ".pgpass", ".pypirc", ".npmrc", ".git-credentials", ".env", ".vault-token", ".bash_history"):
        if (home / name).is_file():
            out += ["--ro-bind", "/dev/null", str(home / name)]
    return out


def _read_only_control(root: Path) -> list[str]:
    """Bind control files read-only; ``.git`` itself stays writable for git, but not its configuration and hooks."""
    out: list[str] = []
    for entry in sorted(root.iterdir()) if root.is_dir() else []:
        if entry.is_symlink() or not is_control(entry.name):
            continue
        if entry.name == ".git" and entry.is_dir():
            for inner in ("config", "hooks"):
                if (entry / inner).exists():
                    out += ["--ro-bind", str(entry / inner), str(entry / inner)]
        else:
            out += ["--ro-bind", str(entry), str(entry)]
    return out


def _masked(root: Path) -> list[str]:
    """Put nothing in the place of every secrets file of the project."""
    out: list[str] = []
    for directory, names, files in os.walk(root):
        here = Path(directory)
        for name in list(names):
            inside = (here / name).relative_to(root)
            if name in _SKIPPED or name in CONTROL_DIRECTORIES:
                names.remove(name)
            elif is_secret(inside):
                names.remove(name)
                out += ["--tmpfs", str(here / name)]
        for name in files:
            path = here / name
            if is_secret(path.relative_to(root)) and not path.is_symlink():
                out += ["--ro-bind", "/dev/null", str(path)]
        if len(out) > 3 * _MOST_MASKED:
            break
    return out

"""``loomkin doctor``: what is installed, configured and found here, each with its source, and what is wrong.

Reads; starts no team, asks no model, and shows names of keys, never their values.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import threading
from importlib import metadata
from pathlib import Path

import click
from rich.table import Table

from loomkin_jupyter import __version__
from loomkin_jupyter.cli.forget import size_of, size_text
from loomkin_jupyter.cli.text import PlainConsole, plain
from loomkin_jupyter.core.errors import LoomkinError
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.models.keys import Keys, find_keys
from loomkin_jupyter.models.tiers import choose_tiers
from loomkin_jupyter.policy import sandbox
from loomkin_jupyter.policy.rules import read_policies
from loomkin_jupyter.policy.trust import FolderTrust, control_digest
from loomkin_jupyter.project.loomkin_md import read_rules
from loomkin_jupyter.project.root import find_root
from loomkin_jupyter.project.settings import Settings, load_settings, user_file
from loomkin_jupyter.workspace.door import live_runtimes
from loomkin_jupyter.workspace.record import database_of, read_kept

_PACKAGES = ("jupyterlab", "ipykernel", "litellm", "sqlalchemy", "anywidget", "ipycytoscape")
_KEYRING_S = 1.5
PACKAGE = Path(__file__).resolve().parent.parent


@click.command()
@click.option("--project", help="Folder of the project; else found from the working directory.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def doctor(project: str | None, as_json: bool) -> int:
    """Show versions, project, models, keys (names only), sandbox, trust, every setting with its source, and problems."""
    found = examine(find_root(Path.cwd(), given=project))
    if as_json:
        click.echo(json.dumps(found))
    else:
        _show(found)
    return 0


def examine(root: Path) -> JsonObject:
    """Return everything doctor knows of the project at ``root``."""
    problems: list[str] = []
    database = database_of(root)
    kept = read_kept(root)
    problems += [kept.problem] if kept.problem else []
    trust = FolderTrust()
    trusted = trust.is_trusted(root)
    settings = load_settings(root, workspace=kept.settings, trusted=trusted)
    problems += [str(problem) for problem in settings.problems] + list(read_rules(root).problems)
    for source, table in settings.policies:
        problems += read_policies([table], source)[1]
    keys = _keys(root, problems)
    state = sandbox.available(str(settings["sandbox.use"]))
    if not state.ok:
        problems.append(f"Commands run unsandboxed and could read this machine's files and keys: {state.reason}.")
    return {
        "versions": _versions(),
        "project": str(root),
        "store": {"path": str(database), "exists": database.exists(), "bytes": size_of(database.parent)},
        "leases": kept.holders,
        "live": [{"pid": live.pid} for live in live_runtimes(root / ".loomkin")],
        "models": _models(settings, keys, problems),
        "providers": [
            {"provider": p.title, "key": name, "source": keys.sources[name]}
            for p in keys.providers()
            for name in (*p.keys, *p.bases)
            if name in keys.sources
        ],
        "sandbox": {"kind": state.kind, "reason": state.reason},
        "trust": {"trusted": trusted, "control_files": bool(control_digest(root))},
        "user_settings": str(user_file()),
        "settings": [{"key": v.key, "value": v.value, "source": v.source} for v in settings.all()],
        "lab": _lab(),
        "problems": problems,
    }


def _versions() -> JsonObject:
    found: JsonObject = {"loomkin-jupyter": __version__, "python": platform.python_version(), "os": platform.platform()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _keys(root: Path, problems: list[str]) -> Keys:
    """Return the keys; a keyring that does not answer soon (it may wait for a password) is left out."""
    found: list[Keys] = []
    looking = threading.Thread(target=lambda: found.append(find_keys(os.environ, root)), daemon=True)
    looking.start()
    looking.join(_KEYRING_S)
    if found:
        keys = found[0]
    else:
        problems.append("The system keyring does not answer; keys in it are not shown here.")
        keys = find_keys(os.environ, root, keyring=False)
    problems += keys.notices
    return keys


def _models(settings: Settings, keys: Keys, problems: list[str]) -> JsonObject:
    try:
        tiers = choose_tiers({value.key: value.value for value in settings.all()}, keys)
    except LoomkinError as wrong:
        problems.append(str(wrong))
        return {"reason": wrong.message}
    return {"fast": tiers.fast, "default": tiers.default, "strong": tiers.strong, "reason": tiers.reason}


def _lab() -> JsonObject:
    """Return whether JupyterLab finds the extension, by its place on disk: Jupyter itself is not asked, it is slow."""
    installed = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "loomkin-jupyter" / "package.json"
    server = Path(sys.prefix) / "etc" / "jupyter" / "jupyter_server_config.d" / "loomkin_jupyter.json"
    return {
        "labextension": installed.is_file(),
        "server_extension": server.is_file(),
        "panels_built": (PACKAGE / "panels" / "static" / "run_card.js").is_file(),
    }


def _show(found: JsonObject) -> None:
    console = PlainConsole(soft_wrap=True)
    versions = found["versions"]
    console.print(f"[bold]loomkin {versions['loomkin-jupyter']}[/bold]  " + _pairs(versions, "loomkin-jupyter"))
    console.print(f"project   {plain(found['project'])}")
    store = found["store"]
    size = size_text(store["bytes"]) if store["exists"] else "not made yet"
    console.print(f"record    {plain(store['path'])} [dim]({size})[/dim]")
    for lease in found["leases"]:
        console.print(f"team      {plain(lease)}")
    models = found["models"]
    if "default" in models:
        console.print(f"models    {_pairs({k: models[k] for k in ('fast', 'default', 'strong')})}")
    console.print(f"          [dim]{plain(models['reason'])}[/dim]")
    providers: list[JsonObject] = found["providers"]
    for one in providers or [JsonObject()]:
        text = (
            f"{one['provider']}: {one['key']} ({one['source']})" if one else "none found; loomkin/playbook needs none"
        )
        console.print(f"key       {plain(text)}")
    box = found["sandbox"]
    console.print(f"sandbox   {plain(box['kind'])} [dim]{plain(box['reason'])}[/dim]")
    trust = found["trust"]
    word = "no rules of its own" if not trust["control_files"] else "trusted" if trust["trusted"] else "not trusted"
    console.print(f"folder    {word}")
    console.print("lab       " + _pairs({k: "yes" if v else "no" for k, v in found["lab"].items()}))
    table = Table(box=None, padding=(0, 2, 0, 0), title="Settings", title_justify="left")
    for head in ("setting", "value", "source"):
        table.add_column(head)
    for setting in found["settings"]:
        table.add_row(plain(setting["key"]), plain(str(setting["value"])), plain(setting["source"]))
    console.print(table)
    for problem in found["problems"]:
        console.print(f"[yellow]![/yellow] {plain(problem)}")
    if not found["problems"]:
        console.print("[green]No problems.[/green]")


def _pairs(values: JsonObject, *left_out: str) -> str:
    return "  ".join(f"{plain(k)} {plain(str(v))}" for k, v in values.items() if k not in left_out)

"""``loomkin demo``: a team audits the bundled flight data without a key, in a temporary copy, and says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from loomkin_jupyter.cli.ending import Ending
from loomkin_jupyter.cli.run import follow
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.library.flights import DEMO_REQUEST, copy_data
from loomkin_jupyter.workspace.options import RunOptions

_END_S = 10.0
LABELS = ("no language model: loomkin/playbook", "temporary copy, trust autonomous")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One signal per line (NDJSON), the last one run.finished.")
@click.option("--lab", is_flag=True, help="Open the same as a notebook in JupyterLab.")
@click.option("--model", default="loomkin/playbook", show_default=True, help="Let a real model do it instead.")
@click.option("--budget", type=float, help="Most a real model may cost, in dollars.")
@click.option("--keep", type=click.Path(file_okay=False), help="Work in this new folder and keep it.")
def demo(as_json: bool, lab: bool, model: str, budget: float | None, keep: str | None) -> Ending:
    """A team of four audits a real, flawed data set of 2013 flights and writes a report."""
    folder = _folder(keep)
    try:
        data = copy_data(folder)
        if lab:
            return Ending(_open_lab(folder), "JupyterLab ended with an error, which it said above.")
        options = RunOptions(
            model=model,
            budget_usd=budget,
            trust="autonomous",
            data={name: str(path) for name, path in data.items()},
            origin="cli",
            labels=LABELS if model.startswith("loomkin/") else LABELS[1:],
        )
        ended = follow(DEMO_REQUEST, options, folder, as_json)
        if keep is not None:
            click.echo(f"Kept in {folder}. Look around: cd {folder} && loomkin why flights", err=True)
        return ended
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(keep: str | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="loomkin-demo-")).resolve()
    folder = Path(keep).expanduser().resolve()
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"--keep {keep}: the folder is not empty. Name a new one.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _open_lab(folder: Path) -> int:
    """Write the demo notebook beside the data and run JupyterLab on it until it is closed."""
    path = folder / "demo.ipynb"
    path.write_text(json.dumps(notebook(), indent=1), encoding="utf-8")
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return call_ending([sys.executable, "-m", "jupyterlab", str(path), *root], folder)


def call_ending(command: list[str], folder: Path) -> int:
    """Run a program to its end and return its code; whatever ends us before (SIGTERM, an interrupt) ends it in order."""
    child = subprocess.Popen(command, cwd=folder)
    try:
        return child.wait()
    finally:
        if child.poll() is None:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let JupyterLab end its kernels; kill it when it doesn't, or when somebody has no patience."""
    child.terminate()
    try:
        child.wait(_END_S)
    except subprocess.TimeoutExpired:
        pass  # killed below
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def notebook() -> JsonObject:
    """Return the demo as a notebook of the format 4.5."""
    cells: list[JsonObject] = [
        _cell(
            "markdown",
            "# A team audits 2013 flights\n\nNo key and no language model: the team follows a playbook, its tools and "
            "their results are real. This is a temporary copy, so the team works with trust *autonomous*.",
        ),
        _cell(
            "code",
            "%load_ext loomkin_jupyter\nfrom loomkin_jupyter.library.flights import load\nflights, planes, weather = load()",
        ),
        _cell("code", f"%%loomkin --model loomkin/playbook --trust autonomous\n{DEMO_REQUEST}"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _cell(kind: str, source: str) -> JsonObject:
    """Return a cell of the notebook format 4.5."""
    cell: JsonObject = {
        "cell_type": kind,
        "id": f"{kind}-{abs(hash(source)) % 10**8}",
        "metadata": {},
        "source": source,
    }
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}

"""Running one tool in a child process, so that a segfault or an exit takes only the child with it.

How the function reaches the child: cloudpickle where it is installed; by import when it lives in a module; else by its
source, as in a cell, with the modules it uses imported again and plain values copied. Limits, said when they are met:
no ToolContext, arguments and result must be picklable, and without cloudpickle no closures.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import pickle
import signal
import sys
import tempfile
import textwrap
import types
from pathlib import Path
from typing import Any

from loomkin_jupyter.core.errors import ToolFailed
from loomkin_jupyter.runtime.portal import run_blocking
from loomkin_jupyter.tools.context import ToolContext
from loomkin_jupyter.tools.declare import ToolSpec, spec_of
from loomkin_jupyter.tools.process import Finished, run_program

_CHILD = """
import asyncio, inspect, os, pickle, sys
sys.path[:0] = {paths!r}
import {pickler} as pickler
with open({job!r}, 'rb') as file:
    job = pickler.load(file)
if 'source' in job:
    names = {{'__name__': '__isolated__', **job['values']}}
    for alias, module in job['modules'].items():
        import importlib
        names[alias] = importlib.import_module(module)
    for source in job['source']:
        exec(source, names)
    function = names[job['name']]
else:
    function = job['function']
try:
    value = function(**job['arguments'])
    if inspect.isawaitable(value):
        async def wait(): return await value
        value = asyncio.run(wait())
    answer = {{'value': value}}
except Exception as failed:
    answer = {{'error': type(failed).__name__ + ': ' + str(failed)}}
with open({result!r} + '.part', 'wb') as file:
    pickler.dump(answer, file)
os.replace({result!r} + '.part', {result!r})
"""


async def run_isolated(ctx: ToolContext, spec: ToolSpec, arguments: dict[str, Any]) -> Any:
    """Run the tool's function in a child of its own and return its value."""
    if spec.takes_context:
        raise ToolFailed(f"{spec.name} is isolated and takes ctx: a child process has no context. Drop one of the two.")
    with tempfile.TemporaryDirectory(prefix="loomkin-isolated-") as folder:
        job, result = Path(folder) / "job", Path(folder) / "result"
        pickler = "cloudpickle" if importlib.util.find_spec("cloudpickle") else "pickle"
        await run_blocking(lambda: job.write_bytes(_packed(spec, arguments, pickler)))
        code = _CHILD.format(paths=[p for p in sys.path if p], pickler=pickler, job=str(job), result=str(result))
        limit = spec.timeout_s if spec.timeout_s is not None else float(ctx.services.setting("tools.timeout_s"))
        finished = await run_program(
            ctx,
            [sys.executable, "-c", code],
            cwd=str(ctx.root),
            environment=dict(os.environ),
            limit_s=limit,
        )
        return await run_blocking(lambda: _unpacked(spec, finished, result, limit))


def _packed(spec: ToolSpec, arguments: dict[str, Any], pickler: str) -> bytes:
    module = importlib.import_module(pickler)
    function = spec.function
    try:
        if pickler == "pickle" and (function.__module__ == "__main__" or "<locals>" in function.__qualname__):
            return module.dumps({**_by_source(function), "arguments": arguments})
        return module.dumps({"function": function, "arguments": arguments})
    except (pickle.PicklingError, TypeError, AttributeError) as failed:
        raise ToolFailed(
            f"{spec.name} cannot be sent to a child process: {failed}. Install cloudpickle, or drop isolated."
        ) from None


def _by_source(function: Any) -> dict[str, Any]:
    """Return the function and the functions it calls as source, its modules by name, and its plain values."""
    job: dict[str, Any] = {"name": function.__name__, "source": [], "modules": {}, "values": {}}
    _collect(function, job, set())
    return job


def _collect(function: Any, job: dict[str, Any], done: set[str]) -> None:
    done.add(function.__name__)
    found = inspect.getclosurevars(function)
    if any(name not in done for name in found.nonlocals):
        names = ", ".join(found.nonlocals)
        raise ToolFailed(
            f"{function.__name__} uses variables of the function around it ({names}); make them arguments."
        )
    for name, value in found.globals.items():
        if isinstance(value, types.ModuleType):
            job["modules"][name] = value.__name__
        elif isinstance(value, types.FunctionType) and value.__module__ == "__main__":
            if value.__name__ not in done:
                _collect(value, job, done)
        elif spec_of(value) is None:
            job["values"][name] = value
    job["source"].append(_undecorated(function))


def _undecorated(function: Any) -> str:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError) as failed:
        raise ToolFailed(
            f"The source of {function.__name__} cannot be found ({failed}). Install cloudpickle."
        ) from None
    declared = tree.body[0]
    assert isinstance(declared, ast.FunctionDef | ast.AsyncFunctionDef)
    declared.decorator_list = []
    for argument in [*declared.args.args, *declared.args.kwonlyargs]:
        argument.annotation = None
    declared.returns = None
    return ast.unparse(tree)


def _unpacked(spec: ToolSpec, finished: Finished, result: Path, limit: float) -> Any:
    if finished.timed_out:
        raise ToolFailed(f"{spec.name} did not end within {limit:g} s and its process was killed.")
    if not result.exists():
        code = finished.code or 0
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        raise ToolFailed(
            f"{spec.name} crashed in its own process ({how}); nothing else is affected.\n{finished.text[-2000:]}"
        )
    answer = pickle.loads(result.read_bytes())
    if "error" in answer:
        raise ToolFailed(f"{spec.name} failed: {answer['error']}")
    return answer["value"]

"""Run the benchmarks that are named (all without names), print a Markdown table, write JSON on request."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import pkgutil
from pathlib import Path

import msgspec

import tests.bench as here
from tests.bench.measure import Row, markdown


def main() -> None:
    """Read the arguments and run."""
    names = sorted(m.name for m in pkgutil.iter_modules(here.__path__) if m.name not in ("__main__", "measure"))
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(names)}")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    given = parser.parse_args()
    if unknown := sorted(set(given.names) - set(names)):
        parser.error(f"no benchmark named {', '.join(unknown)}; there are {', '.join(names)}")
    rows: list[Row] = []
    for name in given.names or names:
        rows += asyncio.run(importlib.import_module(f"tests.bench.{name}").run())
    print(markdown(rows))
    if given.json is not None:
        built = [{**msgspec.to_builtins(one), "ratio": one.ratio} for one in rows]
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(built)))


if __name__ == "__main__":
    main()

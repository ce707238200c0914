"""Start the gateway: take the standard descriptors for frames before anything else can print on them."""

from __future__ import annotations

import asyncio
import os
import sys


def main() -> int:
    """Serve the parent process until it hangs up or dies."""
    frames_in, frames_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    parent = int(sys.argv[1]) if len(sys.argv) > 1 else os.getppid()
    # LiteLLM reads these when it is imported, and asks the network for its prices without the first.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ.setdefault("LITELLM_LOG", "ERROR")
    _spare_loopback_the_proxy()
    from loomkin_jupyter.models.gateway.serve import serve

    asyncio.run(serve(frames_in, frames_out, parent))
    # Providers' libraries leave threads behind that would hold up a normal exit.
    os._exit(0)


def _spare_loopback_the_proxy() -> None:
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host for host in os.environ.get(name, "").split(",") if host]
        os.environ[name] = ",".join([*hosts, *(h for h in ("127.0.0.1", "localhost", "::1") if h not in hosts)])


if __name__ == "__main__":
    raise SystemExit(main())

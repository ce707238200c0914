"""Shows the stories in a browser: ``python -m tests.browser.stories`` prints an address and serves until interrupted."""

from __future__ import annotations

import threading

from tests.browser.stories.server import StoryServer


def main() -> None:
    """Serve until Ctrl+C."""
    with StoryServer() as server:
        for view in ("run_card", "sidebar", "graph"):
            print(f"{server.url}/?view={view}&state=running")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()

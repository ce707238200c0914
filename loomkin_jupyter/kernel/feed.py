# pyright: basic
"""The sidebar's comm: it opens ``loomkin:feed`` and gets batches; the kernel tells of itself with ``loomkin:announce``."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from loomkin_jupyter.core.messages import JsonObject

FEED = "loomkin:feed"
ANNOUNCE = "loomkin:announce"


class Feeds:
    """Connected sidebars of one kernel."""

    def __init__(self, host: Any) -> None:
        self._host = host
        self._comms: dict[str, Any] = {}
        self._leave: Any = None

    @property
    def connected(self) -> bool:
        """Whether a page listens."""
        return bool(self._comms)

    def opened(self, comm: Any, message: JsonObject) -> None:
        """A page opened a comm (main or a subshell thread)."""
        adopted = self._comms.get(comm.comm_id)
        if adopted is not None:
            adopted._closed = True  # its successor has the same id: ending the old object must not end the page's comm
        self._comms[comm.comm_id] = comm
        comm.on_close(lambda _: self._comms.pop(comm.comm_id, None))
        comm.on_msg(lambda said: self._heard(comm, said))
        self.started()
        if self._host.pump is not None:
            comm.send(self._host.pump.snapshot())
        else:
            comm.send({"kind": "closed"})

    def adopt(self, comm_id: str) -> None:
        """Follow a page whose ``comm_open`` waits behind a cell: it told its comm's id on the control channel."""
        if comm_id in self._comms or not isinstance(comm_id, str) or not comm_id:
            return
        import comm

        self._comms[comm_id] = comm.get_comm_manager().get_comm(comm_id) or _answering(comm_id)
        self.started()

    def tell(self, message: JsonObject) -> None:
        """Send one message to every page; from any thread."""
        self._batch(message)

    def started(self) -> None:
        """Follow the pump as soon as there is one."""
        if self._leave is None and self._host.pump is not None:
            self._leave = self._host.pump.listen(self._batch)
            for comm in list(self._comms.values()):
                comm.send(self._host.pump.snapshot())

    def ended(self) -> None:
        """The team was closed: follow no pump until there is another, and say so to the pages."""
        if self._leave is not None:
            self._leave = None
            self._batch({"kind": "closed"})

    def _batch(self, batch: JsonObject) -> None:
        for comm in list(self._comms.values()):
            comm.send(batch)

    def _heard(self, comm: Any, message: JsonObject) -> None:
        content = message.get("content", {}).get("data", {})
        if not isinstance(content, dict) or "do" not in content:
            return
        reply_to = content.get("reply_to", "")

        def reply(future: Future[JsonObject]) -> None:
            comm.send({"kind": "reply", "reply_to": reply_to, "reply": future.result()})

        self._host.commands({k: v for k, v in content.items() if k != "reply_to"}).add_done_callback(reply)


def _answering(comm_id: str) -> Any:
    """Return the kernel's end of a comm that the page has opened; the page is not told of it a second time."""
    from ipykernel.comm import Comm

    return Comm(target_name=FEED, comm_id=comm_id, primary=False)


def register(host: Any) -> None:
    """Register the comm target and announce this kernel; nothing is sent without a kernel."""
    if host.feeds is None:
        host.feeds = Feeds(host)
    manager = getattr(host.kernel, "comm_manager", None)
    if manager is not None:
        manager.register_target(FEED, host.feeds.opened)
        announce(host)


def unregister(host: Any) -> None:
    """Take the comm target out."""
    manager = getattr(host.kernel, "comm_manager", None)
    if manager is not None and FEED in manager.targets:
        manager.unregister_target(FEED, host.feeds.opened)


def announce(host: Any) -> None:
    """Tell the pages of this kernel that there is a runtime."""
    if getattr(host.kernel, "comm_manager", None) is None:
        return
    import comm

    from loomkin_jupyter.kernel.host import PROTOCOL

    comm.create_comm(target_name=ANNOUNCE, data={"protocol": PROTOCOL, "open": host.workspace is not None}).close()

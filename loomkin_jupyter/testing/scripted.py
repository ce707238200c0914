"""A scripted model behind a real loopback endpoint that speaks OpenAI chat completions and Anthropic messages.

``python -m loomkin_jupyter.testing.scripted SCRIPT.py --port N`` runs one in a process of its own, for tests that kill
the client's: it prints one line of JSON (port, url, environment) when it is ready, lists its requests at
``/_requests``, and sets the named event of a held reply at ``/_release/NAME``.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from loomkin_jupyter.core.ids import new_id
from loomkin_jupyter.core.messages import JsonObject
from loomkin_jupyter.core.usage import Usage
from loomkin_jupyter.testing import wire
from loomkin_jupyter.testing.script import AUTO, Call, Reply, Script, ScriptRequest, Step, address, in_order, steps

__all__ = ["Call", "Reply", "Script", "ScriptRequest", "ScriptedServer", "Step", "in_order", "steps"]

_PATHS = {
    "/v1/chat/completions": "openai",
    "/chat/completions": "openai",
    "/v1/messages": "anthropic",
}
_LONGEST_HOLD_S = 120.0


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    allow_reuse_address = True
    owner: ScriptedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many tests are about; anything else is kept for ``close`` to raise."""
        error = sys.exc_info()[1]
        if error is not None and not isinstance(error, OSError):
            self.owner.errors.append(error)


class ScriptedServer:
    """Serves ``script`` from entering the ``with`` block to its end; thread-safe.

    ``requests`` holds every request in order of arrival. Errors raised by the script are raised again on leaving.
    """

    def __init__(self, script: Script | Sequence[Step] = (), *, port: int = 0, model: str = "gpt-4o-mini") -> None:
        self.script: Script = script if callable(script) else in_order(*script)
        self.model = model
        self.requests: list[ScriptRequest] = []
        self.errors: list[BaseException] = []
        self.stopped = threading.Event()
        self._events: dict[str, threading.Event] = {}
        self._changed = threading.Condition()
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(0.05,), daemon=True, name="scripted-model"
        )

    def start(self) -> ScriptedServer:
        """Serve until ``close``: for notebooks, where no ``with`` block goes over several cells."""
        self._thread.start()
        return self

    def __enter__(self) -> ScriptedServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None and self.errors:
            raise self.errors[0]

    def close(self) -> None:
        """Release every held reply and stop serving."""
        self.stopped.set()
        for event in list(self._events.values()):
            event.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(10)

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """The server's root."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def openai_url(self) -> str:
        """What ``OPENAI_BASE_URL`` takes: it ends in ``/v1``."""
        return f"{self.url}/v1"

    @property
    def anthropic_url(self) -> str:
        """What ``ANTHROPIC_BASE_URL`` takes: it does not end in ``/v1``."""
        return self.url

    def environment(self) -> dict[str, str]:
        """Return the environment variables that lead both providers here, with keys that are no secrets."""
        return {
            "OPENAI_BASE_URL": self.openai_url,
            "OPENAI_API_BASE": self.openai_url,
            "OPENAI_API_KEY": "sk-scripted-openai-0000000000000000",
            "ANTHROPIC_BASE_URL": self.anthropic_url,
            "ANTHROPIC_API_BASE": self.anthropic_url,
            "ANTHROPIC_API_KEY": "sk-ant-scripted-00000000000000000000",
        }

    def event(self, name: str) -> threading.Event:
        """Return the named event: ``Reply(hold=name)`` waits for it."""
        with self._changed:
            return self._events.setdefault(name, threading.Event())

    def by(self, agent: str) -> list[ScriptRequest]:
        """Return the requests of one agent in order."""
        return [request for request in list(self.requests) if request.agent == agent]

    def wait_for(self, count: int = 1, *, agent: str = "", timeout_s: float = 60.0) -> list[ScriptRequest]:
        """Block until ``count`` requests (of ``agent``) have arrived, and return them; not for use on an event loop.

        :raises TimeoutError: when they do not come.
        """

        def matching() -> list[ScriptRequest]:
            return self.by(agent) if agent else list(self.requests)

        with self._changed:
            if not self._changed.wait_for(lambda: len(matching()) >= count, timeout_s):
                raise TimeoutError(
                    f"{len(matching())} of {count} requests {agent and f'by {agent} '}within {timeout_s} s"
                )
        return matching()

    def record(self, dialect: str, headers: dict[str, str], body: JsonObject) -> ScriptRequest:
        """Keep a request that has arrived."""
        messages = wire.messages_of(body)
        systems = [wire.flat(m.get("content")) for m in messages if m.get("role") in ("system", "developer")]
        agent, role, team = address(systems[0] if systems else "")
        tools: list[JsonObject] = body.get("tools") or []
        with self._changed:
            request = ScriptRequest(
                number=len(self.requests),
                dialect=dialect,
                model=str(body.get("model", "")),
                messages=messages,
                tools=[str((tool.get("function") or tool).get("name")) for tool in tools],
                stream=bool(body.get("stream")),
                headers=headers,
                body=body,
                agent=agent,
                role=role,
                team=team,
            )
            self.requests.append(request)
            self._changed.notify_all()
        return request

    def wait_hold(self, hold: threading.Event | str) -> None:
        """Wait until the hold is released or the server closes."""
        event = self.event(hold) if isinstance(hold, str) else hold
        deadline = time.monotonic() + _LONGEST_HOLD_S
        while not event.wait(0.1) and not self.stopped.is_set() and time.monotonic() < deadline:
            pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 0

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the requests are recorded."""

    @property
    def _owner(self) -> ScriptedServer:
        server = self.server
        assert isinstance(server, _Http)
        return server.owner

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/_requests":
            listed = [
                {"number": r.number, "agent": r.agent, "role": r.role, "body": r.body} for r in self._owner.requests
            ]
            return self._json(200, {"requests": listed})
        if path.startswith("/_release/"):
            self._owner.event(path.removeprefix("/_release/")).set()
            return self._json(200, {"released": True})
        if path in ("/v1/models", "/models"):
            return self._json(200, {"object": "list", "data": [{"id": self._owner.model, "object": "model"}]})
        return self._json(404, {"error": {"message": f"no route {path}"}})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body: JsonObject = json.loads(self.rfile.read(length) or b"{}")
        dialect = _PATHS.get(self.path.partition("?")[0])
        if dialect is None:
            return self._json(404, {"error": {"message": f"no route {self.path}", "type": "not_found_error"}})
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = self._owner.record(dialect, headers, body)
        answer = self._owner.script(request)
        return self._reply(request, Reply(text=answer) if isinstance(answer, str) else answer)

    def _reply(self, request: ScriptRequest, reply: Reply) -> None:
        if reply.hold is not None and reply.hold_after == 0:
            self._owner.wait_hold(reply.hold)
        if reply.raw is not None:
            return self._raw(reply)
        if reply.status != 200:
            return self._json(reply.status, _error(request.dialect, reply), reply)
        answer = _events(request, reply)
        if request.stream:
            return self._stream(request, reply, answer)
        if reply.cut_after is not None:
            return self._cut()
        whole = wire.openai_whole(answer) if request.dialect == "openai" else wire.anthropic_whole(answer)
        return self._json(200, whole, reply)

    def _json(self, status: int, body: JsonObject, reply: Reply | None = None) -> None:
        data = json.dumps(body).encode()
        self._head(status, reply.content_type if reply and reply.content_type else "application/json", len(data), reply)
        self.wfile.write(data)

    def _raw(self, reply: Reply) -> None:
        data = reply.raw.encode() if isinstance(reply.raw, str) else reply.raw or b""
        self._head(reply.status, reply.content_type or "application/json", len(data), reply)
        self.wfile.write(data if reply.cut_after is None else data[: reply.cut_after])
        if reply.cut_after is not None:
            self._cut()

    def _head(self, status: int, content_type: str, length: int | None, reply: Reply | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        for name, value in reply.headers.items() if reply else ():
            self.send_header(name, value)
        self.end_headers()

    def _stream(self, request: ScriptRequest, reply: Reply, answer: Sequence[wire.WireEvent]) -> None:
        encoded: Iterable[bytes] = (
            wire.openai_stream(answer) if request.dialect == "openai" else wire.anthropic_stream(answer)
        )
        self._head(200, "text/event-stream", None, reply)
        for sent, chunk in enumerate(encoded):
            if sent == reply.cut_after:
                return self._cut()
            if reply.hold is not None and sent == reply.hold_after > 0:
                self._owner.wait_hold(reply.hold)
            if reply.pace_s:
                self._owner.stopped.wait(reply.pace_s)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if reply.cut_after is not None:
            return self._cut()
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _cut(self) -> None:
        """Hang up with a reset, as a broken network does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        # The handler's own files hold the socket open: only closing both sides sends the reset.
        self.rfile.close()
        self.connection.close()


def _events(request: ScriptRequest, reply: Reply) -> list[wire.WireEvent]:
    calls: list[tuple[str | None, str, str]] = []
    for given in reply.calls:
        call = given if isinstance(given, Call) else Call(*given)
        arguments = call.arguments if isinstance(call.arguments, str) else json.dumps(dict(call.arguments))
        calls.append((new_id("call") if call.id == AUTO else call.id, call.name, arguments))
    written = len(reply.text) + sum(len(arguments) for _, _, arguments in calls)
    usage = reply.usage or Usage(input=len(json.dumps(request.body)) // 4, output=max(written // 4, 1))
    finish = reply.finish or ("tool_calls" if calls else "stop")
    return wire.events(new_id("msg"), request.model, reply.text, calls, usage, finish, reply.piece)


_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def _error(dialect: str, reply: Reply) -> JsonObject:
    kind = _ERROR_TYPES.get(reply.status, "api_error")
    error: JsonObject = {"type": kind, "message": reply.text or f"scripted {kind}"}
    if dialect == "anthropic":
        return {"type": "error", "error": error}
    code = "context_length_exceeded" if "context length" in reply.text else None
    return {"error": {**error, "param": None, "code": code}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the ``script`` (a function) or ``steps`` (a dict) of a Python file until the parent process is gone."""
    parser = argparse.ArgumentParser(prog="python -m loomkin_jupyter.testing.scripted", description=main.__doc__)
    parser.add_argument("script")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    options = parser.parse_args(arguments)
    parent = os.getppid()
    names = runpy.run_path(options.script)
    script: Script = names["script"] if "script" in names else steps(names["steps"])
    with ScriptedServer(script, port=options.port) as server:
        ready = {"port": server.port, "url": server.url, "environment": server.environment()}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        while os.getppid() == parent and not server.stopped.wait(0.5):
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

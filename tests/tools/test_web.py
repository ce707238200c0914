"""Pages by real HTTP from a server on this machine; the tool itself refuses this machine."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from loomkin_jupyter.core.errors import ToolFailed, ToolRetry
from loomkin_jupyter.policy.addresses import why_closed
from loomkin_jupyter.tools import web
from loomkin_jupyter.tools.web import Page, fetch

HTML = (
    "<html><head><title>t</title><style>x{}</style><script>steal()</script></head><body><nav>menu</nav><h1>Fleet</h1>"
    "<p>Tail <b>numbers</b>, <a href='/n'>all</a>.</p><ul><li>N1</li></ul><img src='http://tracker/x.png'></body></html>"
)
PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/page": (200, {"Content-Type": "text/html; charset=utf-8"}, HTML.encode()),
    "/data": (200, {"Content-Type": "application/json"}, b'{"planes": 3322}'),
    "/latin": (200, {"Content-Type": "text/plain; charset=iso-8859-1"}, "Zürich".encode("latin-1")),
    "/odd": (200, {"Content-Type": "text/plain; charset=no-such"}, b"plain"),
    "/picture": (200, {"Content-Type": "image/png"}, b"\x89PNG"),
    "/packed": (200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(b"unpacked")),
    "/bomb": (200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(b"0" * 60_000_000)),
    "/broken": (200, {"Content-Type": "text/plain", "Content-Encoding": "gzip"}, b"no gzip at all"),
    "/brotli": (200, {"Content-Type": "text/plain", "Content-Encoding": "br"}, b"x"),
    "/moved": (302, {"Location": "/data"}, b""),
    "/inside": (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, b""),
    "/file": (302, {"Location": "file:///etc/passwd"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/gone": (404, {"Content-Type": "text/html"}, b"<h1>Not here</h1>"),
    "/large": (200, {"Content-Type": "text/plain"}, b"a" * (web.MOST_BYTES + 10)),
}


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        status, headers, body = PAGES.get(self.path, (404, {"Content-Type": "text/plain"}, b"?"))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            return  # the client has read enough


@pytest.fixture(scope="module")
def served() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


class Names:
    """Resolves every name to this machine and remembers it."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses or ("127.0.0.1",)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return list(self.addresses)


def only_here(address: str) -> str:
    """Open this machine, as if it were public."""
    return "" if address == "127.0.0.1" else why_closed(address)


async def get(port: int, path: str) -> Page:
    return await fetch(f"http://pages.example:{port}{path}", resolve=Names(), closed=only_here)


async def test_html_becomes_markdown_without_scripts_and_images(served: int) -> None:
    page = await get(served, "/page")
    assert "# Fleet" in page.text and "**numbers**" in page.text and "* N1" in page.text
    assert not any(word in page.text for word in ("steal", "menu", "tracker", "x{}"))


async def test_text_of_any_charset(served: int) -> None:
    assert (await get(served, "/data")).text == '{"planes": 3322}'
    assert (await get(served, "/latin")).text == "Zürich"
    assert (await get(served, "/odd")).text == "plain"
    assert (await get(served, "/packed")).text == "unpacked"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/picture", "image/png"), ("/broken", "compression is broken"), ("/brotli", "br"), ("/gone", "404: # Not here"),
        ("/round", "redirects"), ("/inside", "private, local or reserved"),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_says_why(served: int, path: str, why: str) -> None:
    names = Names()

    async def resolve(host: str, port: int) -> list[str]:
        return [host] if host[0].isdigit() else await names(host, port)

    with pytest.raises(ToolFailed, match=why):
        await fetch(f"http://pages.example:{served}{path}", resolve=resolve, closed=only_here)


async def test_a_redirect_cannot_leave_http(served: int) -> None:
    with pytest.raises(ToolRetry, match="must begin with http"):
        await get(served, "/file")
    assert (await get(served, "/moved")).url.endswith("/data")


async def test_size_counts_after_unpacking(served: int) -> None:
    for path in ("/large", "/bomb"):
        page = await get(served, path)
        assert page.cut and len(page.text) == web.MOST_BYTES


async def test_a_name_that_leads_inside_is_closed_and_asked_once(served: int) -> None:
    names = Names("93.184.216.34", "127.0.0.1")
    with pytest.raises(ToolFailed, match=r"is closed: 127\.0\.0\.1"):
        await fetch(f"http://rebind.example:{served}/data", resolve=names)
    assert names.asked == ["rebind.example"]


async def test_nobody_answers(served: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolFailed, match="could not be read"):
        await get(1, "/data")
    monkeypatch.setattr(web, "LIMIT_S", 0.0)
    with pytest.raises(ToolFailed, match="did not answer within"):
        await get(served, "/data")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]"])
async def test_the_tool_reaches_no_inner_address(bench: Any, served: int, host: str) -> None:
    result = await bench.run("fetch_content", url=f"http://{host}:{served}/data")
    assert result.status == "failed" and "private, local or reserved" in result.text and "3322" not in result.text


async def test_the_tool_asks_below_full_trust(make_bench: Any) -> None:
    made = await make_bench(preset="autonomous", answer="deny")
    result = await made.run("fetch_content", url="https://example.org/")
    assert result.status == "refused" and len(made.person.questions) == 1
    await made.ctx.services.store.close()

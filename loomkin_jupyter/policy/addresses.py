"""Which addresses on the network agents may reach: public ones only, judged by the address that is really connected to.

Pure: resolves nothing, connects to nothing.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from loomkin_jupyter.core.errors import ToolRetry

_LONGEST = 4_096
# Names that lead to cloud metadata or the machine itself wherever they resolve to.
_INNER_NAMES = frozenset({"localhost", "metadata", "metadata.google.internal", "instance-data"})
_INNER_ENDINGS = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".onion")
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Target(tuple[str, str, int, str]):
    """Where a URL leads: (scheme, host, port, path with query)."""

    __slots__ = ()

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return self[0]

    @property
    def host(self) -> str:
        """The host in small ASCII letters, an IPv6 address without brackets."""
        return self[1]

    @property
    def port(self) -> int:
        """The port, given or usual."""
        return self[2]

    @property
    def path(self) -> str:
        """The path and query, at least ``/``."""
        return self[3]


def target_of(url: str) -> Target:
    """Take a URL apart.

    :raises ToolRetry: when it is no http(s) URL, holds a name and password, or names an inner host.
    """
    text = url.strip()
    if len(text) > _LONGEST or any(ord(char) <= 32 or ord(char) == 127 for char in text) or "\\" in text:
        raise ToolRetry("`url` holds white space, control characters or a backslash, or is too long. Encode it.")
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError) as failed:
        raise ToolRetry(
            f"`url` {text[:200]!r} is no URL ({failed}). Give one such as https://example.org/page."
        ) from None
    if parts.scheme not in ("http", "https") or not host:
        raise ToolRetry(f"`url` {text[:200]!r} must begin with http:// or https:// and name a host.")
    if parts.username is not None or parts.password is not None:
        raise ToolRetry("`url` holds a user name or password. Leave them out: keys do not go through this tool.")
    if host in _INNER_NAMES or host.endswith(_INNER_ENDINGS) or _odd_number(host):
        raise ToolRetry(f"{host} is no public host. fetch_content reaches public addresses only.")
    path = parts.path or "/"
    return Target((parts.scheme, host, port or (443 if parts.scheme == "https" else 80),
                   path + (f"?{parts.query}" if parts.query else "")))  # fmt: skip


def why_closed(address: str) -> str:
    """Return why ``address`` must not be connected to, '' when it may: every form of an inner address is one."""
    try:
        found: _Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"{address} is no address"
    if not found.is_global or found.is_multicast or found.is_reserved or _carries_another(found):
        return f"{address} is a private, local or reserved address"
    return ""


def _carries_another(address: _Address) -> bool:
    """Return whether an IPv6 address stands for an IPv4 one (mapped, 6to4, Teredo, NAT64): nobody needs these here."""
    if isinstance(address, ipaddress.IPv4Address):
        return False
    carried = address.ipv4_mapped or address.sixtofour or address.teredo
    return carried is not None or any(address in network for network in _NAT64)


def _odd_number(host: str) -> bool:
    """Return whether ``host`` is an IPv4 address in one of its odd spellings (0x7f.1, 2130706433, 0177.0.0.1)."""
    parts = host.split(".")
    if not all(part and (part.isdigit() or part.startswith("0x")) for part in parts):
        return False
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return True
    return False

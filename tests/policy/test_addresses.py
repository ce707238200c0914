"""Every spelling of an inner address is closed, public ones are open, and bad URLs say what is wrong."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loomkin_jupyter.core.errors import ToolRetry
from loomkin_jupyter.policy.addresses import target_of, why_closed

CLOSED = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2001:db8::1",
    "2001:0:7f00:1::",
    "not-an-address",
]
OPEN = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:2800:220:1:248:1893:25c8:1946",
]
BAD = [
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org",
    "javascript:alert(1)",
    "data:text/plain,x",
    "//example.org",
    "example.org",
    "http://",
    "http:///path",
    "https://user:secret@example.org/",
    "https://token@example.org/",
    "http://localhost/",
    "http://LOCALHOST:8888/",
    "http://localhost./",
    "http://sub.localhost/",
    "http://printer.local/",
    "http://metadata.google.internal/",
    "http://x.internal/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://[::1",
    "http://example.org:99999/",
    "http://example.org:port/",
    "http://exa\\mple.org/",
    "http://ex%61mple.org\\@127.0.0.1/",
]


@pytest.mark.parametrize("address", CLOSED)
def test_inner_addresses_are_closed(address: str) -> None:
    assert why_closed(address)


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_are_open(address: str) -> None:
    assert why_closed(address) == ""


@pytest.mark.parametrize(
    "url", [*BAD, "", "http://a b/", "http://example.org/\r\nHost: x", "http://e.org/" + "a" * 5_000]
)
def test_bad_urls_say_what_is_wrong(url: str) -> None:
    with pytest.raises(ToolRetry, match=r"url|host"):
        target_of(url)


def test_a_url_is_taken_apart() -> None:
    assert target_of("https://Example.ORG/a?b=c#d") == ("https", "example.org", 443, "/a?b=c")
    assert target_of("http://bücher.example:8080") == ("http", "xn--bcher-kva.example", 8080, "/")
    assert target_of("http://[2606:2800::1]/x").host == "2606:2800::1"


@given(st.integers(0, 2**32 - 1))
def test_an_inner_address_stays_closed_in_every_disguise(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    disguises = (f"::ffff:{plain}", (0x2002 << 112) | (number << 80), (0x64FF9B << 96) | number)
    assert all(why_closed(str(ipaddress.IPv6Address(disguise))) for disguise in disguises)
    assert bool(why_closed(str(plain))) >= plain.is_private


@given(st.text(max_size=80))
def test_any_text_is_a_url_or_a_clear_refusal(text: str) -> None:
    for given_url in (text, f"http://{text}", f"https://example.org/{text}"):
        try:
            target = target_of(given_url)
        except ToolRetry:
            continue
        assert target.scheme in ("http", "https") and target.host.isascii() and 0 < target.port < 65_536
        assert target.path.startswith("/") or target.path.startswith("?") or target.path

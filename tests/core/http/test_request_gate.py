"""What the request gate checks before anything else: origins, and how often an address asks."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from core.errors import RateExceeded
from core.http.request_gate import ADDRESS_RATE, RequestGate
from core.limits import Limiter

PUBLIC = frozenset({"https://cadeau.example"})


def request(scheme: str = "http", client: str = "192.0.2.7", **headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "scheme": scheme, "headers": raw, "client": (client, 9)})


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("https", "live.example.org", "https://live.example.org"),
        ("https", "live.example.org:443", "https://live.example.org"),
        ("https", "live.example.org", "https://live.example.org:443"),
        ("wss", "live.example.org", "https://live.example.org"),
        ("http", "live.example.org:80", "http://live.example.org"),
        ("ws", "live.example.org:8080", "http://live.example.org:8080"),
        ("https", "Live.Example.org", "https://live.example.org"),
        ("http", "[::1]:8080", "http://[::1]:8080"),
        ("http", "inside:8080", "https://cadeau.example"),
        ("http", "inside:8080", "https://CADEAU.example:443"),
    ],
)
def test_the_same_origin_is_recognised_however_it_is_written(scheme: str, host: str, origin: str) -> None:
    gate = RequestGate(lambda token: None, Limiter(), PUBLIC)
    assert gate.same_origin(request(scheme, host=host, origin=origin))


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("https", "live.example.org", "https://evil.example.org"),
        ("https", "live.example.org", "http://live.example.org"),
        ("https", "live.example.org:443", "https://live.example.org:8443"),
        ("https", "live.example.org:8443", "https://live.example.org"),
        ("https", "live.example.org", "https://live.example.org.evil.example"),
        ("https", "live.example.org", "https://live.example.org@evil.example"),
        ("https", "live.example.org", "null"),
        ("https", "live.example.org", ""),
        ("https", "", "https://"),
        ("https", "live.example.org", "https://live.example.org:port"),
        ("http", "inside", "http://cadeau.example"),
    ],
)
def test_another_origin_is_refused_however_it_is_written(scheme: str, host: str, origin: str) -> None:
    gate = RequestGate(lambda token: None, Limiter(), PUBLIC)
    assert not gate.same_origin(request(scheme, host=host, origin=origin))


def test_an_address_is_limited_before_its_token_is_looked_up() -> None:
    gate = RequestGate(lambda token: None, Limiter(), PUBLIC)
    for number in range(ADDRESS_RATE.count):
        gate.limit_address(request(client=f"2001:db8::{number + 1:x}"))

    def ask_on() -> None:
        for _ in range(ADDRESS_RATE.count):  # what was refilled meanwhile does not last
            gate.limit_address(request(client="2001:db8::1"))

    with pytest.raises(RateExceeded):
        ask_on()
    gate.limit_address(request(client="2001:db8:0:1::1"))

"""Rate limits count an IPv6 customer once, however many addresses it has, and every IPv4 client by itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.http.request_gate import RequestGate
from core.limits import Limiter


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::5", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::5", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_address_stands_for_one_client(host: str, address: str) -> None:
    gate = RequestGate(lambda token: None, Limiter(), frozenset())
    assert gate.address(Request({"type": "http", "headers": [], "client": (host, 9)})) == address


@pytest.mark.parametrize(
    ("header", "said", "port", "country"),
    [
        ("CF-IPCountry", "fr", 0, "FR"),
        ("CF-IPCountry", "FR", 51_234, ""),  # whoever connects directly claims nothing
        ("", "FR", 0, ""),
        ("CF-IPCountry", "XX", 0, ""),
        ("CF-IPCountry", "T1", 0, ""),
        ("CF-IPCountry", "FRANCE", 0, ""),
        ("CF-IPCountry", "F\u00c9", 0, ""),
        ("X-Country", "FR", 0, ""),
    ],
)
def test_only_a_trusted_proxy_says_where_somebody_is(header: str, said: str, port: int, country: str) -> None:
    gate = RequestGate(lambda token: None, Limiter(), frozenset(), country_header=header)
    sent = [(b"cf-ipcountry", said.encode("latin-1"))]
    assert gate.country(Request({"type": "http", "headers": sent, "client": ("192.0.2.7", port)})) == country


@pytest.mark.parametrize(("trusted", "country"), [("127.0.0.1", "FR"), ("192.0.2.1", "")])
def test_uvicorn_tells_a_trusted_proxys_address_by_its_port(trusted: str, country: str) -> None:
    gate = RequestGate(lambda token: None, Limiter(), frozenset(), country_header="cf-ipcountry")
    found: list[str] = []

    async def app(scope: Any, _: Any, __: Any) -> None:
        found.append(gate.country(Request(scope)))

    sent = [(b"x-forwarded-for", b"198.51.100.4"), (b"cf-ipcountry", b"FR")]
    scope: Any = {"type": "http", "scheme": "http", "headers": sent, "client": ("127.0.0.1", 40_000)}
    asyncio.run(ProxyHeadersMiddleware(app, trusted)(scope, None, None))  # type: ignore[arg-type]
    assert found == [country]

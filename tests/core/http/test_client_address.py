"""Rate limits count an IPv6 customer once, however many addresses it has, and every IPv4 client by itself."""

from __future__ import annotations

import pytest
from starlette.requests import Request

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

"""A browser cannot make this server call what only the server can reach."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from core.http.public_addresses import is_public
from people.errors import BadPushEndpoint
from people.inbox.push.endpoints import ENDPOINT_CHARS_MAX, check_endpoint, locate


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "x", "http://push.example.com/x", "ftp://push.example.com/x", "//push.example.com/x", "https://",
        "https:///x", "https://localhost/x", "https://127.0.0.1/x", "https://127.1/x", "https://2130706433/x",
        "https://0x7f000001/x", "https://[::1]/x", "https://8.8.8.8/x", "https://push.example.com:22/x",
        "https://push.example.com:99999/x", "https://user@push.example.com/x", "https://a:b@push.example.com/x",
        "https://push.example.com/x#y", "https://push.example.com\\@10.0.0.1/", "https://push.example.com/a b",
        "https://push.example.com/\r\nHost: x", "https://pusḧ.example.com/", "https://metadata/",
        "https://push.example.com/" + "x" * ENDPOINT_CHARS_MAX, "https://a..b.com/", "https://.example.com/",
        "https://push.example.com../", f"https://{'x' * 64}.com/", f"https://{'x.' * 127}com/", "https://-a.com/",
        "https://a-.com/", "https://a%2eb.com/", "https://a,b.com/", "https://xn--.com/", "https://xn--a b.com/",
        "https://push.example.com%00.com/", "https://[::1]x/", "https://[v1.x]/", "https://a_b*.com/",
    ],
)  # fmt: skip
def test_what_is_no_public_push_service_is_refused(endpoint: str) -> None:
    with pytest.raises(BadPushEndpoint):
        check_endpoint(endpoint, private=False)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def", "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QJ", "https://wns2-par02p.notify.windows.com/w/?token=a%2b",
        "https://xn--bcher-kva.example/x", "https://push_1.example.com./x",
    ],
)  # fmt: skip
def test_the_push_services_of_browsers_are_accepted(endpoint: str) -> None:
    assert check_endpoint(endpoint, private=False).hostname


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
        "fec0::1", "3fff::1", "192.0.0.8", "192.88.99.1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "142.250.1.1", "2a00:1450:4007::200e", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("endpoint", ["http://a..b/", f"http://{'x' * 64}/", "http://%/x", "https://xn--/"])
def test_a_host_that_is_no_name_is_refused_where_any_address_is_allowed(endpoint: str) -> None:
    with pytest.raises(BadPushEndpoint):
        check_endpoint(endpoint, private=True)


def answering(*addresses: str) -> Any:
    return lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("8.8.8.8", "10.0.0.1")])
def test_a_public_name_of_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering(*addresses))
    with pytest.raises(BadPushEndpoint):
        locate("https://rebind.example.com/x", private=False)


def test_the_address_that_was_checked_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering("8.8.8.8"))
    target = locate("https://Push.example.com/a/b?c=d", private=False)
    assert target.url == "https://8.8.8.8:443/a/b?c=d"
    assert (target.host, target.name) == ("push.example.com", "push.example.com")
    assert target.origin == "https://push.example.com"


def test_a_name_without_an_address_is_an_error_that_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering())
    with pytest.raises(OSError, match="no address"):
        locate("https://push.example.com/x", private=False)


def test_a_name_that_the_resolver_cannot_even_ask_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: Any, **__: Any) -> Any:
        raise UnicodeError("label empty or too long")

    monkeypatch.setattr(socket, "getaddrinfo", cannot)
    with pytest.raises(BadPushEndpoint):
        locate("https://push.example.com/x", private=False)

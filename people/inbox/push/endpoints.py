"""Which addresses a push may be sent to. A browser names them, so anybody can name any: this server must not be made
to call what only it can reach."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from core.http.public_addresses import is_public
from people.errors import BadPushEndpoint

ENDPOINT_CHARS_MAX = 1_000
_PORTS = {"https": 443, "http": 80}
HOST_CHARS_MAX = 253
_LABEL = re.compile(r"(?!-)(?!xn--$)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """Where an endpoint is: `url` names the address that has been checked, `host` what it is asked for."""

    url: str
    host: str  # as in the Host field
    name: str  # that its certificate must be for
    origin: str


def check_endpoint(endpoint: str, *, private: bool) -> SplitResult:
    """The parts of a valid endpoint. `private`: also http, any port and addresses that are not public, for tests.

    Raises BadPushEndpoint.
    """
    if len(endpoint) > ENDPOINT_CHARS_MAX or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise BadPushEndpoint(f"An endpoint has at most {ENDPOINT_CHARS_MAX} characters, all of them ASCII.")
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise BadPushEndpoint("The endpoint is not a URL.") from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise BadPushEndpoint("An endpoint must begin with https://")
    if not parts.hostname or "@" in parts.netloc or parts.fragment or "\\" in endpoint:
        raise BadPushEndpoint("The endpoint must have a host, and neither a user name nor a fragment.")
    in_brackets = "[" in parts.netloc
    if not (private and _is_address(parts.hostname)) and (in_brackets or not _is_name(parts.hostname)):
        raise BadPushEndpoint("The endpoint's host is not a name.")
    if private:
        return parts
    if port not in (None, 443):
        raise BadPushEndpoint("The endpoint's port must be 443.")
    if _is_address(parts.hostname) or "." not in parts.hostname.rstrip("."):
        raise BadPushEndpoint("The endpoint's host must be a public name.")
    return parts


def locate(endpoint: str, *, private: bool) -> Target:
    """Look the endpoint's host up. Blocks. Raises BadPushEndpoint if any of its addresses is not public; OSError.

    Whoever connects must use the address in the answer: looked up again, the name could lead somewhere else.
    """
    parts = check_endpoint(endpoint, private=private)
    assert parts.hostname is not None
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # no name that could be asked for
        raise BadPushEndpoint("The endpoint's host is not a name.") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise OSError("the endpoint's host has no address")
    if not private and not all(map(is_public, addresses)):
        raise BadPushEndpoint("The endpoint's host is not public.")
    address = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    host = parts.netloc.lower()
    name = parts.hostname.removesuffix(".")
    return Target(f"{parts.scheme}://{address}:{port}{path}{query}", host, name, f"{parts.scheme}://{host}")


def _is_name(host: str) -> bool:
    """Whether it can be asked for in DNS (RFC 1035, 2.3.4): anything else would fail in ways of the resolver's own."""
    labels = host.removesuffix(".").split(".")
    return len(host) <= HOST_CHARS_MAX and all(_LABEL.fullmatch(label) for label in labels)


def _is_address(host: str) -> bool:
    """Also in forms that only old resolvers know, such as 127.1 or 0x7f000001."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        return last.isdecimal() or last.startswith("0x")
    return True

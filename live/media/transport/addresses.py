"""Network addresses: candidates to offer, listeners that cover others, and networks that limits are counted for."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

import ifaddr

from core.limits import network_of as network_of

Address = Any
"""Where a datagram goes to or comes from: a tuple as the UDP socket gives it (host, port, and for IPv6 flow and scope),
or a `live.media.transport.tcp.Stream`."""


def resolve(host: str) -> str:
    """The address of a configured host name, IPv4 first. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


def addresses_of(host: str) -> list[str]:
    """The addresses to offer as ICE candidates when bound to `host`: itself, or for 0.0.0.0 and :: every address of
    this machine."""
    if not ipaddress.ip_address(host).is_unspecified:
        return [host]
    found = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    wanted = [a for a in found if (":" not in a or host == "::") and not ipaddress.ip_address(a).is_link_local]
    outside = [a for a in wanted if not ipaddress.ip_address(a).is_loopback]
    return sorted(outside or wanted, key=lambda address: ":" in address)


def shared_host(one: str, other: str) -> str | None:
    """The host on which one listener accepts connections for both, or None if each needs its own."""
    if one == other or _covers(one, other):
        return one
    return other if _covers(other, one) else None


def is_at(local: str, host: str) -> bool:
    """Whether a connection whose local end is `local` was made to `host`."""
    local = local.partition("%")[0].removeprefix("::ffff:")
    return local == host or _covers(host, local)


def _covers(host: str, other: str) -> bool:
    return host == "::" or (host == "0.0.0.0" and ":" not in other)

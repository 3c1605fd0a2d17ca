"""What all connections of one listener share: their number by network, and the turns in which they are served."""

from __future__ import annotations

import ipaddress
from collections import Counter
from typing import Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.http.protocol.turns import Turns

CONNECTIONS_PER_NETWORK_MAX = 64
"""HTTP connections from one IPv4 address or one IPv6 /64. Trusted proxies have no limit; they limit their clients."""


def network_of(host: str) -> str:
    """The network that limits are counted for: an IPv4 address, or an IPv6 /64, as households usually have."""
    if ":" not in host:
        return host
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    return str(address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False))


class Guard:
    def __init__(self, proxies: str | None = None) -> None:
        """`proxies`: trusted ones, as uvicorn reads them; without it there is no limit by network."""
        self.turns = Turns()
        self._trusted = None if proxies is None else ProxyHeadersMiddleware(cast(Any, None), proxies).trusted_hosts
        self._networks: Counter[str] = Counter()

    def admit(self, host: str) -> str | None:
        """Count a connection. Returns what to `release` when it ends, or None if its network has too many."""
        if self._trusted is None or host in self._trusted:
            return ""
        network = network_of(host)
        if self._networks[network] >= CONNECTIONS_PER_NETWORK_MAX:
            return None
        self._networks[network] += 1
        return network

    def release(self, network: str) -> None:
        if not network:
            return
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]

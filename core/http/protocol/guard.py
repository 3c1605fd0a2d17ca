"""What all connections of one listener share: their number by network, their turns, their pings."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from core.http.protocol.keepalive import Keepalive
from core.http.protocol.turns import Turns
from core.limits import network_of

CONNECTIONS_PER_NETWORK_MAX = 64
"""HTTP connections from one IPv4 address or one IPv6 /64. Trusted proxies have no limit; they limit their clients."""


class Guard:
    def __init__(self, proxies: str | None = None) -> None:
        """`proxies`: trusted ones, as uvicorn reads them; without it there is no limit by network."""
        self.turns = Turns()
        self.keepalive = Keepalive()
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

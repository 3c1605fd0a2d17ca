"""How many chat connections there may be: in this process, and from one network."""

from __future__ import annotations

from collections import Counter

SOCKETS_PER_NETWORK_MAX = 200
"""From one IPv4 address or one IPv6 /64: a large household, a small conference, but not the whole server."""

SERVER_FULL = 4009
TOO_MANY_SOCKETS = 1008


class Seats:
    def __init__(self, sockets_max: int) -> None:
        self._sockets_max = sockets_max
        self._networks: Counter[str] = Counter()
        self.taken = 0

    def refusal(self, network: str, *, shared: bool) -> tuple[int, str] | None:
        """The code and the reason to close a new connection with. `shared`: no network may take them all."""
        if shared and self._networks[network] >= SOCKETS_PER_NETWORK_MAX:
            return TOO_MANY_SOCKETS, "too many connections from this address"
        if self.taken >= self._sockets_max:
            return SERVER_FULL, "the server is full"
        return None

    def take(self, network: str) -> None:
        self.taken += 1
        self._networks[network] += 1

    def leave(self, network: str) -> None:
        self.taken -= 1
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]

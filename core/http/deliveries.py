"""How many bytes of which stored file were sent to which network: what nobody was sent, nobody has watched."""

from __future__ import annotations

import threading
from collections import OrderedDict

DELIVERIES_MAX = 100_000


class Deliveries:
    """In memory, by network and key. The deliveries that are longest ago are forgotten first."""

    def __init__(self, *, complete: bool = False) -> None:
        """`complete`: this process sends all stored files itself. Then what is not noted here was not sent; otherwise
        a CDN, a bucket or another process may have sent it."""
        self.complete = complete
        self._bytes: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lock = threading.Lock()

    def note(self, network: str, key: str, sent: int) -> None:
        with self._lock:
            self._bytes[network, key] = self._bytes.pop((network, key), 0) + sent
            if len(self._bytes) > DELIVERIES_MAX:
                self._bytes.popitem(last=False)

    def sent(self, network: str, key: str) -> int:
        """Bytes of the file, whichever and however often. Sending the same ones again costs as much as the others."""
        return self._bytes.get((network, key), 0)

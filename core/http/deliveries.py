"""How many bytes of which stored file were sent to which network: what nobody was sent, nobody has watched."""

from __future__ import annotations

import threading
from collections import OrderedDict

DELIVERIES_MAX = 100_000
DELIVERIES_PER_NETWORK_MAX = 5_000  # who fetches everything there is must not have those of others forgotten


class Deliveries:
    """In memory, by network and key. The deliveries that are longest ago are forgotten first: those of the same network
    when it has too many, those of the network that was longest away when there are too many altogether."""

    def __init__(self, *, complete: bool = False) -> None:
        """`complete`: this process sends all stored files itself. Then what is not noted here was not sent; otherwise
        a CDN, a bucket or another process may have sent it."""
        self.complete = complete
        self._bytes: OrderedDict[str, OrderedDict[str, int]] = OrderedDict()
        self._number = 0
        self._lock = threading.Lock()

    def note(self, network: str, key: str, sent: int) -> None:
        with self._lock:
            files = self._bytes.setdefault(network, OrderedDict())
            self._bytes.move_to_end(network)
            self._number += key not in files
            files[key] = files.pop(key, 0) + sent
            if len(files) > DELIVERIES_PER_NETWORK_MAX:
                self._drop_from(network)
            if self._number > DELIVERIES_MAX:
                self._drop_from(next(iter(self._bytes)))

    def sent(self, network: str, key: str) -> int:
        """Bytes of the file, whichever and however often. Sending the same ones again costs as much as the others."""
        with self._lock:
            files = self._bytes.get(network)
            return files.get(key, 0) if files is not None else 0

    def _drop_from(self, network: str) -> None:
        files = self._bytes[network]
        files.popitem(last=False)
        self._number -= 1
        if not files:
            del self._bytes[network]

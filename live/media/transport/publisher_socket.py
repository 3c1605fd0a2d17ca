"""A publisher's own socket on the port: the kernel sorts its datagrams out of all others, by both ends' addresses.

Linux gives a datagram to the socket that is connected to its sender, and only what is left to the one that is bound.
Between binding and connecting, somebody else's may land here too: they are read like all others.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import Any

from live.media.fanout.engine import Address
from live.media.transport.rtp_reader import RtpReader

RECEIVE_BUFFER_BYTES = 1 << 20
UNUSED_S_MAX = 6.0  # then nothing will come: a publisher sends media all the time, and checks besides


class PublisherSocket:
    def __init__(self, connected: socket.socket, peer: Any, rtp_reader: RtpReader) -> None:
        self.socket, self.peer, self.rtp_reader = connected, peer, rtp_reader
        self.heard = False
        self._opened_at = time.monotonic()
        self._loop = asyncio.get_running_loop()

    def watch(self, on_readable: Callable[[PublisherSocket], None]) -> None:
        self._loop.add_reader(self.socket, on_readable, self)

    def is_unused(self, now: float) -> bool:
        return not self.heard and now - self._opened_at > UNUSED_S_MAX

    def close(self) -> None:
        self._loop.remove_reader(self.socket)
        self.socket.close()


def open_publisher_socket(port: socket.socket, address: Address | None) -> socket.socket | None:
    """A socket on the port's own address that hears only `address`; None where the system does not do that."""
    if not isinstance(address, tuple) or not hasattr(socket, "SO_REUSEPORT"):
        return None
    line = socket.socket(port.family, socket.SOCK_DGRAM)
    try:
        if port.family == socket.AF_INET6:
            only = port.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            line.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        line.setblocking(False)
        # Not before the port was bound: until then, another server that wants it is to be refused.
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        line.bind(port.getsockname())
        line.connect(address)
    except OSError:
        line.close()
        return None
    return line

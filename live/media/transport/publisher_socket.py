"""A publisher's own socket on the media port: the operating system separates its datagrams from all others.

Linux delivers a datagram to the socket connected to its sender, and all others to the socket that is only bound.
Between `bind` and `connect`, other senders' datagrams can arrive here too; the reader hands them over.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable

from live.media.transport.addresses import Address
from live.media.transport.ice_agent import IceAgent
from live.media.transport.rtp_reader import RtpReader

RECEIVE_BUFFER_BYTES = 1 << 20
UNUSED_S_MAX = 6.0  # a publisher sends media all the time, and checks besides


class PublisherSocket:
    def __init__(self, connected: socket.socket, agent: IceAgent, rtp_reader: RtpReader) -> None:
        self.socket, self.agent, self.rtp_reader = connected, agent, rtp_reader
        self.used = False  # a datagram has arrived
        self._opened_at = time.monotonic()
        self._loop = asyncio.get_running_loop()

    def watch(self, on_readable: Callable[[PublisherSocket], None]) -> None:
        self._loop.add_reader(self.socket, on_readable, self)

    def is_unused(self, now: float) -> bool:
        """Nothing has arrived in time: the publisher sends to another of our addresses."""
        return not self.used and now - self._opened_at > UNUSED_S_MAX

    def close(self) -> None:
        self._loop.remove_reader(self.socket)
        self.socket.close()


def open_publisher_socket(port: socket.socket, address: Address | None) -> socket.socket | None:
    """A socket on the media port connected to `address`; None where the operating system does not support it."""
    if not isinstance(address, tuple) or not hasattr(socket, "SO_REUSEPORT"):
        return None
    opened = socket.socket(port.family, socket.SOCK_DGRAM)
    try:
        if port.family == socket.AF_INET6:
            only = port.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        opened.setblocking(False)
        # Not set when the port was bound, because another server could have bound the same port.
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind(port.getsockname())
        opened.connect(address)
    except OSError:
        opened.close()
        return None
    return opened

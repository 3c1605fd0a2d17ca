"""The socket: uvicorn's WebSocket class with a door for frames that are ready to be sent.

ASGI hands over one message for one receiver, and every layer frames it anew. A room says the same to thousands, so it
builds a frame once and writes it to each transport. This reaches into uvicorn, which is therefore pinned;
`tests/chat/test_pins.py` notices when what is used here changes.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "cadeau.fanout"
"""Under this name the connection's outlet is in an ASGI scope's `extensions`."""

UNSENT_BYTES_MAX = 32 * 1024  # in the kernel: beyond it we notice that a reader is slow
SEND_BUFFER_BYTES_MAX = 1024 * 1024  # in this process, of frames all share: beyond it a slow reader is cut
RECEIVED_MESSAGE_BYTES_MAX = 64 * 1024  # larger ones are not even looked at (1009)
PING_EVERY_S = 20.0
CLOSE_S_MAX = 5.0  # for a slow reader to take what is on its way to it

SLOW_READER = 4008
NO_FILE = -1  # the kernel refuses it, which leaves the transport to encrypt

_TCP_NOTSENT_LOWAT = 25 if sys.platform == "linux" else None  # Python names it from 3.13 on


class Outlet(NamedTuple):
    """Where frames for one connection go: all that the fan-out touches of it, since memory is what it waits for."""

    file: int
    is_closing: Callable[[], bool]
    unsent: Callable[[], int]
    write: Callable[[bytes], None]


def write_to_all(outlets: Iterable[Outlet], frames: bytes) -> None:
    """Send the same complete frames to each. Never blocks, never raises.

    They go straight to the kernel, which takes them from everybody but a slow reader; what it does not take is the
    transport's, and so is everything as long as that has something unsent.
    """
    write, size = os.write, len(frames)
    for file, is_closing, unsent, write_slowly in outlets:
        if unsent() or is_closing():
            sent = 0
        else:
            try:
                sent = write(file, frames)
            except OSError:  # it is full, or gone: the transport finds out
                sent = 0
        if sent < size:
            write_slowly(frames[sent:])


class FanoutWebSocket(WebSocketsSansIOProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if _TCP_NOTSENT_LOWAT and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            self.scope["extensions"][EXTENSION] = {"outlet": self.outlet}

    @property
    def outlet(self) -> Outlet:
        transport = self.transport
        encrypted = transport.get_extra_info("sslcontext") is not None
        file = NO_FILE if encrypted else transport.get_extra_info("socket").fileno()
        return Outlet(file, transport.is_closing, transport.get_write_buffer_size, self.write)

    def write(self, frames: bytes) -> None:
        """Send complete frames, or cut the reader that is too far behind to get them. Never blocks, never raises."""
        if self.transport.is_closing():
            return
        if self.transport.get_write_buffer_size() > SEND_BUFFER_BYTES_MAX:
            self.cut(SLOW_READER, "too slow: resume with ?after=")
        else:
            self.transport.write(frames)

    def cut(self, code: int, reason: str) -> None:
        """Send nothing more but the close, give who may still be reading a moment to take it, then let go."""
        self.stop_keepalive()
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.close()
        self.close_timer = self.loop.call_later(CLOSE_S_MAX, self.transport.abort)


UVICORN: dict[str, Any] = {
    "ws": FanoutWebSocket,
    "ws_max_size": RECEIVED_MESSAGE_BYTES_MAX,
    "ws_ping_interval": PING_EVERY_S,
    "ws_ping_timeout": PING_EVERY_S,
    "ws_per_message_deflate": False,  # a frame would have to be compressed for each receiver
}
"""What `uvicorn.Config` has to be told."""

"""The socket: uvicorn's WebSocket class, extended so that the application can write ready-made frames.

ASGI passes one message for one receiver through several layers, which frame it each time. A room sends the same message
to thousands, so it builds the frame once and writes it to each transport. This uses uvicorn's internals, which is why
uvicorn is pinned; `tests/chat/test_pins.py` fails when an upgrade changes them.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

EXTENSION = "cadeau.fanout"
"""Under this name the connection's SocketWriter is in an ASGI scope's `extensions`."""

UNSENT_BYTES_MAX = 32 * 1024  # in the kernel; more stays in this process, where we notice that a reader is slow
SEND_BUFFER_BYTES_MAX = 1024 * 1024  # in this process; a reader with more unsent is disconnected
RECEIVED_MESSAGE_BYTES_MAX = 64 * 1024  # larger ones close the connection (1009)
PING_EVERY_S = 20.0
CLOSE_S_MAX = 5.0  # for a slow reader to receive what was already sent

SLOW_READER = 4008

_TCP_NOTSENT_LOWAT = 25 if sys.platform == "linux" else None  # Python names it from 3.13 on


class SocketWriter(NamedTuple):
    """Writes frames to one connection. A tuple of bound methods: the fan-out then touches as little memory as possible,
    and memory is what limits it."""

    is_closing: Callable[[], bool]
    unsent: Callable[[], int]
    send: Callable[[bytes], None]
    cut: Callable[[], None]

    def write(self, frames: bytes) -> None:
        write_to_all((self,), frames)


def write_to_all(writers: Iterable[SocketWriter], frames: bytes) -> None:
    """Send the same complete frames to each, but cut readers that are too far behind. Never blocks, never raises."""
    # os.write would be cheaper by itself, but it releases the interpreter lock on every call. While the database's
    # thread waits for that lock, getting it back costs more than is saved.
    for is_closing, unsent, send, cut in writers:
        if is_closing():
            continue
        if unsent() > SEND_BUFFER_BYTES_MAX:
            cut()
        else:
            send(frames)


class FanoutWebSocket(WebSocketsSansIOProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        connection = transport.get_extra_info("socket")
        if _TCP_NOTSENT_LOWAT and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            self.scope["extensions"][EXTENSION] = {"writer": self.writer}

    @property
    def writer(self) -> SocketWriter:
        transport = self.transport
        return SocketWriter(transport.is_closing, transport.get_write_buffer_size, transport.write, self.cut)

    def handle_ping(self) -> None:
        """Answer, unless the client does not read: the pongs of a flood of pings would fill the memory."""
        if self.transport.get_write_buffer_size() <= SEND_BUFFER_BYTES_MAX:
            super().handle_ping()
        elif not self.transport.is_closing():
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        """A client that answers no ping may not read the close frame either: abort after a moment."""
        super().keepalive_timeout()
        if self.transport.is_closing() and self.close_timer is None:
            self.close_timer = self.loop.call_later(CLOSE_S_MAX, self.transport.abort)

    def cut(self) -> None:
        """Send only the close frame, give the slow reader a moment to receive it, then abort."""
        code, reason = SLOW_READER, "too slow: resume with ?after="
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
    "ws_per_message_deflate": False,  # each receiver would need a frame of its own
}
"""Arguments for `uvicorn.Config`."""

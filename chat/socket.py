"""The socket: uvicorn's WebSocket class with a door for frames that are ready to be sent.

ASGI hands over one message for one receiver, and every layer frames it anew. A room says the same to thousands, so it
builds a frame once and writes it to each transport. This reaches into uvicorn, which is therefore pinned;
`tests/chat/test_pins.py` notices when what is used here changes.
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
"""Under this name the connection's outlet is in an ASGI scope's `extensions`."""

UNSENT_BYTES_MAX = 32 * 1024  # in the kernel: beyond it we notice that a reader is slow
SEND_BUFFER_BYTES_MAX = 1024 * 1024  # in this process, of frames all share: beyond it a slow reader is cut
RECEIVED_MESSAGE_BYTES_MAX = 64 * 1024  # larger ones are not even looked at (1009)
PING_EVERY_S = 20.0
CLOSE_S_MAX = 5.0  # for a slow reader to take what is on its way to it

SLOW_READER = 4008

_TCP_NOTSENT_LOWAT = 25 if sys.platform == "linux" else None  # Python names it from 3.13 on


class Outlet(NamedTuple):
    """Where frames for one connection go: all that the fan-out touches of it, since memory is what it waits for."""

    is_closing: Callable[[], bool]
    unsent: Callable[[], int]
    send: Callable[[bytes], None]
    cut: Callable[[], None]

    def write(self, frames: bytes) -> None:
        write_to_all((self,), frames)


def write_to_all(outlets: Iterable[Outlet], frames: bytes) -> None:
    """Send the same complete frames to each, but cut readers that are too far behind. Never blocks, never raises."""
    # Not os.write, though that costs less by itself: it lets go of the interpreter lock with each call, and with the
    # database's thread waiting for that lock, getting it back costs more than it saved.
    for is_closing, unsent, send, cut in outlets:
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
            self.scope["extensions"][EXTENSION] = {"outlet": self.outlet}

    @property
    def outlet(self) -> Outlet:
        transport = self.transport
        return Outlet(transport.is_closing, transport.get_write_buffer_size, transport.write, self.cut)

    def cut(self) -> None:
        """Send nothing more but the close, give the slow reader a moment to take it, then let go."""
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
    "ws_per_message_deflate": False,  # a frame would have to be compressed for each receiver
}
"""What `uvicorn.Config` has to be told."""

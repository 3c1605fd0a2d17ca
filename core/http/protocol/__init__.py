"""HTTP/1.1 and WebSocket on the wire: limits on what a connection may cost."""

from typing import Any

from core.http.protocol.guard import Guard
from core.http.protocol.handshake import socket_of
from core.http.protocol.http import BoundedHttp, listener_class
from core.http.protocol.websocket import SEND_BUFFER_BYTES_MAX, Receiver, WebSocket

__all__ = [
    "SEND_BUFFER_BYTES_MAX",
    "BoundedHttp",
    "Guard",
    "Receiver",
    "WebSocket",
    "listener_class",
    "socket_of",
    "uvicorn_options",
]


def uvicorn_options(guard: Guard | None = None, http: type[BoundedHttp] | None = None) -> dict[str, Any]:
    """Arguments for `uvicorn.Config`, for one server."""
    return {"http": http or listener_class(BoundedHttp, guard or Guard()), "ws": WebSocket}

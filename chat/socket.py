"""How the chat writes to its sockets: ready-made frames, straight to each transport.

A room sends the same message to thousands, so it builds the frame once. `core/http/protocol` reads what clients send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from core.http.protocol import SEND_BUFFER_BYTES_MAX, WebSocket

SLOW_READER = 4008


class SocketWriter(NamedTuple):
    """Writes frames to one connection. A tuple of bound methods: the fan-out then touches as little memory as possible,
    and memory is what limits it."""

    is_closing: Callable[[], bool]
    unsent: Callable[[], int]
    send: Callable[[bytes], None]
    cut: Callable[[], None]

    @classmethod
    def of(cls, socket: WebSocket) -> SocketWriter:
        transport = socket.transport
        cut = partial(socket.close, SLOW_READER, "too slow: resume with ?after=")
        return cls(transport.is_closing, transport.get_write_buffer_size, transport.write, cut)

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

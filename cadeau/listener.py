"""One TCP listener for HTTP and for media, told apart by a connection's first byte.

HTTP begins with a letter; media, framed as in RFC 4571, begins with the length of a STUN message. If they are bound
to different addresses, a connection to an address of only one of them belongs to that one.

This uses internals of uvicorn, which is therefore pinned; `tests/cadeau/test_listener.py` fails when they change.
"""

from __future__ import annotations

import asyncio

from core.http.protocol import BoundedHttp, Guard, listener_class
from core.settings import Settings
from live.media.transport.addresses import is_at, resolve
from live.media.transport.tcp import FIRST_BYTE_MAX, Streams
from live.node import MediaNode


class HttpBesideMedia(BoundedHttp):
    streams: Streams
    http_host: str
    media_host: str
    undecided = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        local = transport.get_extra_info("sockname")[0]
        if is_at(local, self.http_host):
            self.undecided = is_at(local, self.media_host)
            super().connection_made(transport)
        else:
            self.transport = transport
            self.hand_over(b"")

    def data_received(self, data: bytes) -> None:
        if self.undecided:
            self.undecided = False
            if data[0] <= FIRST_BYTE_MAX:
                self.hand_over(data)
                return
        super().data_received(data)

    def hand_over(self, data: bytes) -> None:
        """It is not HTTP: detach it from uvicorn."""
        self.detach()
        self.connections.discard(self)
        stream = self.streams.new()
        self.transport.set_protocol(stream)
        stream.connection_made(self.transport)
        if data:
            stream.data_received(data)


def http_beside_media(node: MediaNode, settings: Settings, guard: Guard) -> type[BoundedHttp]:
    """uvicorn's HTTP class for a listener that media shares."""
    media = resolve(settings.media_host or settings.host)
    streams = node.open().streams
    return listener_class(HttpBesideMedia, guard, streams=streams, http_host=resolve(settings.host), media_host=media)

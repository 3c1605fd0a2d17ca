"""Media over TCP (RFC 6544, passive; framed as in RFC 4571), for networks that block UDP.

To the media socket a connection is an address like any other, for whole datagrams in both directions. A reader
that is too slow loses whole datagrams, as on any network; one that reads nothing is disconnected.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from live.media.transport.addresses import network_of

FRAME_BYTES_MAX = 2048  # of a datagram
FIRST_BYTE_MAX = 0x1F  # a connection that begins with more is not media: HTTP begins with a letter
HELLO_S_MAX = 5.0  # for a new connection to prove that it belongs to a session
STRANGERS_MAX = 256  # unauthenticated connections
STRANGERS_PER_NETWORK_MAX = 16  # of them from one IPv4 address or one IPv6 /64
WRITE_BYTES_MAX = 256 * 1024  # waiting for a slow reader in this process
UNSENT_BYTES_MAX = 32 * 1024  # waiting in the operating system
STALLED_S_MAX = 10.0  # without a byte read by the peer
FAREWELL_S_MAX = 2.0  # to flush written data before a connection is closed
BACKLOG = 2_048

_TCP_NOTSENT_LOWAT = 25 if sys.platform == "linux" else None  # Python names it from 3.13 on


class BadFrame(ValueError):
    """A frame length that no datagram has: the peer does not use our framing."""


def framed(packets: Iterable[bytes | memoryview]) -> bytes:
    """Each packet preceded by its length."""
    return b"".join(part for packet in packets for part in (len(packet).to_bytes(2, "big"), packet))


class Deframer:
    """Extracts frames from a byte stream, however it is split."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are complete now. Raises BadFrame; do not feed it again after that."""
        data = self._rest + data if self._rest else data
        frames, at, size = [], 0, len(data)
        while at + 2 <= size:
            end = at + 2 + (data[at] << 8 | data[at + 1])
            if not at + 2 < end <= at + 2 + FRAME_BYTES_MAX:
                raise BadFrame
            if end > size:
                break
            frames.append(data[at + 2 : end])
            at = end
        self._rest = data[at:]
        return frames


class Stream(asyncio.Protocol):
    """One connection, which is also the peer's `Address`."""

    def __init__(self, streams: Streams) -> None:
        self.host = ""
        self.port = 0
        self.written = 0  # bytes
        self._streams = streams
        self._deframer = Deframer()
        self._transport: asyncio.Transport | None = None
        self._progress = (0, 0.0)  # bytes handed to the operating system, and when that number last changed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]  # uvloop's are no subclass
        try:
            self.host, self.port = transport.get_extra_info("peername")[:2]
            connection: socket.socket = transport.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if _TCP_NOTSENT_LOWAT:
                connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)
        except (OSError, TypeError):  # it is gone already
            self.abort()
            return
        self._progress = 0, time.monotonic()
        self._streams.on_connected(self)

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._deframer.feed(data)
        except BadFrame:
            self.abort()
            return
        for frame in frames:
            if self._transport is None:
                return
            self._streams.on_frame(self, frame)

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._streams.on_closed(self)

    def write(self, frames: bytes) -> None:
        """Send framed packets, all or, if the reader is too slow, none. Never blocks or raises."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > WRITE_BYTES_MAX:
            return
        self.written += len(frames)
        transport.write(frames)

    def send(self, packet: bytes) -> None:
        self.write(len(packet).to_bytes(2, "big") + packet)

    def close(self) -> None:
        """Close after the written data is sent, or after a short timeout."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
            if transport.get_write_buffer_size():
                asyncio.get_running_loop().call_later(FAREWELL_S_MAX, transport.abort)

    def abort(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def check_progress(self, now: float) -> None:
        """Called once a second: abort if the peer has stopped reading."""
        if self._transport is None:
            return
        waiting = self._transport.get_write_buffer_size()
        handed_over, since = self._progress
        if not waiting or self.written - waiting != handed_over:
            self._progress = self.written - waiting, now
        elif now - since > STALLED_S_MAX:
            self.abort()


class Streams:
    """All connections to one port. Unauthenticated ones are limited in number and closed soon."""

    def __init__(self, on_datagram: Callable[[bytes, Stream], bool], on_lost: Callable[[Stream], None]) -> None:
        """`on_datagram` returns whether the stream belongs to a session now; `on_lost` gets it when it ends."""
        self._on_datagram, self._on_lost = on_datagram, on_lost
        self._known: set[Stream] = set()
        self._strangers: dict[Stream, float] = {}  # when each was accepted, oldest first
        self._networks: Counter[str] = Counter()  # their number by network
        self._checked_at = 0.0

    def new(self) -> Stream:
        """The protocol for an accepted connection."""
        return Stream(self)

    def on_connected(self, stream: Stream) -> None:
        network = network_of(stream.host)
        if len(self._strangers) >= STRANGERS_MAX or self._networks[network] >= STRANGERS_PER_NETWORK_MAX:
            stream.abort()
            return
        self._strangers[stream] = time.monotonic()
        self._networks[network] += 1

    def on_frame(self, stream: Stream, frame: bytes) -> None:
        belongs = self._on_datagram(frame, stream)
        if not belongs:  # the first frame must authenticate a session
            stream.abort()
        elif stream in self._strangers:
            self._forget_stranger(stream)
            self._known.add(stream)

    def on_closed(self, stream: Stream) -> None:
        if stream in self._strangers:
            self._forget_stranger(stream)
        elif stream in self._known:
            self._known.discard(stream)
            self._on_lost(stream)

    def cut_stalled(self, now: float) -> None:
        """Called ten times a second: close late unauthenticated connections and stalled ones."""
        for stream, accepted_at in list(self._strangers.items()):
            if now - accepted_at <= HELLO_S_MAX:
                break
            stream.abort()
        if now - self._checked_at >= 1.0:
            self._checked_at = now
            for stream in list(self._known):
                stream.check_progress(now)

    def close(self) -> None:
        for stream in [*self._strangers, *self._known]:
            stream.close()

    def _forget_stranger(self, stream: Stream) -> None:
        del self._strangers[stream]
        network = network_of(stream.host)
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]


def listen(host: str, number: int) -> socket.socket:
    """A listening socket; `::` is also reached by IPv4. Raises OSError."""
    family: Any = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, number), family=family, backlog=BACKLOG, dualstack_ipv6=both)

"""Media over TCP (RFC 6544, passive; framed as in RFC 4571), for networks that let no UDP through.

To the port a connection is an address like any other: what comes of it are datagrams, and what is sent there is
written to it. A reader that is too slow loses whole datagrams, as on any network; one that takes nothing is cut.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

FRAME_BYTES_MAX = 2048  # what a datagram may have
FIRST_BYTE_MAX = 0x1F  # of a connection: HTTP begins with a letter, a frame with a length below 8192
HELLO_S_MAX = 5.0  # for a new connection to prove that it belongs to a session
STRANGERS_MAX = 256  # connections that have not yet
STRANGERS_PER_NETWORK_MAX = 16  # of them, from one IPv4 address or one IPv6 /64
WRITE_BYTES_MAX = 256 * 1024  # waiting for a slow reader in this process
UNSENT_BYTES_MAX = 32 * 1024  # and in the kernel
STALLED_S_MAX = 10.0  # how long a reader may take nothing at all
FAREWELL_S_MAX = 2.0  # for it to take what is on its way to it when it is let go
BACKLOG = 2_048

_TCP_NOTSENT_LOWAT = 25 if sys.platform == "linux" else None  # Python names it from 3.13 on


class BadFrame(ValueError):
    """A length no datagram has: whoever sent it does not speak our framing."""


def framed(packets: Iterable[bytes | memoryview]) -> bytes:
    """Each packet behind its length."""
    return b"".join(part for packet in packets for part in (len(packet).to_bytes(2, "big"), packet))


class Deframer:
    """Finds the frames in a stream of bytes, however it was cut."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The frames that are complete now. Raises BadFrame, and is of no use after that."""
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
    """One connection, and the `Address` of whoever is at its other end."""

    def __init__(self, streams: Streams) -> None:
        self.host = ""
        self.port = 0
        self.written = 0  # bytes
        self._streams = streams
        self._deframer = Deframer()
        self._transport: asyncio.Transport | None = None
        self._taken = (0, 0.0)  # bytes that had left for the kernel, and when their number last changed

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
        self._taken = 0, time.monotonic()
        self._streams.came(self)

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._deframer.feed(data)
        except BadFrame:
            self.abort()
            return
        for frame in frames:
            if self._transport is None:
                return
            self._streams.received(self, frame)

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._streams.went(self)

    def write(self, frames: bytes) -> None:
        """Send framed packets, all or none. Never blocks, never raises; what a slow reader has no room for is lost."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > WRITE_BYTES_MAX:
            return
        self.written += len(frames)
        transport.write(frames)

    def send(self, packet: bytes) -> None:
        self.write(len(packet).to_bytes(2, "big") + packet)

    def close(self) -> None:
        """Send what was written, if it is taken soon."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
            if transport.get_write_buffer_size():
                asyncio.get_running_loop().call_later(FAREWELL_S_MAX, transport.abort)

    def abort(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()

    def tick(self, now: float) -> None:
        """Once in a while: is anything taken of what waits?"""
        if self._transport is None:
            return
        waiting = self._transport.get_write_buffer_size()
        taken, since = self._taken
        if not waiting or self.written - waiting != taken:
            self._taken = self.written - waiting, now
        elif now - since > STALLED_S_MAX:
            self.abort()


class Streams:
    """All connections to one port: those of sessions, and strangers, of whom there may be few and not for long."""

    def __init__(self, receive: Callable[[bytes, Stream], bool], lose: Callable[[Stream], None]) -> None:
        """`receive` takes a datagram and says whether the stream belongs to a session now; `lose` forgets it."""
        self._receive, self._lose = receive, lose
        self._known: set[Stream] = set()
        self._strangers: dict[Stream, float] = {}  # when they came, in that order
        self._networks: Counter[str] = Counter()  # where they came from
        self._ticked_at = 0.0

    def new(self) -> Stream:
        """The protocol of a connection that was accepted."""
        return Stream(self)

    def came(self, stream: Stream) -> None:
        network = network_of(stream.host)
        if len(self._strangers) >= STRANGERS_MAX or self._networks[network] >= STRANGERS_PER_NETWORK_MAX:
            stream.abort()
            return
        self._strangers[stream] = time.monotonic()
        self._networks[network] += 1

    def received(self, stream: Stream, frame: bytes) -> None:
        belongs = self._receive(frame, stream)
        if not belongs:  # the first thing said here is the proof of a session
            stream.abort()
        elif stream in self._strangers:
            self._forget_stranger(stream)
            self._known.add(stream)

    def went(self, stream: Stream) -> None:
        if stream in self._strangers:
            self._forget_stranger(stream)
        elif stream in self._known:
            self._known.discard(stream)
            self._lose(stream)

    def tick(self, now: float) -> None:
        for stream, came_at in list(self._strangers.items()):
            if now - came_at <= HELLO_S_MAX:
                break
            stream.abort()
        if now - self._ticked_at >= 1.0:
            self._ticked_at = now
            for stream in list(self._known):
                stream.tick(now)

    def close(self) -> None:
        for stream in [*self._strangers, *self._known]:
            stream.close()

    def _forget_stranger(self, stream: Stream) -> None:
        del self._strangers[stream]
        network = network_of(stream.host)
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]


def network_of(host: str) -> str:
    """Whom connections are counted for: an IPv4 address, or the /64 one household has of IPv6."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
    return host


def shared_host(one: str, other: str) -> str | None:
    """Where one listener hears what is meant for either address, at the same number; None: each needs its own."""
    if one == other or _covers(one, other):
        return one
    return other if _covers(other, one) else None


def _covers(host: str, other: str) -> bool:
    return host == "::" or (host == "0.0.0.0" and ":" not in other)


def is_at(local: str, host: str) -> bool:
    """Whether a connection whose local end is `local` came to `host`."""
    local = local.partition("%")[0].removeprefix("::ffff:")
    return local == host or _covers(host, local)


def listen(host: str, number: int) -> socket.socket:
    """A listening socket; `::` is also reached by IPv4. Raises OSError."""
    family: Any = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    return socket.create_server((host, number), family=family, backlog=BACKLOG, dualstack_ipv6=both)

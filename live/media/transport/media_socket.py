"""The one port all media goes through, mostly UDP: whom a datagram is for, from its first byte and where it came from.

ICE-lite (RFC 8445, 2.5): we wait for connectivity checks and answer them. Whoever proves with one to know a peer's
password is that peer from then on, at that address. All else from unknown addresses is dropped without a trace.

To wake an idle CPU costs more than to read a subscriber's report. So what publishers send arrives at sockets of their
own (`live/media/transport/publisher_socket.py`), which the event loop watches, and what subscribers send waits until a
frame was forwarded: see `drain`."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import ifaddr

from live.media.fanout.engine import Address
from live.media.rtp.packets import ReceivedPacket
from live.media.transport import stun
from live.media.transport.publisher_socket import PublisherSocket, open_publisher_socket
from live.media.transport.receive_engine import PythonReceiveEngine, ReceiveEngine
from live.media.transport.srtp import Opener
from live.media.transport.tcp import Stream, Streams

SOCKET_BUFFER_BYTES = 4 << 20
ADDRESSES_PER_PEER_MAX = 8  # a peer tries several before it nominates one
DRAIN_S_MIN = 0.004  # between two drains: a frame is read in several turns
DRAIN_S_MAX = 0.05  # without one, the event loop watches over the socket again


class Reachable(Protocol):
    """Who can be found on the port."""

    ufrag: bytes
    password: bytes
    publishes: bool
    address: Address | None  # where it wants to be sent to
    addresses: list[Address]  # where it has proved to be
    heard_at: (
        float  # when it last gave a sign of life, monotonic seconds, but for the checks the feedback filter answers
    )
    screened: bool  # the feedback filter answers its checks and lets only those plain reports through that are due
    report_interval_s: float
    opener: Opener | None  # once it is connected

    @property
    def at_rest(self) -> bool:
        """It is connected, and not about to move: a check from where it is changes nothing."""

    def nominate(self, address: Address) -> None:
        """It asks to be sent to at one of its addresses."""

    def on_stun_answer(self, data: bytes, address: Address) -> None: ...

    def on_dtls(self, data: bytes) -> None: ...

    def on_srtp(self, data: bytes) -> None: ...

    def on_arrived(self, packets: Sequence[ReceivedPacket], reports: Sequence[bytes], now: float) -> None:
        """What came by its line, decrypted."""

    def lose(self, address: Address) -> None:
        """One of its addresses, no longer among `addresses`, is no more."""

    def tick(self, now: float) -> None:
        """Ten times a second while it connects, and for as long as it publishes."""


class MediaSocket:
    def __init__(self, host: str, port: int, public_address: str = "", reading: ReceiveEngine | None = None) -> None:
        """Binds at once. Raises OSError when the address is taken or not ours."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
            for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                self.socket.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
            self.socket.setblocking(False)
            self.socket.bind((host, port))
        except OSError:
            self.socket.close()
            raise
        self.number: int = self.socket.getsockname()[1]
        self.hosts = [public_address] if public_address else addresses_of(host)
        self.reading = reading or PythonReceiveEngine()
        self.feedback_filter = self.reading.feedback_filter(self.socket)
        self._by_ufrag: dict[bytes, Reachable] = {}
        self._by_address: dict[Address, Reachable] = {}
        self._attended: set[Reachable] = set()  # who connects, or publishes
        self._waited_for: set[Reachable] = set()  # whose datagrams come to the socket and are not to wait there
        self._lines: dict[Reachable, PublisherSocket] = {}
        self._screened: dict[Reachable, Address] = {}  # who is known to the feedback filter, and where
        self.streams = Streams(self._on_frame, self._lose)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watching = False
        self._drained_at = 0.0
        self.on_awake: Callable[[float], None] | None = None  # told when a frame has woken us, and is forwarded

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._watch(True)

    def close(self) -> None:
        self.streams.close()
        for line in self._lines.values():
            line.close()
        self._lines.clear()
        self._watch(False)
        self._loop = None
        self.socket.close()

    # -- who is there ----------------------------------------------------------------------------

    def add(self, peer: Reachable) -> None:
        """It may connect from now on."""
        self._by_ufrag[peer.ufrag] = peer
        self._attended.add(peer)
        self._waited_for.add(peer)
        self._watch(True)

    def settle(self, peer: Reachable) -> None:
        """It has connected, or is somewhere else than before: whether it is to be read at once, and by which socket."""
        self.screen(peer)
        line = self._lines.pop(peer, None)
        if line is not None:
            line.close()
        if not peer.publishes:
            self._attended.discard(peer)
        if not peer.publishes or isinstance(
            peer.address, Stream
        ):  # subscribers can wait, and connections wake us anyway
            self._waited_for.discard(peer)
            return
        line = self._open_line(peer) if self._loop is not None else None
        if line is None:
            self._waited_for.add(peer)
            self._watch(True)
            return
        self._waited_for.discard(peer)
        self._lines[peer] = line
        line.watch(self._on_line)

    def _open_line(self, peer: Reachable) -> PublisherSocket | None:
        sock = open_publisher_socket(self.socket, peer.address)
        if sock is None:
            return None
        return PublisherSocket(sock, peer, self.reading.rtp_reader(sock, peer.address, peer.opener))

    def screen(self, peer: Reachable) -> None:
        """Let the feedback filter deal with what changes nothing of a subscriber's that is at rest, and only then."""
        self._unscreen(peer)
        address = peer.address
        if peer.publishes or not peer.at_rest or isinstance(address, Stream):
            return
        if address is not None and self._by_address.get(address) is peer:
            self.feedback_filter.know(address, peer.ufrag, peer.password, peer.report_interval_s)
            self._screened[peer] = address
            peer.screened = True

    def _unscreen(self, peer: Reachable) -> None:
        address = self._screened.pop(peer, None)
        if address is not None:
            peer.heard_at = max(peer.heard_at, self.feedback_filter.heard_at(address))
            peer.screened = False
            self.feedback_filter.forget(address)

    def set_interval(self, peer: Reachable) -> None:
        """Its reports are to be read more often, or less."""
        address = self._screened.get(peer)
        if address is not None:
            self.feedback_filter.set_interval(address, peer.report_interval_s)

    def heard_at(self, peer: Reachable) -> float:
        """When the feedback filter has last answered a check of its."""
        address = self._screened.get(peer)
        return self.feedback_filter.heard_at(address) if address is not None else 0.0

    def remove(self, peer: Reachable) -> None:
        self._by_ufrag.pop(peer.ufrag, None)
        self._attended.discard(peer)
        self._waited_for.discard(peer)
        self._unscreen(peer)
        line = self._lines.pop(peer, None)
        if line is not None:
            line.close()
        for address in peer.addresses:
            self._forget(address)
        peer.addresses.clear()

    def send(self, data: bytes, address: Address) -> None:
        """Hand a datagram to the kernel; what it does not take is lost, as on any network."""
        if isinstance(address, Stream):
            address.send(data)
            return
        try:
            self.socket.sendto(data, address)
        except OSError:
            return

    # -- reading ---------------------------------------------------------------------------------

    def drain(self) -> None:
        """Read what is waiting. Called when a frame was forwarded: for as long as frames come, nothing else needs to
        wake us, unless somebody is connecting."""
        now = time.monotonic()
        since = now - self._drained_at
        if since < DRAIN_S_MIN:
            return
        self._drained_at = now
        emptied = self._turn()
        self._watch(not emptied or since > DRAIN_S_MAX or bool(self._waited_for))
        if self.on_awake is not None:
            self.on_awake(now)

    def tick(self, now: float) -> None:
        """Ten times a second."""
        if now - self._drained_at > DRAIN_S_MAX:
            self._watch(True)
        for peer, line in self._lines.items():
            if line.is_unused(now):  # the peer reaches us at another of our addresses: the socket hears it
                self._waited_for.add(peer)
                self._watch(True)
        for peer in list(self._attended):
            peer.tick(now)
        self.streams.tick(now)

    def _watch(self, watching: bool) -> None:
        if watching is not self._watching and self._loop is not None:
            self._watching = watching
            if watching:
                self._loop.add_reader(self.socket, self._turn)
            else:
                self._loop.remove_reader(self.socket)

    def _on_line(self, line: PublisherSocket) -> None:
        line.heard = True
        packets, reports, others, _ = line.rtp_reader.turn()
        line.peer.on_arrived(packets, reports, time.monotonic())
        for data, address in others:
            self._take(data, address)
        self.drain()

    def _on_frame(self, data: bytes, stream: Stream) -> bool:
        """A datagram that came by TCP. Gives whether it is from somebody."""
        self._take(data, stream)
        peer = self._by_address.get(stream)
        if peer is not None and peer.publishes:
            self.drain()
        return peer is not None

    def _lose(self, stream: Stream) -> None:
        """It was closed, by whichever end."""
        peer = self._by_address.pop(stream, None)
        if peer is not None:
            peer.addresses.remove(stream)
            peer.lose(stream)

    def _turn(self) -> bool:
        """Take what has arrived at the socket for everybody, but not for ever. Gives whether that was all."""
        arrived, emptied = self.feedback_filter.turn(time.monotonic())
        for data, address in arrived:
            self._take(data, address)
        return emptied

    def _take(self, data: bytes, address: Address) -> None:
        first = data[0]  # RFC 7983: 0-3 STUN, 20-63 DTLS, 128-191 RTP and RTCP
        if first < 4:
            self._on_stun(data, address)
            return
        peer = self._by_address.get(address)
        if peer is None:
            return
        if 127 < first < 192:
            peer.on_srtp(data)
        elif 19 < first < 64:
            peer.on_dtls(data)

    def _on_stun(self, data: bytes, address: Address) -> None:
        request = stun.parse_request(data)
        if request is None:
            answering = self._by_address.get(address)
            if answering is not None:
                answering.on_stun_answer(data, address)
            return
        peer = self._by_ufrag.get(request.ufrag)
        if peer is None or not stun.is_authentic(data, request, peer.password):
            return
        seen_as = (address.host, address.port) if isinstance(address, Stream) else address[:2]
        self.send(stun.success(request.transaction, seen_as, peer.password), address)
        peer.heard_at = time.monotonic()
        known = self._by_address.get(address)
        if known is not peer:
            self._learn(peer, address, known)
        if request.use_candidate or len(peer.addresses) == 1:
            peer.nominate(address)

    def _learn(self, peer: Reachable, address: Address, before: Reachable | None) -> None:
        if before is not None:  # a new session from where an old one was
            before.addresses.remove(address)
            if self._screened.get(before) == address:
                self._unscreen(before)
        self._by_address[address] = peer
        peer.addresses.append(address)
        if len(peer.addresses) > ADDRESSES_PER_PEER_MAX:
            given_up = next(a for a in peer.addresses if a not in (peer.address, address))
            peer.addresses.remove(given_up)
            self._forget(given_up)

    def _forget(self, address: Address) -> None:
        self._by_address.pop(address, None)
        if isinstance(address, Stream):
            address.close()


def addresses_of(host: str) -> list[str]:
    """The addresses to offer as candidates for a host we are bound to: itself, or all of this machine's for 0.0.0.0."""
    if not ipaddress.ip_address(host).is_unspecified:
        return [host]
    found = [ip.ip if isinstance(ip.ip, str) else ip.ip[0] for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    wanted = [a for a in found if (":" not in a or host == "::") and not ipaddress.ip_address(a).is_link_local]
    outside = [a for a in wanted if not ipaddress.ip_address(a).is_loopback]
    return sorted(outside or wanted, key=lambda address: ":" in address)


def resolve(host: str) -> str:
    """The address a setting names: `localhost` and other names are looked up once, IPv4 first. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])

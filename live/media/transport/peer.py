"""A remote end on the port, publisher or subscriber: its ICE credentials, its DTLS and SRTP, whether it is still
there."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from live.media.fanout.engine import Address
from live.media.rtp.packets import ReceivedPacket, parse
from live.media.rtp.rtcp import is_rtcp
from live.media.transport import stun
from live.media.transport.dtls import Certificate, Dtls
from live.media.transport.feedback_filter import is_plain_report
from live.media.transport.media_socket import MediaSocket
from live.media.transport.srtp import RTCP_INDEX_MAX, MasterKey, Opener

CONNECT_S_MAX = 15.0
SILENCE_S_MAX = 12.0  # without a sign of life; browsers check every 5 s at most (RFC 7675) and report more often
ASK_S = 2.0  # between two requests that measure the way to a publisher and back
UNANSWERED_MAX = 3  # of them: then the last measurement says nothing any more

Moved = Callable[[Address], None]
OnRtp = Callable[[Sequence[ReceivedPacket]], None]
"""Called with what arrived at once, decrypted."""

OnRtcp = Callable[[bytes, float], None]
"""Called with a decrypted compound packet and its arrival in monotonic seconds."""


class ConnectFailed(Exception):
    """No connection came about: no check in time, or a handshake with somebody else's certificate."""


@dataclass(frozen=True, slots=True)
class Remote:
    """The other end, as its offer describes it."""

    ufrag: str
    password: str
    fingerprints: Sequence[tuple[str, str]]  # of its certificate: algorithm and value


class Peer:
    def __init__(
        self, port: MediaSocket, certificate: Certificate, remote: Remote, on_rtp: OnRtp, on_rtcp: OnRtcp,
        on_moved: Moved | None = None, *, publishes: bool = False,
    ) -> None:  # fmt: skip
        """Raises nothing; reachable on the port from now on until `close`."""
        self.publishes = publishes
        self.ufrag = secrets.token_hex(6).encode()
        self.password = secrets.token_hex(16).encode()
        self.fingerprint = certificate.fingerprint
        self.addresses: list[Address] = []
        self.address: Address | None = None
        self.heard_at = time.monotonic()
        self.round_trip_s: float | None = None  # of a publisher that answers when it is asked
        self.screened = False
        self.closed = False
        self._lost = False  # all the ways to it are
        self._port = port
        self._remote = remote
        self._username = f"{remote.ufrag}:".encode() + self.ufrag
        self._their_password = remote.password.encode()
        self._moving: tuple[Address, bytes] | None = None  # where to, and the transaction that is to prove it
        self._asked: tuple[float, bytes] = 0.0, b""  # when, and the transaction
        self._unanswered = 0
        self._on_rtp, self._on_rtcp, self._on_moved = on_rtp, on_rtcp, on_moved
        self._settled = asyncio.Event()  # connected, or never to be
        self._dtls = Dtls(certificate, remote.fingerprints, self._send)
        self.opener: Opener | None = None
        self._rtcp_index = 0
        self._report_due = 0.0
        self._report_interval_s = 1.0
        port.add(self)

    async def connect(self) -> MasterKey:
        """The key to send with, once the peer has come and proved itself. Raises ConnectFailed."""
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                await self._settled.wait()
        except TimeoutError:
            raise ConnectFailed("timeout") from None
        if not self.connected or self._dtls.sending is None:
            raise ConnectFailed("handshake")
        return self._dtls.sending

    async def close(self) -> None:
        """Say goodbye and be gone. Harmless the second time."""
        if not self.closed:
            self.closed = True
            self._dtls.close()
            self._settled.set()
            self._port.remove(self)

    def gone(self, now: float) -> bool:
        """It said goodbye, or has not been heard of for too long."""
        silent = self.opener is not None and now - self.heard_at > SILENCE_S_MAX
        if silent and self.screened:  # its checks are answered without us
            silent = now - self._port.heard_at(self) > SILENCE_S_MAX
        return self.closed or self._dtls.closed or self._lost or silent

    @property
    def connected(self) -> bool:
        return self.opener is not None and not self._dtls.closed

    @property
    def report_interval_s(self) -> float:
        """How often a plain report is worth the work of opening it."""
        return self._report_interval_s

    @report_interval_s.setter
    def report_interval_s(self, seconds: float) -> None:
        if seconds != self._report_interval_s:
            self._report_interval_s = seconds
            self._port.set_interval(self)

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send a compound packet, if there is somebody to send it to."""
        if self.opener is None or self.address is None or self._rtcp_index >= RTCP_INDEX_MAX:
            return
        self._rtcp_index += 1
        self._port.send(self._sealer.seal_rtcp(packet, self._rtcp_index), self.address)

    def nominate(self, address: Address) -> None:
        """Send there from now on. Once connected, only after it has answered from there.

        Anybody can write a false sender on a datagram: without this, a subscriber could have its media sent to a
        victim. The first address needs no such proof, because the handshake is one."""
        if address == self.address:
            if self._moving is not None:
                self._moving = None
                self._port.screen(self)
        elif self.opener is None:
            self._move(address)
        else:
            if self._moving is None or self._moving[0] != address:
                self._moving = address, secrets.token_bytes(12)
                self._port.screen(self)
            self._port.send(stun.request(self._moving[1], self._username, self._their_password), address)

    def on_stun_answer(self, data: bytes, address: Address) -> None:
        now = time.monotonic()
        asked_at, transaction = self._asked
        if transaction and stun.is_success(data, transaction, self._their_password):
            self._asked = asked_at, b""
            self._unanswered = 0
            self.round_trip_s = now - asked_at
            self.heard_at = now
            return
        moving = self._moving
        if moving is None or moving[0] != address or not stun.is_success(data, moving[1], self._their_password):
            return
        self._moving = None
        self.heard_at = now
        self._move(address)

    @property
    def at_rest(self) -> bool:
        return self.connected and self._moving is None

    def _move(self, address: Address) -> None:
        self.address = address
        if self.opener is not None:
            self._port.settle(self)
        if self._on_moved is not None:
            self._on_moved(address)

    def lose(self, address: Address) -> None:
        """A connection of its has ended."""
        if self.address is address:
            self.address = None
        if not self.addresses:
            self._lost = True

    def tick(self, now: float) -> None:
        if self.opener is None:
            self._dtls.tick()
            if self._dtls.closed:
                self._settled.set()
        elif self.publishes and self.address is not None and now - self._asked[0] >= ASK_S:
            self._ask(self.address)

    def _ask(self, address: Address) -> None:
        """How far away is it? ICE agents answer such requests; who does not is not the worse for it."""
        if self._asked[1]:
            self._unanswered += 1
            if self._unanswered >= UNANSWERED_MAX:
                self.round_trip_s = None
        self._asked = time.monotonic(), secrets.token_bytes(12)
        self._port.send(stun.request(self._asked[1], self._username, self._their_password), address)

    def on_dtls(self, data: bytes) -> None:
        self._dtls.receive(data)
        if self.opener is None and self._dtls.sending is not None and self._dtls.receiving is not None:
            self._sealer = self._port.reading.sealer(self._dtls.sending)
            self.opener = self._port.reading.opener(self._dtls.receiving)
            self.heard_at = time.monotonic()
            self._settled.set()
            self._port.settle(self)
        if self._dtls.closed:
            self._settled.set()

    def on_srtp(self, data: bytes) -> None:
        if self.opener is None or len(data) < 12:
            return
        now = time.monotonic()
        if is_rtcp(data):
            if not self.screened and is_plain_report(data):
                if now < self._report_due:
                    return
                self._report_due = now + self.report_interval_s
            report = self.opener.open_rtcp(data)
            self.on_arrived((), (report,) if report is not None else (), now)
            return
        opened = self.opener.open(data)
        parsed = parse(opened, now) if opened is not None else None
        if parsed is not None:
            self.on_arrived((parsed,), (), now)

    def on_arrived(self, packets: Sequence[ReceivedPacket], reports: Sequence[bytes], now: float) -> None:
        if packets or reports:
            self.heard_at = now
        for report in reports:
            self._on_rtcp(report, now)
        if packets:
            self._on_rtp(packets)

    def _send(self, data: bytes) -> None:
        if self.address is not None:
            self._port.send(data, self.address)

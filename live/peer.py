"""A remote end on the port, publisher or viewer: its ICE credentials, its DTLS and SRTP, whether it is still there."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiortc.rtcdtlstransport import RTCCertificate

from live import stun
from live.dtls import DatagramQueue, Dtls, fingerprint
from live.fanout import Address
from live.port import Port
from live.rtcp import RECEIVER_REPORT
from live.srtp import RTCP_INDEX_MAX, MasterKey, Opener, sealer

CONNECT_S_MAX = 15.0
SILENCE_S_MAX = 20.0  # without a connectivity check; browsers send one every 5 s at most (RFC 7675)
SRTCP_BYTES_MAX = 20  # index and tag behind an encrypted compound
RTCP_TYPES = range(192, 224)  # second byte of RTCP packets (RFC 5761)

Moved = Callable[[Address], None]
Receive = Callable[[bytes, float], None]
"""Called with a decrypted packet and its arrival in monotonic seconds."""


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
        self, port: Port, certificate: RTCCertificate, remote: Remote, on_rtp: Receive, on_rtcp: Receive,
        on_moved: Moved | None = None,
    ) -> None:  # fmt: skip
        """Raises nothing; reachable on the port from now on until `close`."""
        self.ufrag = secrets.token_hex(6).encode()
        self.password = secrets.token_hex(16).encode()
        self.fingerprint = fingerprint(certificate)
        self.addresses: list[Address] = []
        self.address: Address | None = None
        self.heard_at = time.monotonic()
        self.closed = False
        self._port = port
        self._remote = remote
        self._moving: tuple[Address, bytes] | None = None  # where to, and the transaction that is to prove it
        self._on_rtp, self._on_rtcp, self._on_moved = on_rtp, on_rtcp, on_moved
        self._nominated = asyncio.Event()
        self._datagrams = DatagramQueue(self._send)
        self._dtls = Dtls(self._datagrams, certificate)
        self._opener: Opener | None = None
        self._rtcp_index = 0
        self._report_due = 0.0
        self.report_interval_s = 1.0  # how often a plain report is worth the work of opening it
        self.round_trip_s: float | None = None
        port.add(self)

    async def connect(self) -> MasterKey:
        """The key to send with, once the peer has come and proved itself. Raises ConnectFailed."""
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                await self._nominated.wait()
                connected = await self._dtls.handshake(self._remote.fingerprints)
        except TimeoutError:
            raise ConnectFailed("timeout") from None
        if not connected or self._dtls.sending is None or self._dtls.receiving is None:
            raise ConnectFailed("handshake")
        self._sealer = sealer(self._dtls.sending)
        self._opener = Opener(self._dtls.receiving)
        return self._dtls.sending

    async def close(self) -> None:
        """Say goodbye and be gone. Harmless the second time."""
        if not self.closed:
            self.closed = True
            await self._dtls.stop()
            self._datagrams.close()
            self._nominated.set()
            self._port.remove(self)

    def gone(self, now: float) -> bool:
        """It said goodbye, or has not been heard of for too long."""
        return self.closed or self._dtls.closed or now - self.heard_at > SILENCE_S_MAX

    @property
    def connected(self) -> bool:
        return self._opener is not None and not self._dtls.closed

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send a compound packet, if there is somebody to send it to."""
        if self._opener is None or self.address is None or self._rtcp_index >= RTCP_INDEX_MAX:
            return
        self._rtcp_index += 1
        self._port.send(self._sealer.seal_rtcp(packet, self._rtcp_index), self.address)

    def nominate(self, address: Address) -> None:
        """Send there from now on. Once connected, only after it has answered from there.

        Anybody can write a false sender on a datagram: without this, a viewer could have its media sent to a victim.
        The first address needs no such proof, because the handshake is one.
        """
        if address == self.address:
            self._moving = None
        elif self._opener is None:
            self._move(address)
        else:
            if self._moving is None or self._moving[0] != address:
                self._moving = address, secrets.token_bytes(12)
            username = f"{self._remote.ufrag}:".encode() + self.ufrag
            self._port.send(stun.request(self._moving[1], username, self._remote.password.encode()), address)

    def on_stun_answer(self, data: bytes, address: Address) -> None:
        if self._moving is None or self._moving[0] != address:
            return
        if stun.is_success(data, self._moving[1], self._remote.password.encode()):
            self._moving = None
            self._move(address)

    def _move(self, address: Address) -> None:
        self.address = address
        self._nominated.set()
        if self._on_moved is not None:
            self._on_moved(address)

    def on_dtls(self, data: bytes) -> None:
        self._datagrams.put(data)

    def on_srtp(self, data: bytes) -> None:
        if self._opener is None or len(data) < 12:
            return
        if data[1] in RTCP_TYPES:
            if data[1] == RECEIVER_REPORT and len(data) - _first_bytes(data) <= SRTCP_BYTES_MAX:
                now = time.monotonic()  # nothing but a report: how long that is stands in the clear
                if now < self._report_due:
                    return
                self._report_due = now + self.report_interval_s
            opened = self._opener.open_rtcp(data)
            if opened is not None:
                self._on_rtcp(opened, time.monotonic())
        else:
            opened = self._opener.open(data)
            if opened is not None:
                self._on_rtp(opened, time.monotonic())

    def _send(self, data: bytes) -> None:
        if self.address is not None:
            self._port.send(data, self.address)


def _first_bytes(data: bytes) -> int:
    """How long the first packet of a compound is."""
    return 4 + 4 * (data[2] << 8 | data[3])

"""A peer, publisher or subscriber: DTLS and SRTP on top of its ICE agent.

Inwards the agent calls `on_dtls`, `on_srtp`, `on_moved` and `resend_handshake` (`ice_agent.SecureSession`); outwards a
peer calls its agent's `send` and `secure`. The relay uses `connect`, `close`, `gone`, `send_rtcp` and the callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from live.media.rtp.packets import parse
from live.media.rtp.rtcp import is_rtcp
from live.media.transport.addresses import Address
from live.media.transport.dtls import Certificate, Dtls
from live.media.transport.ice_agent import IceAgent, OnRtcp, OnRtp
from live.media.transport.media_socket import MediaSocket
from live.media.transport.srtp import RTCP_INDEX_MAX, MasterKey, Opener, RtcpSealer

CONNECT_S_MAX = 15.0

Moved = Callable[[Address], None]


class ConnectFailed(Exception):
    """No check came in time, or the handshake failed or was made with another certificate."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A peer as its offer describes it."""

    ufrag: str
    password: str
    fingerprints: Sequence[tuple[str, str]]  # of its certificate: algorithm and value
    dtls_server: bool = False  # it waits for our handshake


class Peer:
    def __init__(
        self, port: MediaSocket, certificate: Certificate, remote: Remote, on_rtp: OnRtp, on_rtcp: OnRtcp,
        on_moved: Moved | None = None, *, publishes: bool = False,
    ) -> None:  # fmt: skip
        """Receives datagrams from the media socket until `close`."""
        self.fingerprint = certificate.fingerprint
        self.closed = False
        self.agent = IceAgent(port, self, remote.ufrag, remote.password, on_rtp, on_rtcp, publishes=publishes)
        self._receive_engine = port.receive_engine
        self._on_rtp, self._on_rtcp, self._on_moved = on_rtp, on_rtcp, on_moved
        self.on_closed: Callable[[], None] | None = None  # called soon after the peer has closed the connection
        self._handshake_ended = asyncio.Event()
        self._dtls = Dtls(certificate, remote.fingerprints, self.agent.send, client=remote.dtls_server)
        self._opener: Opener | None = None
        self._sealer: RtcpSealer | None = None
        self._rtcp_index = 0
        port.add(self.agent)

    @property
    def ufrag(self) -> bytes:
        return self.agent.ufrag

    @property
    def password(self) -> bytes:
        return self.agent.password

    @property
    def address(self) -> Address | None:
        """The address we send to."""
        return self.agent.address

    @property
    def round_trip_s(self) -> float | None:
        return self.agent.round_trip_s

    @property
    def connected(self) -> bool:
        return self._opener is not None and not self._dtls.closed

    @property
    def report_interval_s(self) -> float:
        """How often a plain receiver report is worth decrypting."""
        return self.agent.report_interval_s

    @report_interval_s.setter
    def report_interval_s(self, seconds: float) -> None:
        self.agent.set_report_interval(seconds)

    async def connect(self) -> MasterKey:
        """Wait for the handshake and return the send key. Raises ConnectFailed."""
        try:
            async with asyncio.timeout(CONNECT_S_MAX):
                await self._handshake_ended.wait()
        except TimeoutError:
            raise ConnectFailed("timeout") from None
        if not self.connected or self._dtls.sending is None:
            raise ConnectFailed("handshake")
        return self._dtls.sending

    async def close(self) -> None:
        """Send a DTLS closing alert and leave the media socket. Idempotent."""
        if not self.closed:
            self.closed = True
            self._dtls.close()
            self._handshake_ended.set()
            self.agent.close()

    def gone(self, now: float) -> bool:
        """Whether it has closed the connection or timed out."""
        return self.closed or self._dtls.closed or self.agent.is_gone(now)

    def send_rtcp(self, packet: bytes) -> None:
        """Encrypt and send a compound packet. Before the handshake is done it is dropped."""
        if self._sealer is None or self.agent.address is None or self._rtcp_index >= RTCP_INDEX_MAX:
            return
        self._rtcp_index += 1
        self.agent.send(self._sealer.seal_rtcp(packet, self._rtcp_index))

    # -- called by the agent ---------------------------------------------------------------------

    def on_dtls(self, data: bytes) -> None:
        dtls = self._dtls
        dtls.on_datagram(data)
        if self._opener is None and dtls.sending is not None and dtls.receiving is not None:
            self._sealer = self._receive_engine.sealer(dtls.sending)
            self._opener = self._receive_engine.opener(dtls.receiving)
            self.agent.secure(self._opener)
            self._handshake_ended.set()
        if dtls.closed:
            self._handshake_ended.set()
            if self.on_closed is not None:  # not at once: it may remove this peer from the socket that calls us
                asyncio.get_running_loop().call_soon(self.on_closed)

    def on_srtp(self, data: bytes, now: float) -> bool:
        if self._opener is None:
            return False
        if is_rtcp(data):
            report = self._opener.open_rtcp(data)
            if report is None:
                return False
            self._on_rtcp(report, now)
            return True
        opened = self._opener.open(data)
        packet = parse(opened, now) if opened is not None else None
        if packet is None:
            return False
        self._on_rtp((packet,))
        return True

    def on_moved(self, address: Address) -> None:
        self._dtls.begin()
        if self._on_moved is not None:
            self._on_moved(address)

    def resend_handshake(self) -> None:
        self._dtls.resend_flight()
        if self._dtls.closed:
            self._handshake_ended.set()

"""Our ICE-lite agent for one peer (RFC 8445, 2.5): the peer's address, and whether it is still alive.

An agent owns its credentials, the addresses it has learned, the nominated address, a move that is not yet proved, the
last sign of life, and the round-trip time. Data flows one way:

- inwards, `MediaSocket` calls `on_check`, `on_stun_answer`, `on_dtls`, `on_srtp`, `on_media` and `on_stream_lost`;
  the agent passes encrypted datagrams on to its `SecureSession`.
- outwards, the session calls `send` and `secure`; the agent calls `DatagramSocket`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from core.faults import FaultLog
from live.media.rtp.packets import ReceivedPacket
from live.media.rtp.rtcp import RECEIVER_REPORT
from live.media.transport import stun
from live.media.transport.addresses import Address
from live.media.transport.feedback_filter import is_plain_report
from live.media.transport.srtp import Opener
from live.media.transport.tcp import Stream

RTP_BYTES_MIN = 12  # and of a compound RTCP packet with its SRTCP trailer
ADDRESSES_MAX = 8  # a browser tries several before it nominates one
SILENCE_S_MAX = 12.0  # browsers check every 5 s at most (RFC 7675) and report more often
ROUND_TRIP_PROBE_S = 2.0  # between two probes of a publisher
UNPROVED_FACTOR = 3  # bytes we send to an address, for each byte from there, before it is proved (as RFC 9000, 8.1)
HELD_MAX = 8  # datagrams of a handshake that wait for the proof
UNANSWERED_PROBES_MAX = 3  # after this many the last measurement is discarded

_faults = FaultLog("report_failed")

OnRtp = Callable[[Sequence[ReceivedPacket]], None]
"""Called with decrypted packets that were read together."""

OnRtcp = Callable[[bytes, float], None]
"""Called with a decrypted compound packet and its arrival in monotonic seconds."""


class SecureSession(Protocol):
    """The encrypted session above an agent: a `Peer`."""

    def on_dtls(self, data: bytes) -> None: ...

    def on_srtp(self, data: bytes, now: float) -> bool:
        """Decrypt and deliver a packet. Returns whether it was authentic, which proves that the peer is alive."""

    def on_moved(self, address: Address) -> None:
        """Datagrams go to `address` from now on."""

    def resend_handshake(self) -> None:
        """Called ten times a second until `IceAgent.secure`."""


class DatagramSocket(Protocol):
    """What an agent needs from the socket."""

    def send(self, data: bytes, address: Address) -> None: ...

    def last_filtered_check_at(self, agent: IceAgent) -> float:
        """When the feedback filter last answered a check for it, monotonic seconds; 0: never."""

    def update_report_interval(self, agent: IceAgent) -> None:
        """Its `report_interval_s` has changed."""

    def remove(self, agent: IceAgent) -> None: ...


class IceAgent:
    def __init__(
        self, socket: DatagramSocket, session: SecureSession, remote_ufrag: str, remote_password: str,
        on_rtp: OnRtp, on_rtcp: OnRtcp, *, publishes: bool,
    ) -> None:  # fmt: skip
        """`on_rtp` and `on_rtcp` get what a publisher's own socket has decrypted already."""
        self.publishes = publishes
        self.ufrag = secrets.token_hex(6).encode()
        self.password = secrets.token_hex(16).encode()
        self.addresses: list[Address] = []  # each learned from an authenticated check
        self.address: Address | None = None  # nominated: where we send to
        self.heard_at = time.monotonic()  # not counting checks that the feedback filter answers
        self.round_trip_s: float | None = None  # of a publisher that answers our probes
        self.opener: Opener | None = None  # once the session has its keys
        self.report_interval_s = 1.0  # how often a plain receiver report is worth decrypting
        self._socket, self._session = socket, session
        self._on_rtp, self._on_rtcp = on_rtp, on_rtcp
        self._username = f"{remote_ufrag}:".encode() + self.ufrag
        self._remote_password = remote_password.encode()
        self._pending_move: tuple[Address, bytes] | None = None  # the new address, and the transaction that proves it
        self._probe: tuple[float, bytes] = 0.0, b""  # when the last was sent, and its transaction until it is answered
        self._unanswered_probes = 0
        self._proved = False  # whoever has `address` receives what we send there
        self._allowance_bytes = 0  # that may be sent there before
        self._held: list[bytes] = []
        self._report_due_at = 0.0
        self._cut_off = False  # its last TCP connection has ended

    @property
    def connected(self) -> bool:
        return self.opener is not None

    @property
    def settled_address(self) -> Address | None:
        """The peer's address while it is connected and not moving, else None. A plain check from this address
        changes nothing."""
        if self.opener is None or self._pending_move is not None or self.address not in self.addresses:
            return None
        return self.address

    def is_gone(self, now: float) -> bool:
        """Whether consent has expired or its last TCP connection has ended."""
        if self.opener is None or now - self.heard_at <= SILENCE_S_MAX:
            return self._cut_off
        return self._cut_off or now - self._socket.last_filtered_check_at(self) > SILENCE_S_MAX

    # -- called by the session -------------------------------------------------------------------

    def secure(self, opener: Opener) -> None:
        """The handshake is done: from now on a change of address must be proved."""
        self.opener = opener
        self._prove()
        self.heard_at = time.monotonic()

    def send(self, data: bytes) -> None:
        if self.address is None:
            return
        if not self._proved:
            if len(data) > self._allowance_bytes:
                self._hold(data, self.address)
                return
            self._allowance_bytes -= len(data)
        self._socket.send(data, self.address)

    def set_report_interval(self, seconds: float) -> None:
        if seconds != self.report_interval_s:
            self.report_interval_s = seconds
            self._socket.update_report_interval(self)

    def close(self) -> None:
        self._socket.remove(self)
        self.addresses.clear()

    # -- called by the socket --------------------------------------------------------------------

    def on_check(self, data: bytes, request: stun.BindingRequest, address: Address) -> Sequence[Address] | None:
        """Answer a connectivity check and learn its address. Returns the addresses dropped for it, or None if the check
        was not signed with our password: then it is not answered and changes nothing."""
        if not stun.is_authentic(data, request, self.password):
            return None
        seen_as = (address.host, address.port) if isinstance(address, Stream) else address[:2]
        self._socket.send(stun.success(request.transaction, seen_as, self.password), address)
        self.heard_at = time.monotonic()
        given_up = () if address in self.addresses else self._learn(address)
        allowance_bytes = UNPROVED_FACTOR * len(data)  # besides the answer, which is about as long as the check
        if address == self.address:
            self._allow(allowance_bytes)
        if request.use_candidate or len(self.addresses) == 1:
            self._nominate(address, allowance_bytes)
        return given_up

    def on_stun_answer(self, data: bytes, address: Address) -> None:
        now = time.monotonic()
        sent_at, transaction = self._probe
        if transaction and stun.is_success(data, transaction, self._remote_password):
            self._probe = sent_at, b""
            self._unanswered_probes = 0
            self.round_trip_s = now - sent_at
            self.heard_at = now
            return
        move = self._pending_move
        if move is not None and move[0] == address and stun.is_success(data, move[1], self._remote_password):
            self._pending_move = None
            self.heard_at = now
            if address != self.address:
                self._move(address)
            self._prove()

    def on_dtls(self, data: bytes) -> None:
        self._allow(UNPROVED_FACTOR * len(data))
        self._session.on_dtls(data)

    def on_srtp(self, data: bytes, *, filtered: bool) -> None:
        """An encrypted packet. `filtered`: the feedback filter let it through as due."""
        if self.opener is None or len(data) < RTP_BYTES_MIN:
            return
        now = time.monotonic()
        if not filtered and data[1] == RECEIVER_REPORT and is_plain_report(data):
            if now < self._report_due_at:
                return
            self._report_due_at = now + self.report_interval_s
        if self._session.on_srtp(data, now):
            self.heard_at = now

    def on_media(self, packets: Sequence[ReceivedPacket], reports: Sequence[bytes], now: float) -> None:
        """Packets that a publisher's own socket has read and decrypted."""
        if packets or reports:
            self.heard_at = now
        for report in reports:
            try:
                self._on_rtcp(report, now)
            except Exception:  # a report's fault is not that of the packets behind it
                _faults.add()
        if packets:
            self._on_rtp(packets)

    def on_filtered_check(self, at: float) -> None:
        """The feedback filter stops answering for this agent; it last answered a check at this time."""
        self.heard_at = max(self.heard_at, at)

    def on_address_taken(self, address: Address) -> None:
        """Another session has proved to own this address."""
        self.addresses.remove(address)

    def on_stream_lost(self, stream: Stream) -> None:
        """One of its TCP connections has ended."""
        self.addresses.remove(stream)
        if self.address is stream:
            self.address = None
        if not self.addresses:
            self._cut_off = True

    def check_liveness(self, now: float) -> None:
        """Called ten times a second while it connects or publishes."""
        if self.opener is None:
            self._session.resend_handshake()
        elif self.publishes and self.address is not None and now - self._probe[0] >= ROUND_TRIP_PROBE_S:
            self._send_probe(self.address)

    # -- addresses -------------------------------------------------------------------------------

    def _learn(self, address: Address) -> Sequence[Address]:
        self.addresses.append(address)
        if len(self.addresses) <= ADDRESSES_MAX:
            return ()
        oldest = next(a for a in self.addresses if a not in (self.address, address))
        self.addresses.remove(oldest)
        return (oldest,)

    def _nominate(self, address: Address, allowance_bytes: int) -> None:
        """Send to `address`; once connected, only after an answer from there.

        Source addresses can be spoofed: without this proof a subscriber could have its media sent to a victim. Before
        the handshake, which is a proof too, an address gets only a few bytes for each byte that came from there."""
        if address == self.address:
            if self._pending_move is not None and self._pending_move[0] != address:
                self._pending_move = None
        elif self.opener is None:
            self._pending_move = None
            self._move(address, allowance_bytes)
        else:
            if self._pending_move is None or self._pending_move[0] != address:
                self._pending_move = address, secrets.token_bytes(12)
            self._request_binding(self._pending_move[1], address)

    def _move(self, address: Address, allowance_bytes: int = 0) -> None:
        self.address = address
        self._proved = isinstance(address, Stream)  # TCP's handshake is a proof
        self._allowance_bytes = allowance_bytes
        if not self._proved and self.opener is None:
            self._ask_for_proof(address)
        self._session.on_moved(address)

    def _prove(self) -> None:
        """The peer has received something that we sent to its address."""
        self._proved = True
        if self._pending_move is not None and self._pending_move[0] == self.address:
            self._pending_move = None
        self._allow(0)

    def _allow(self, more_bytes: int) -> None:
        """Send what was held, as far as that is allowed now."""
        self._allowance_bytes += more_bytes
        while self._held and (self._proved or len(self._held[0]) <= self._allowance_bytes):
            self.send(self._held.pop(0))

    def _hold(self, data: bytes, address: Address) -> None:
        """Keep a datagram until the address is proved, and ask for a proof."""
        del self._held[: 1 - HELD_MAX]  # the oldest
        self._held.append(data)
        self._ask_for_proof(address)

    def _ask_for_proof(self, address: Address) -> None:
        """As far as that is allowed."""
        transaction = self._pending_move[1] if self._pending_move is not None else secrets.token_bytes(12)
        request = stun.request(transaction, self._username, self._remote_password)
        if len(request) <= self._allowance_bytes:
            self._allowance_bytes -= len(request)
            self._pending_move = address, transaction
            self._socket.send(request, address)

    def _send_probe(self, address: Address) -> None:
        """Measure the round trip with a binding request, which ICE agents answer. No answer has no consequences."""
        if self._probe[1]:
            self._unanswered_probes += 1
            if self._unanswered_probes >= UNANSWERED_PROBES_MAX:
                self.round_trip_s = None
        self._probe = time.monotonic(), secrets.token_bytes(12)
        self._request_binding(self._probe[1], address)

    def _request_binding(self, transaction: bytes, address: Address) -> None:
        self._socket.send(stun.request(transaction, self._username, self._remote_password), address)

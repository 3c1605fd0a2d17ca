"""The fan-out in Python, with OpenSSL's AES: always there.

Subscribers with the same numbers form a cohort: the headers are made once for all of it and only the encryption is per
subscriber. A frame goes to a subscriber in one system call, cut into packets by the kernel (UDP GSO).
"""

from __future__ import annotations

import errno
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress

from live.media.fanout.engine import Address, RewriteOffsets, Route
from live.media.rtp.header import header_bytes, write_header
from live.media.rtp.packets import Packet
from live.media.transport.srtp import TAG_BYTES_GCM, GcmSealer, MasterKey, sealer

SOL_UDP, UDP_SEGMENT = 17, 103  # Linux; the socket module does not name them
SEGMENTS_MAX = 64
DATAGRAM_BYTES_MAX = 65_000  # what one call may hand the kernel

_GSO_REFUSED = {errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.ENOPROTOOPT}

_Extensions = tuple[int, int]
"""The ids of abs-send-time and of the dependency descriptor, 0: none."""

_Cohort = tuple[int, int, _Extensions, RewriteOffsets]
"""SSRC, payload type, header extensions, numbers: subscribers who have all in common get the same headers."""


class PythonRtpSender:
    __slots__ = ("address", "bytes", "cohort", "encrypt_into", "engine", "fanout", "first", "nonce", "packets",
                 "repaired", "route", "seal", "streamed")  # fmt: skip

    def __init__(self, engine: PythonEngine, master: MasterKey, route: Route, address: Address) -> None:
        made = sealer(master)
        self.engine = engine
        self.route = route
        self.address = address
        self.streamed = not isinstance(address, tuple)
        self.packets = self.bytes = 0
        self.first = 0
        self.fanout: PythonFanout | None = None
        self.repaired = secrets.randbits(15)  # SRTP index of the next retransmission
        self.cohort: _Cohort = (route.ssrc, route.payload_type, (route.send_time, route.dependency), RewriteOffsets(0))
        self.seal = made.seal
        # Spread out, because these are used for every packet of every subscriber.
        self.encrypt_into = made.encrypt_into if isinstance(made, GcmSealer) else None
        self.nonce = made.salt ^ route.ssrc << 48 if isinstance(made, GcmSealer) else 0

    @property
    def offsets(self) -> RewriteOffsets:
        return self.cohort[3]

    def set_offsets(self, offsets: RewriteOffsets, first: int) -> None:
        if self.fanout is not None:
            raise ValueError("the outlet is in a fan-out")
        if first < max(0, offsets.origin):
            raise ValueError("first must not lie before the origin")
        self.cohort = (*self.cohort[:3], offsets)
        self.first = first

    def move(self, address: Address) -> None:
        self.address = address
        self.streamed = not isinstance(address, tuple)

    def repeat(self, packets: Sequence[Packet], offsets: RewriteOffsets, send_time: int) -> None:
        route = self.route
        if any(packet.sequence < offsets.origin for packet in packets):
            raise ValueError("a packet before the origin cannot have been sent")
        for packet in packets:
            index, payload = packet.sequence - offsets.origin, _payload(packet, offsets)
            if not route.repair_type:
                self._send_one(packet, route.payload_type, index, offsets, route.ssrc, packet.send_time, payload)
                continue
            was = (index & 0xFFFF).to_bytes(2, "big")
            self._send_one(
                packet, route.repair_type, self.repaired, offsets, route.repair_ssrc, send_time, was + payload
            )
            self.repaired += 1

    def _send_one(
        self,
        packet: Packet,
        payload_type: int,
        index: int,
        offsets: RewriteOffsets,
        ssrc: int,
        send_time: int,
        payload: bytes,
    ) -> None:
        extensions = self.cohort[2]
        header = bytearray(header_bytes(packet, *extensions))
        write_header(header, packet, payload_type, index, offsets.timestamp, offsets.frame, ssrc, extensions, send_time)
        datagram = bytes(header) + self.seal(ssrc, index, bytes(header), payload)
        if self.streamed:
            self.packets += 1
            self.bytes += len(datagram)
            self.address.write(len(datagram).to_bytes(2, "big") + datagram)
        else:
            self.send_singly((datagram,))

    def send_singly(self, datagrams: Sequence[bytes | memoryview]) -> None:
        for datagram in datagrams:
            try:
                self.bytes += self.engine.socket.sendto(datagram, self.address)
                self.packets += 1
            except OSError:
                self.engine.dropped += 1


def _payload(packet: Packet, offsets: RewriteOffsets) -> bytes:
    """With the VP8 picture id and TL0PICIDX this subscriber has got to."""
    if not packet.picture_at or not (offsets.picture or offsets.tl0):
        return packet.payload
    patched, at = bytearray(packet.payload), packet.picture_at
    picture = (patched[at] << 8 | patched[at + 1]) + offsets.picture & 0x7FFF
    patched[at], patched[at + 1] = picture >> 8 | 0x80, picture & 0xFF
    if packet.tl0_at:
        patched[packet.tl0_at] = patched[packet.tl0_at] + offsets.tl0 & 0xFF
    return bytes(patched)


class _Run:
    """Packets the kernel can cut apart: all of one size, the last perhaps shorter. They stand one behind the other in
    the buffer, for everybody at the same places; each subscriber's ciphertext is written over that of the one
    before."""

    __slots__ = ("bytes", "packets", "segment")

    def __init__(self, segment: int) -> None:
        self.segment = segment  # bytes of each packet on the wire
        self.bytes = 0
        self.packets: list[tuple[Packet, memoryview, memoryview]] = []  # and where header and ciphertext go

    def fits(self, size: int) -> bool:
        count = len(self.packets)
        return (
            size <= self.segment
            and self.bytes == count * self.segment  # a shorter one ends a run
            and count < SEGMENTS_MAX
            and self.bytes + size <= DATAGRAM_BYTES_MAX
        )


class PythonFanout:
    def __init__(self, engine: PythonEngine) -> None:
        self._engine = engine
        self._cohorts: dict[_Cohort, list[PythonRtpSender]] = {}
        self._buffer = memoryview(bytearray(DATAGRAM_BYTES_MAX))
        self._newest_first = 0  # nobody's first packet is after this one
        self._segment = 0  # what the socket is set to cut into

    def add(self, sender: PythonRtpSender) -> None:
        if sender.fanout is not None:
            raise ValueError("the outlet is in a fan-out")
        sender.fanout = self
        self._cohorts.setdefault(sender.cohort, []).append(sender)
        self._newest_first = max(self._newest_first, sender.first)

    def remove(self, sender: PythonRtpSender) -> None:
        if sender.fanout is not self:
            raise ValueError("the outlet is not in this fan-out")
        sender.fanout = None
        senders = self._cohorts[sender.cohort]
        senders.remove(sender)
        if not senders:
            del self._cohorts[sender.cohort]

    def send(self, packets: Sequence[Packet]) -> None:
        oldest = min([packet.sequence for packet in packets])
        plans: dict[_Extensions, list[_Run]] = {}
        # Copied, because who is written to by TCP may leave then.
        for cohort, senders in tuple(self._cohorts.items()):
            if oldest < self._newest_first:
                for sender in tuple(senders):
                    self._send_from(sender.first, packets, sender)
                continue
            extensions = cohort[2]
            if extensions not in plans:
                plans[extensions] = self._plan(packets, extensions)
            self._send(plans[extensions], cohort, senders)
        self._cut(0)

    def send_to(self, sender: PythonRtpSender, packets: Sequence[Packet]) -> None:
        self._send_from(sender.first, packets, sender)
        self._cut(0)

    def _send_from(self, first: int, packets: Sequence[Packet], sender: PythonRtpSender) -> None:
        kept = [packet for packet in packets if packet.sequence >= first]
        self._send(self._plan(kept, sender.cohort[2]), sender.cohort, (sender,))

    def _plan(self, packets: Sequence[Packet], extensions: _Extensions) -> list[_Run]:
        runs: list[_Run] = []
        for packet in packets:
            header = header_bytes(packet, *extensions)
            size = header + len(packet.payload) + TAG_BYTES_GCM
            if not runs or not self._engine.gso or not runs[-1].fits(size):
                runs.append(_Run(size))
            run = runs[-1]
            start, body = run.bytes, run.bytes + header
            run.bytes += size
            run.packets.append((packet, self._buffer[start:body], self._buffer[body : run.bytes]))
        return runs

    def _send(self, runs: Sequence[_Run], cohort: _Cohort, senders: Sequence[PythonRtpSender]) -> None:
        """The innermost loop: once for each subscriber and run, and inside it once for each packet."""
        ssrc, payload_type, extensions, offsets = cohort
        origin, shift, frames = offsets.origin, offsets.timestamp, offsets.frame
        counts = offsets.picture or offsets.tl0
        sendto = self._engine.socket.sendto
        for run in runs:
            packets, count, size = [], len(run.packets), run.bytes
            for packet, head, place in run.packets:
                index = packet.sequence - origin
                write_header(head, packet, payload_type, index, shift, frames, ssrc, extensions, packet.send_time)
                packets.append((index, _payload(packet, offsets) if counts else packet.payload, head, place))
            datagram = self._buffer[:size]
            self._cut(run.segment if count > 1 else 0)
            others = []
            for sender in senders:
                encrypt_into, nonce = sender.encrypt_into, sender.nonce
                if encrypt_into is None or sender.streamed:
                    others.append(sender)
                    continue
                for index, payload, head, place in packets:
                    encrypt_into((nonce ^ index).to_bytes(12, "big"), payload, head, place)
                try:
                    sendto(datagram, sender.address)
                except OSError as error:
                    self._not_sent(run, datagram, sender, error)
                    continue
                sender.packets += count
                sender.bytes += size
            if others:
                self._send_sealed(packets, others)

    def _cut(self, segment: int) -> None:
        """Have the kernel cut what is sent into packets of that size; 0: as it is. Set on the socket rather than with
        each send, which costs less: nobody else sends meanwhile."""
        if segment != self._segment:
            self._segment = segment
            with suppress(OSError):  # the socket is closed
                self._engine.socket.setsockopt(SOL_UDP, UDP_SEGMENT, segment)

    def _not_sent(self, run: _Run, datagram: memoryview, sender: PythonRtpSender, error: OSError) -> None:
        """No room, or no way there: it is lost, as on any network. Unless it is this route that does not take GSO: the
        packets are bigger than its MTU, or its device cannot."""
        if len(run.packets) == 1 or error.errno not in _GSO_REFUSED:
            self._engine.dropped += len(run.packets)
            return
        self._cut(0)
        sender.send_singly([datagram[start : start + run.segment] for start in range(0, run.bytes, run.segment)])
        self._cut(run.segment)

    def _send_sealed(
        self, packets: Sequence[tuple[int, bytes, memoryview, memoryview]], senders: Sequence[PythonRtpSender]
    ) -> None:
        """For subscribers without GCM, a packet at a time, and for those reached by TCP."""
        self._cut(0)
        headed = [(index, payload, bytes(head)) for index, payload, head, _ in packets]
        for sender in senders:
            ssrc, seal = sender.route.ssrc, sender.seal
            sealed = [header + seal(ssrc, index, header, payload) for index, payload, header in headed]
            if not sender.streamed:
                sender.send_singly(sealed)
                continue
            sender.packets += len(sealed)
            sender.bytes += sum(map(len, sealed))
            sender.address.write(b"".join([len(data).to_bytes(2, "big") + data for data in sealed]))


class PythonEngine:
    name = "Python"

    def __init__(self, sock: socket.socket, *, gso: bool | None = None) -> None:
        self.socket = sock
        self.gso = gso_available(sock) if gso is None else gso
        self.dropped = 0  # packets that were lost before they reached the network

    def sender(self, master: MasterKey, route: Route, address: Address) -> PythonRtpSender:
        return PythonRtpSender(self, master, route, address)

    def fanout(self) -> PythonFanout:
        return PythonFanout(self)


def gso_available(sock: socket.socket) -> bool:
    """Whether this kernel cuts a buffer into datagrams for us (Linux 4.18 and later)."""
    try:
        sock.getsockopt(SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True

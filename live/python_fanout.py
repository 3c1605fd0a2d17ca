"""The fan-out in Python, with OpenSSL's AES: always there.

Viewers with the same numbers form a cohort: the headers are made once for all of it and only the encryption is per
viewer. A frame goes to a viewer in one system call, cut into packets by the kernel (UDP GSO).
"""

from __future__ import annotations

import errno
import secrets
import socket
import struct
from collections.abc import Sequence
from typing import Any

from live.fanout import Address, Numbers, Route
from live.rtp import HEADER_BYTES, Packet
from live.srtp import TAG_BYTES_GCM, GcmSealer, MasterKey, sealer

SOL_UDP, UDP_SEGMENT = 17, 103  # Linux; the socket module does not name them
SEGMENTS_MAX = 64
DATAGRAM_BYTES_MAX = 65_000  # what one call may hand the kernel

_HEADER = struct.Struct("!BBHLL")
_SEND_TIME = struct.Struct("!HHB")  # one-byte header extensions, one word of them, id and length
_GSO_REFUSED = {errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.ENOPROTOOPT}

_Cohort = tuple[int, int, int, Numbers]
"""SSRC, payload type, id of abs-send-time, numbers: viewers who have all in common get the same headers."""


class PythonOutlet:
    __slots__ = ("_seal", "_socket", "address", "bytes", "cohort", "encrypt_into", "first", "nonce", "packets",
                 "repaired", "route", "seal", "streamed")  # fmt: skip

    def __init__(self, sock: socket.socket, master: MasterKey, route: Route, address: Address) -> None:
        made = sealer(master)
        self._socket = sock
        self.route = route
        self.address = address
        self.streamed = not isinstance(address, tuple)
        self.packets = self.bytes = 0
        self.first = 0
        self.repaired = secrets.randbits(15)  # SRTP index of the next retransmission
        self.cohort: _Cohort = (route.ssrc, route.payload_type, route.send_time, Numbers(0))
        self.seal = made.seal
        # Spread out, because these are used for every packet of every viewer.
        self.encrypt_into = made.encrypt_into if isinstance(made, GcmSealer) else None
        self.nonce = made.salt ^ route.ssrc << 48 if isinstance(made, GcmSealer) else 0

    @property
    def numbers(self) -> Numbers:
        return self.cohort[3]

    def renumber(self, numbers: Numbers, first: int) -> None:
        self.cohort = (*self.cohort[:3], numbers)
        self.first = first

    def move(self, address: Address) -> None:
        self.address = address
        self.streamed = not isinstance(address, tuple)

    def repeat(self, packets: Sequence[Packet], numbers: Numbers, send_time: int) -> None:
        route = self.route
        if not route.repair_type:
            for packet in packets:
                self.post(packet, numbers)
            return
        for packet in packets:
            index = self.repaired
            self.repaired += 1
            was = (packet.sequence - numbers.origin & 0xFFFF).to_bytes(2, "big")
            header = _header(
                packet, route.repair_type, index, numbers.timestamp, route.repair_ssrc, route.send_time, send_time
            )
            self._hand_over(header, route.repair_ssrc, index, was + _payload(packet, numbers))

    def post(self, packet: Packet, numbers: Numbers) -> None:
        """Send one packet by itself."""
        route, index = self.route, packet.sequence - numbers.origin
        header = _header(
            packet, route.payload_type, index, numbers.timestamp, route.ssrc, route.send_time, packet.send_time
        )
        self._hand_over(header, route.ssrc, index, _payload(packet, numbers))

    def _hand_over(self, header: bytes, ssrc: int, index: int, payload: bytes) -> None:
        datagram = header + self.seal(ssrc, index, header, payload)
        if self.streamed:
            self.address.write(len(datagram).to_bytes(2, "big") + datagram)
        else:
            try:
                self._socket.sendto(datagram, self.address)
            except OSError:
                return
        self.packets += 1
        self.bytes += len(datagram)


def _header(
    packet: Packet, payload_type: int, index: int, timestamp_shift: int, ssrc: int, extension: int, send_time: int
) -> bytes:
    first = 0xA0 if packet.padded else 0x80
    header = _HEADER.pack(
        first | 0x10 if extension else first,
        payload_type | 0x80 if packet.marker else payload_type,
        index & 0xFFFF,
        packet.timestamp + timestamp_shift & 0xFFFFFFFF,
        ssrc,
    )
    if not extension:
        return header
    return header + _SEND_TIME.pack(0xBEDE, 1, extension << 4 | 2) + send_time.to_bytes(3, "big")


def _payload(packet: Packet, numbers: Numbers) -> bytes:
    """With the VP8 picture id and TL0PICIDX this viewer has got to."""
    if not packet.picture_at or not (numbers.picture or numbers.tl0):
        return packet.payload
    patched, at = bytearray(packet.payload), packet.picture_at
    picture = (patched[at] << 8 | patched[at + 1]) + numbers.picture & 0x7FFF
    patched[at], patched[at + 1] = picture >> 8 | 0x80, picture & 0xFF
    if packet.tl0_at:
        patched[packet.tl0_at] = patched[packet.tl0_at] + numbers.tl0 & 0xFF
    return bytes(patched)


class _Run:
    """Packets the kernel can cut apart: all of one size, the last perhaps shorter. They stand one behind the other in
    a buffer, headers in place; each viewer's ciphertext is written over that of the one before."""

    __slots__ = ("bytes", "packets", "segment")

    def __init__(self, segment: int) -> None:
        self.segment = segment  # bytes of each packet on the wire
        self.bytes = 0
        self.packets: list[tuple[int, bytes, bytes, memoryview]] = []  # index, payload, header, where to


class PythonFanout:
    def __init__(self, sock: socket.socket, gso: bool) -> None:
        self._socket = sock
        self._gso = gso
        self._cohorts: dict[_Cohort, list[PythonOutlet]] = {}
        self._buffer = memoryview(bytearray(DATAGRAM_BYTES_MAX))
        self._newest = -1

    def add(self, outlet: PythonOutlet) -> None:
        self._cohorts.setdefault(outlet.cohort, []).append(outlet)

    def remove(self, outlet: PythonOutlet) -> None:
        outlets = self._cohorts[outlet.cohort]
        outlets.remove(outlet)
        if not outlets:
            del self._cohorts[outlet.cohort]

    def send(self, packets: Sequence[Packet]) -> None:
        late = packets[0].sequence <= self._newest
        self._newest = max(self._newest, packets[-1].sequence)
        for cohort, outlets in self._cohorts.items():
            if late:
                self._send(packets, cohort, [o for o in outlets if o.first <= packets[0].sequence])
            else:
                self._send(packets, cohort, outlets)

    def send_to(self, outlet: PythonOutlet, packets: Sequence[Packet]) -> None:
        self._send([p for p in packets if p.sequence >= outlet.first], outlet.cohort, (outlet,))

    def _send(self, packets: Sequence[Packet], cohort: _Cohort, outlets: Sequence[PythonOutlet]) -> None:
        run: _Run | None = None
        overhead = HEADER_BYTES + (8 if cohort[2] else 0) + TAG_BYTES_GCM
        for packet in packets:
            size = overhead + len(packet.payload)
            if run is None or not self._fits(run, size):
                if run is not None:
                    self._send_run(run, outlets)
                run = _Run(size)
            self._append(run, packet, cohort, size)
        if run is not None:
            self._send_run(run, outlets)

    def _fits(self, run: _Run, size: int) -> bool:
        count = len(run.packets)
        return (
            self._gso
            and size <= run.segment
            and run.bytes == count * run.segment  # a shorter one ends a run
            and count < SEGMENTS_MAX
            and run.bytes + size <= DATAGRAM_BYTES_MAX
        )

    def _append(self, run: _Run, packet: Packet, cohort: _Cohort, size: int) -> None:
        ssrc, payload_type, extension, numbers = cohort
        index = packet.sequence - numbers.origin
        header = _header(packet, payload_type, index, numbers.timestamp, ssrc, extension, packet.send_time)
        start, end = run.bytes, run.bytes + size
        body = start + len(header)
        self._buffer[start:body] = header
        run.packets.append((index, _payload(packet, numbers), header, self._buffer[body:end]))
        run.bytes = end

    def _send_run(self, run: _Run, outlets: Sequence[PythonOutlet]) -> None:
        """The innermost loop: once for each viewer and run, and inside it once for each packet."""
        sendto, packets, count, size = self._socket.sendto, run.packets, len(run.packets), run.bytes
        datagram = self._buffer[:size]
        if count > 1:  # on the socket rather than with each send: nobody else sends meanwhile
            self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, run.segment)
        for outlet in outlets:
            encrypt_into = outlet.encrypt_into
            if encrypt_into is None or outlet.streamed:
                self._send_sealed(run, outlet)
                continue
            nonce = outlet.nonce
            for index, payload, header, place in packets:
                encrypt_into((nonce ^ index).to_bytes(12, "big"), payload, header, place)
            try:
                sendto(datagram, outlet.address)
            except OSError as error:
                if count > 1 and error.errno in _GSO_REFUSED:
                    self._send_singly(run, datagram, outlet.address)
                continue  # else no room, or no way there: it is lost, as on any network
            outlet.packets += count
            outlet.bytes += size
        if count > 1:
            self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, 0)

    def _send_singly(self, run: _Run, datagram: memoryview, address: Address) -> None:
        """This route does not take GSO: the packets are bigger than its MTU, or its device cannot."""
        self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, 0)
        for start in range(0, run.bytes, run.segment):
            self._sendto(datagram[start : start + run.segment], address)
        self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, run.segment)

    def _send_sealed(self, run: _Run, outlet: PythonOutlet) -> None:
        """For viewers without GCM, a packet at a time, and for those reached by TCP."""
        ssrc = outlet.cohort[0]
        sealed = [header + outlet.seal(ssrc, index, header, payload) for index, payload, header, _ in run.packets]
        if outlet.streamed:
            outlet.address.write(b"".join([len(data).to_bytes(2, "big") + data for data in sealed]))
        else:
            for data in sealed:
                self._sendto(data, outlet.address)
        outlet.packets += len(sealed)
        outlet.bytes += sum(map(len, sealed))

    def _sendto(self, data: Any, address: Address) -> None:
        try:
            self._socket.sendto(data, address)
        except OSError:
            return


class PythonEngine:
    name = "Python"

    def __init__(self, sock: socket.socket, *, gso: bool | None = None) -> None:
        self._socket = sock
        self._gso = gso_available(sock) if gso is None else gso

    def outlet(self, master: MasterKey, route: Route, address: Address) -> PythonOutlet:
        return PythonOutlet(self._socket, master, route, address)

    def fanout(self) -> PythonFanout:
        return PythonFanout(self._socket, self._gso)


def gso_available(sock: socket.socket) -> bool:
    """Whether this kernel cuts a buffer into datagrams for us (Linux 4.18 and later)."""
    try:
        sock.getsockopt(SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True

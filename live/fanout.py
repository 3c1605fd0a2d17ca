"""One track's packets to all its viewers: the hot path of the server.

Everybody gets the same numbers, so the headers are made once for all and only the encryption is per viewer. What
differs is the payload type a viewer's offer chose, and where it joined: SRTP receivers take the first packet to be of
rollover zero, so a viewer's index counts from a multiple of 2^15 shortly before it joined. Viewers who have both in
common form a cohort. A frame goes to a viewer in one system call, cut into packets by the kernel (UDP GSO).
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Sequence
from typing import Any, Protocol

from live.rtp import HEADER_BYTES, Packet
from live.srtp import TAG_BYTES_GCM, GcmSealer, MasterKey, sealer
from live.tcp import Stream, framed

Address = tuple[Any, ...] | Stream
"""As the UDP socket gives it: host, port, and for IPv6 two numbers more. Or a TCP connection."""

SOL_UDP, UDP_SEGMENT = 17, 103  # Linux; the socket module does not name them
SEGMENTS_MAX = 64
DATAGRAM_BYTES_MAX = 65_000  # what one call may hand the kernel
ORIGIN_STEP = 1 << 15
LATE_PACKETS_MAX = 2048  # how far back a packet may lie behind where a viewer joined

_HEADER = struct.Struct("!BBHLL")
_GSO_REFUSED = {errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP, errno.ENOPROTOOPT}


class Outlet(Protocol):
    """One viewer's place in a fan-out."""

    @property
    def origin(self) -> int:
        """What to add to an SRTP index of this viewer to get the track's extended sequence number."""

    @property
    def packets(self) -> int:
        """Packets handed to the kernel for this viewer."""


class Fanout(Protocol):
    """Sends one track. Every implementation passes tests/live/test_fanout.py."""

    ssrc: int

    def add(self, master: MasterKey, payload_type: int, sequence: int, address: Address) -> Outlet:
        """A viewer who gets packets from extended number `sequence` on, and now and then a late one from before."""

    def move(self, outlet: Any, address: Address) -> None:
        """The viewer is somewhere else now."""

    def remove(self, outlet: Any) -> None: ...

    def send(self, packets: Sequence[Packet]) -> None:
        """To everybody. Packets of a frame together cost least. What the kernel has no room for is dropped."""

    def send_to(self, outlet: Any, packets: Sequence[Packet]) -> None:
        """To one: packets it lost, or missed by joining late. They must be the very packets `send` gets or got."""


class _Cohort:
    """Viewers for whom the same headers are right."""

    __slots__ = ("origin", "outlets", "payload_type")

    def __init__(self, payload_type: int, origin: int) -> None:
        self.payload_type = payload_type
        self.origin = origin  # modulo 2^16
        self.outlets: list[PythonOutlet] = []


class PythonOutlet:
    __slots__ = ("address", "cohort", "encrypt_into", "nonce", "origin", "packets", "seal")

    def __init__(self, master: MasterKey, ssrc: int, origin: int, address: Address, cohort: _Cohort) -> None:
        made = sealer(master)
        self.address = address
        self.cohort = cohort
        self.origin = origin
        self.packets = 0
        self.seal = made.seal
        # Spread out, because these are used for every packet of every viewer.
        self.encrypt_into = made.encrypt_into if isinstance(made, GcmSealer) else None
        self.nonce = made.salt ^ ssrc << 48 if isinstance(made, GcmSealer) else 0


class _Run:
    """Packets the kernel can cut apart: all of one size, the last perhaps shorter. They stand one behind the other in
    a buffer, headers in place; each viewer's ciphertext is written over that of the one before."""

    __slots__ = ("bytes", "packets", "segment")

    def __init__(self, segment: int) -> None:
        self.segment = segment  # bytes of each packet on the wire
        self.bytes = 0
        self.packets: list[tuple[int, bytes, bytes, memoryview]] = []  # extended number, payload, header, where to


class PythonFanout:
    """In Python, with OpenSSL's AES: always there."""

    def __init__(self, sock: socket.socket, ssrc: int, *, gso: bool | None = None) -> None:
        self.ssrc = ssrc
        self._socket = sock
        self._gso = gso_available(sock) if gso is None else gso
        self._cohorts: dict[tuple[int, int], _Cohort] = {}
        self._buffer = memoryview(bytearray(DATAGRAM_BYTES_MAX))

    def add(self, master: MasterKey, payload_type: int, sequence: int, address: Address) -> PythonOutlet:
        earliest = max(0, sequence - LATE_PACKETS_MAX)
        origin = earliest - earliest % ORIGIN_STEP
        key = payload_type, origin & 0xFFFF
        cohort = self._cohorts.get(key)
        if cohort is None:
            cohort = self._cohorts[key] = _Cohort(*key)
        outlet = PythonOutlet(master, self.ssrc, origin, address, cohort)
        cohort.outlets.append(outlet)
        return outlet

    def move(self, outlet: PythonOutlet, address: Address) -> None:
        outlet.address = address

    def remove(self, outlet: PythonOutlet) -> None:
        cohort = outlet.cohort
        cohort.outlets.remove(outlet)
        if not cohort.outlets:
            self._cohorts.pop((cohort.payload_type, cohort.origin), None)

    def send(self, packets: Sequence[Packet]) -> None:
        for cohort in self._cohorts.values():
            self._send(packets, cohort, cohort.outlets)

    def send_to(self, outlet: PythonOutlet, packets: Sequence[Packet]) -> None:
        self._send(packets, outlet.cohort, (outlet,))

    def _send(self, packets: Sequence[Packet], cohort: _Cohort, outlets: Sequence[PythonOutlet]) -> None:
        run: _Run | None = None
        for packet in packets:
            size = HEADER_BYTES + len(packet.payload) + TAG_BYTES_GCM
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
        header = _HEADER.pack(
            0xA0 if packet.padded else 0x80,
            cohort.payload_type | 0x80 if packet.marker else cohort.payload_type,
            packet.sequence - cohort.origin & 0xFFFF,
            packet.timestamp,
            self.ssrc,
        )
        start, end = run.bytes, run.bytes + size
        self._buffer[start : start + HEADER_BYTES] = header
        run.packets.append((packet.sequence, packet.payload, header, self._buffer[start + HEADER_BYTES : end]))
        run.bytes = end

    def _send_run(self, run: _Run, outlets: Sequence[PythonOutlet]) -> None:
        """The innermost loop: once for each viewer and run, and inside it once for each packet."""
        sendto, packets, count, datagram = self._socket.sendto, run.packets, len(run.packets), self._buffer[: run.bytes]
        if count > 1:  # on the socket rather than with each send: nobody else sends meanwhile
            self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, run.segment)
        for outlet in outlets:
            encrypt_into = outlet.encrypt_into
            if encrypt_into is None:
                self._send_sealed(run, outlet)
                continue
            nonce, origin = outlet.nonce, outlet.origin
            for sequence, payload, header, place in packets:
                encrypt_into((nonce ^ sequence - origin).to_bytes(12, "big"), payload, header, place)
            if isinstance(outlet.address, Stream):
                outlet.address.write(
                    framed([datagram[at : at + run.segment] for at in range(0, run.bytes, run.segment)])
                )
                outlet.packets += count
                continue
            try:
                sendto(datagram, outlet.address)
            except OSError as error:
                if count > 1 and error.errno in _GSO_REFUSED:
                    self._send_singly(run, datagram, outlet.address)
                continue  # else no room, or no way there: it is lost, as on any network
            outlet.packets += count
        if count > 1:
            self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, 0)

    def _send_sealed(self, run: _Run, outlet: PythonOutlet) -> None:
        """The slower profile, a packet at a time."""
        for sequence, payload, header, _ in run.packets:
            sealed = header + outlet.seal(self.ssrc, sequence - outlet.origin, header, payload)
            try:
                if isinstance(outlet.address, Stream):
                    outlet.address.send(sealed)
                else:
                    self._socket.sendto(sealed, outlet.address)
            except OSError:
                continue
            outlet.packets += 1

    def _send_singly(self, run: _Run, datagram: memoryview, address: tuple[Any, ...]) -> None:
        """This route does not take GSO: the packets are bigger than its MTU, or its device cannot."""
        self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, 0)
        for start in range(0, run.bytes, run.segment):
            try:
                self._socket.sendto(datagram[start : start + run.segment], address)
            except OSError:
                continue
        self._socket.setsockopt(SOL_UDP, UDP_SEGMENT, run.segment)


def gso_available(sock: socket.socket) -> bool:
    """Whether this kernel cuts one big send into many packets (Linux 4.18 and later)."""
    try:
        sock.getsockopt(SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True

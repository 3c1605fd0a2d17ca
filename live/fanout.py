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

from live.rtp import Packet
from live.srtp import GcmSealer, MasterKey, sealer

Address = tuple[Any, ...]
"""As the socket gives it: host, port, and for IPv6 two numbers more."""

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
    __slots__ = ("_sealer", "address", "cohort", "encrypt", "nonce", "origin", "packets", "seal")

    def __init__(self, master: MasterKey, ssrc: int, origin: int, address: Address, cohort: _Cohort) -> None:
        made = sealer(master)
        self.address = address
        self.cohort = cohort
        self.origin = origin
        self.packets = 0
        self.seal = made.seal
        # Spread out, because these are used for every packet of every viewer.
        self.encrypt = made.encrypt if isinstance(made, GcmSealer) else None
        self.nonce = made.salt ^ ssrc << 48 if isinstance(made, GcmSealer) else 0


_Frame = list[tuple[bytes, bytes, int]]  # header, payload, extended number


class PythonFanout:
    """In Python, with OpenSSL's AES: always there."""

    def __init__(self, sock: socket.socket, ssrc: int, *, gso: bool | None = None) -> None:
        self.ssrc = ssrc
        self._sendto = sock.sendto
        self._sendmsg = sock.sendmsg
        self._gso = gso_available(sock) if gso is None else gso
        self._cohorts: dict[tuple[int, int], _Cohort] = {}

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
            for frame, size in self._runs(packets, cohort):
                self._send_run(frame, size, cohort.outlets)

    def send_to(self, outlet: PythonOutlet, packets: Sequence[Packet]) -> None:
        for frame, size in self._runs(packets, outlet.cohort):
            self._send_run(frame, size, (outlet,))

    def _runs(self, packets: Sequence[Packet], cohort: _Cohort) -> list[tuple[_Frame, int]]:
        """Packets with their headers, in runs the kernel can cut apart: all of one size, a shorter one last."""
        runs: list[tuple[_Frame, int]] = []
        frame: _Frame = []
        size = room = 0  # of the payloads of this run; packets it still takes
        for packet in packets:
            header = _HEADER.pack(
                0xA0 if packet.padded else 0x80,
                cohort.payload_type | 0x80 if packet.marker else cohort.payload_type,
                packet.sequence - cohort.origin & 0xFFFF,
                packet.timestamp,
                self.ssrc,
            )
            length = len(packet.payload)
            if room <= 0 or length > size:
                frame, size = [], length
                room = min(SEGMENTS_MAX, DATAGRAM_BYTES_MAX // (length + 28)) if self._gso else 1
                runs.append((frame, length))
            frame.append((header, packet.payload, packet.sequence))
            room = 0 if length < size else room - 1
        return runs

    def _send_run(self, frame: _Frame, size: int, outlets: Sequence[PythonOutlet]) -> None:
        sendto, sendmsg, join, many = self._sendto, self._sendmsg, b"".join, len(frame)
        segment = [(SOL_UDP, UDP_SEGMENT, struct.pack("=H", _HEADER.size + size + 16))]  # 16: GCM's tag
        for outlet in outlets:
            encrypt = outlet.encrypt
            if encrypt is None:
                self._send_sealed(frame, outlet)
                continue
            nonce, origin = outlet.nonce, outlet.origin
            parts: list[bytes] = []
            for header, payload, sequence in frame:
                parts += header, encrypt((nonce ^ sequence - origin).to_bytes(12, "big"), payload, header)
            try:
                if many == 1:
                    sendto(join(parts), outlet.address)
                else:
                    sendmsg((join(parts),), segment, 0, outlet.address)
            except OSError as error:
                if many == 1 or error.errno not in _GSO_REFUSED:
                    continue  # no room, or no way there: it is lost, as on any network
                self._send_singly(parts, outlet)
            outlet.packets += many

    def _send_sealed(self, frame: _Frame, outlet: PythonOutlet) -> None:
        """The slower profile, a packet at a time."""
        for header, payload, sequence in frame:
            sealed = outlet.seal(self.ssrc, sequence - outlet.origin, header, payload)
            try:
                self._sendto(header + sealed, outlet.address)
                outlet.packets += 1
            except OSError:
                continue

    def _send_singly(self, parts: list[bytes], outlet: PythonOutlet) -> None:
        """This route does not take GSO: a packet bigger than its MTU, or a device that cannot."""
        for at in range(0, len(parts), 2):
            try:
                self._sendto(parts[at] + parts[at + 1], outlet.address)
            except OSError:
                continue


def gso_available(sock: socket.socket) -> bool:
    """Whether this kernel cuts one big send into many packets (Linux 4.18 and later)."""
    try:
        sock.getsockopt(SOL_UDP, UDP_SEGMENT)
    except OSError:
        return False
    return True

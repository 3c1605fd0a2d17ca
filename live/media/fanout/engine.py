"""What sends a forwarded stream's packets to its subscribers: the hot path of the server, in two implementations.

Everybody in a fan-out gets the same packets. What differs from subscriber to subscriber are the key, the address, the
payload type its offer chose, and its numbers: where it joined, and what it watched before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from live.media.rtp.packets import Packet
from live.media.transport.srtp import MasterKey

Address = Any
"""As the UDP socket gives it: host, port, and for IPv6 two numbers more. Or a `live.media.transport.tcp.Stream`, a TCP
connection."""

ORIGIN_STEP = 1 << 15
LATE_PACKETS_MAX = 2048  # how far back a packet may lie behind where a subscriber joined


class RewriteOffsets(NamedTuple):
    """How a subscriber's numbers differ from its forwarded stream's."""

    origin: int  # what to take from an extended sequence number to get the subscriber's SRTP index
    timestamp: int = 0  # what to add to timestamps, modulo 2^32
    picture: int = 0  # what to add to VP8 picture ids, modulo 2^15
    tl0: int = 0  # what to add to VP8 TL0PICIDX, modulo 2^8
    frame: int = 0  # what to add to the frame numbers of dependency descriptors, modulo 2^16


@dataclass(frozen=True, slots=True)
class Route:
    """How one track comes to one subscriber, as their session agreed it."""

    ssrc: int
    payload_type: int
    repair_ssrc: int = 0
    repair_type: int = 0  # payload type of retransmissions (RFC 4588); 0: lost packets are sent again as they were
    send_time: int = 0  # id of the abs-send-time header extension, 1 to 14; 0: none
    dependency: int = 0  # id of the dependency descriptor, 1 to 255; 0: none. Above 14 it has the long form


class RtpSender(Protocol):
    """One subscriber's end of one track. It is in one fan-out at a time."""

    @property
    def offsets(self) -> RewriteOffsets: ...

    @property
    def packets(self) -> int:
        """Packets handed to the kernel for this subscriber, repeats included."""

    @property
    def bytes(self) -> int:
        """Their bytes on the wire, without those of UDP and IP."""

    def set_offsets(self, offsets: RewriteOffsets, first: int) -> None:
        """Count differently from now on, and take no packet below extended number `first`: the indices before it
        have been used for others, and the same index with other content would break SRTP. Only while in no fan-out."""

    def move(self, address: Address) -> None:
        """The subscriber is somewhere else now."""

    def repeat(self, packets: Sequence[Packet], offsets: RewriteOffsets, send_time: int) -> None:
        """Send packets again that were lost: as retransmissions where the session agreed them, else as they were.

        `offsets` are those the packets were first sent with, `send_time` is now in units of abs-send-time."""


class Fanout(Protocol):
    """Sends one forwarded stream. Every implementation passes tests/live/media/fanout/test_engine.py."""

    def add(self, sender: Any) -> None:
        """From now on it gets what everybody gets. Only senders of the same engine."""

    def remove(self, sender: Any) -> None: ...

    def send(self, packets: Sequence[Packet]) -> None:
        """To everybody. Packets of a frame together cost least. What the kernel has no room for is dropped."""

    def send_to(self, sender: Any, packets: Sequence[Packet]) -> None:
        """To one: what it missed by joining late. They must be the very packets `send` got."""


class Engine(Protocol):
    """Makes fan-outs that send through one socket."""

    name: str

    def sender(self, master: MasterKey, route: Route, address: Address) -> RtpSender: ...

    def fanout(self) -> Fanout: ...


def joining(sequence: int) -> RewriteOffsets:
    """The numbers of a subscriber that begins with `sequence`.

    SRTP receivers take the first packet to be of rollover zero, so its index must begin below 2^16; and packets from
    shortly before may still come. Whoever joins within 2^15 packets has the same numbers, which keeps them together.
    """
    earliest = max(0, sequence - LATE_PACKETS_MAX)
    return RewriteOffsets(earliest - earliest % ORIGIN_STEP)

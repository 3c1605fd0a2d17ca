"""Sends a forwarded stream's packets to its subscribers: the server's hot path, in two implementations.

Every sender in a fan-out gets the same packets. What differs are the key, the address, the payload type that the
subscriber's offer chose, and the offsets of its numbers, which depend on when it joined and what it watched before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from live.media.rtp.packets import Packet
from live.media.transport.addresses import Address
from live.media.transport.srtp import MasterKey

ORIGIN_STEP = 1 << 15
LATE_PACKETS_MAX = 2048  # how far before the packet at which a subscriber joined another may still be sent


class RewriteOffsets(NamedTuple):
    """The difference between a subscriber's numbers and its forwarded stream's."""

    origin: int  # subtracted from an extended sequence number, gives the subscriber's SRTP index
    timestamp: int = 0  # added to timestamps, modulo 2^32
    picture: int = 0  # added to VP8 picture ids, modulo 2^15
    tl0: int = 0  # added to VP8 TL0PICIDX, modulo 2^8
    frame: int = 0  # added to frame numbers in dependency descriptors, modulo 2^16


@dataclass(frozen=True, slots=True)
class Route:
    """How one track is sent to one subscriber, as the session agreed."""

    ssrc: int
    payload_type: int
    repair_ssrc: int = 0
    repair_type: int = 0  # payload type of retransmissions (RFC 4588); 0: lost packets are repeated unchanged
    send_time: int = 0  # id of the abs-send-time header extension, 1 to 14; 0: none
    dependency: int = 0  # id of the dependency descriptor, 1 to 255; 0: none. Above 14: two-byte form


class RtpSender(Protocol):
    """Sends one track to one subscriber. It is in at most one fan-out at a time."""

    @property
    def offsets(self) -> RewriteOffsets: ...

    @property
    def packets(self) -> int:
        """Packets handed to the operating system, repeats included."""

    @property
    def bytes(self) -> int:
        """Their bytes, without UDP and IP headers."""

    def set_offsets(self, offsets: RewriteOffsets, first: int) -> None:
        """Use other offsets from now on, and send no packet below extended number `first`: its SRTP index may have been
        used, and the same index with other content breaks SRTP. Raises ValueError while it is in a fan-out."""

    def move(self, address: Address) -> None:
        """Send to another address from now on."""

    def repeat(self, packets: Sequence[Packet], offsets: RewriteOffsets, send_time: int) -> None:
        """Send up to 64 lost packets again: as retransmissions if the session agreed on them, else unchanged.

        `offsets`: those that the packets were first sent with. `send_time`: now, in units of abs-send-time."""


class Fanout(Protocol):
    """Sends one forwarded stream. Every implementation passes tests/live/media/fanout."""

    def add(self, sender: Any) -> None:
        """From the next packet on it gets what all get. Only for senders of the same engine."""

    def remove(self, sender: Any) -> None: ...

    def send(self, packets: Sequence[Packet]) -> None:
        """Send to all. It costs least to send a frame's packets together. What the socket has no room for is lost."""

    def send_to(self, sender: Any, packets: Sequence[Packet]) -> None:
        """Send to one what it missed by joining late. They must be the same packets that `send` got."""


class Engine(Protocol):
    """Makes fan-outs that send through one socket."""

    name: str

    def sender(self, master: MasterKey, route: Route, address: Address) -> RtpSender: ...

    def fanout(self) -> Fanout: ...


def joining(sequence: int) -> RewriteOffsets:
    """The offsets of a subscriber whose first packet is `sequence`.

    SRTP receivers assume rollover zero for the first packet, so its index must be below 2^16; and a few late packets
    from before it may follow. Subscribers that join within 2^15 packets have the same offsets, so they form one cohort.
    """
    earliest = max(0, sequence - LATE_PACKETS_MAX)
    return RewriteOffsets(earliest - earliest % ORIGIN_STEP)

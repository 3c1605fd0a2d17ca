"""What receives media implements `DownTrack`: a subscriber, and later a recorder, a packager or an edge node.

A down track waits in a stream until there is a frame that it can start with, and then subscribes. A subscriber's gives
the stream an `RtpSender`, which encrypts and sends; receivers inside this process give it a `PacketSink`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from live.media.rtp.descriptors import FramePosition
from live.media.rtp.packets import Packet

if TYPE_CHECKING:
    from live.media.streams.forwarded_stream import ForwardedStream


class DownTrack(Protocol):
    """Receives one track."""

    def can_start(self, position: FramePosition, late: bool) -> bool:
        """Whether it can start with the frame that begins here. `late`: newer packets have been sent already."""

    def start(self, stream: ForwardedStream, packet: Packet) -> None:
        """Subscribe to `stream` now. `packet`, the next one it sends, is the first to receive."""


class PacketSink(ABC):
    """Receives packets inside this process, neither serialized nor encrypted."""

    @abstractmethod
    def write(self, packets: Sequence[Packet]) -> None:
        """Packets sent together, mostly a frame. Must not block, raise or change them."""

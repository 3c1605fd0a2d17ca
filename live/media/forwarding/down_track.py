"""What receives media implements `DownTrack`: a subscriber, and later a recorder, a packager or an edge node.

A down track first waits in a stream's queue until a frame comes that it can start with. It then subscribes. Subscribers
hand the stream an `RtpSender`, which encrypts and sends in the fan-out; receivers inside this process hand it a
`PacketSink`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from live.media.rtp.descriptors import FramePosition
from live.media.rtp.packets import Packet

if TYPE_CHECKING:
    from live.media.forwarding.forwarded_stream import ForwardedStream


class DownTrack(Protocol):
    """Receives one track."""

    def can_start(self, position: FramePosition, late: bool) -> bool:
        """Whether it can start with the frame that begins here. `late`: part of that frame has been sent already."""

    def start(self, stream: ForwardedStream, packet: Packet) -> None:
        """Subscribe to `stream` now: `packet`, its next, is the first one to receive."""


class PacketSink(ABC):
    """Receives packets without RTP and SRTP around them."""

    @abstractmethod
    def write(self, packets: Sequence[Packet]) -> None:
        """Packets that go out together, mostly a frame. Must not block or raise, nor change a packet."""

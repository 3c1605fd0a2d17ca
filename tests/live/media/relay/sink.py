"""An engine that sends nothing. Its senders keep the packets as their subscribers would receive them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from live.media.fanout.engine import RewriteOffsets, Route
from live.media.relay.rtp_down_track import RETRANSMITTED_MAX
from live.media.rtp.packets import Packet
from live.media.transport.addresses import Address
from live.media.transport.srtp import MasterKey

See = Callable[[Packet, RewriteOffsets], Any]
"""What the test keeps of a packet sent with these offsets."""


class Sink:
    def __init__(self, see: See) -> None:
        self.offsets = RewriteOffsets(0)
        self.first = 0
        self.packets = self.bytes = 0
        self.got: dict[int, Any] = {}  # by SRTP index
        self.repeated: list[int] = []
        self._see = see

    def set_offsets(self, offsets: RewriteOffsets, first: int) -> None:
        self.offsets, self.first = offsets, first

    def move(self, address: Address) -> None: ...

    def keep(self, packet: Packet, offsets: RewriteOffsets) -> None:
        made = self._see(packet, offsets)
        known = self.got.setdefault(packet.sequence - offsets.origin, made)
        assert known == made, "SRTP breaks if an index is used for other content"

    def repeat(self, packets: Sequence[Packet], offsets: RewriteOffsets, send_time: int) -> None:
        assert len(packets) <= RETRANSMITTED_MAX
        for packet in packets:
            self.repeated.append(packet.sequence - offsets.origin)
            self.keep(packet, offsets)


class SinkFanout:
    def __init__(self) -> None:
        self.sinks: list[Sink] = []

    def add(self, sender: Any) -> None:
        self.sinks.append(sender)

    def remove(self, sender: Any) -> None:
        self.sinks.remove(sender)

    def send(self, packets: Sequence[Packet]) -> None:
        for sink in self.sinks:
            self.send_to(sink, packets)

    def send_to(self, sender: Any, packets: Sequence[Packet]) -> None:
        for packet in packets:
            if packet.sequence >= sender.first:
                sender.keep(packet, sender.offsets)


class SinkEngine:
    name = "sink"

    def __init__(self, see: See) -> None:
        self._see = see

    def sender(self, master: MasterKey, route: Route, address: Address) -> Any:
        return Sink(self._see)

    def fanout(self) -> SinkFanout:
        return SinkFanout()

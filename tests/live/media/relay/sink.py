"""An engine that sends nothing: its senders keep what their subscribers would get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from live.media.fanout.engine import Address, RewriteOffsets, Route
from live.media.rtp.packets import Packet
from live.media.transport.srtp import MasterKey

See = Callable[[Packet, RewriteOffsets], Any]
"""How a packet looks to a subscriber with these numbers."""


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

    def take(self, packet: Packet, numbers: RewriteOffsets) -> None:
        made = self._see(packet, numbers)
        known = self.got.setdefault(packet.sequence - numbers.origin, made)
        assert known == made, "the same number with other content breaks SRTP"

    def repeat(self, packets: Sequence[Packet], numbers: RewriteOffsets, send_time: int) -> None:
        for packet in packets:
            self.repeated.append(packet.sequence - numbers.origin)
            self.take(packet, numbers)


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
                sender.take(packet, sender.offsets)


class SinkEngine:
    name = "sink"

    def __init__(self, see: See) -> None:
        self._see = see

    def sender(self, master: MasterKey, route: Route, address: Address) -> Any:
        return Sink(self._see)

    def fanout(self) -> SinkFanout:
        return SinkFanout()

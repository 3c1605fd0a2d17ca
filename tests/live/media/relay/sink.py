"""An engine that sends nothing: its outlets keep what their viewers would get."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from live.media.fanout.engine import Address, RewriteOffsets, Route
from live.media.rtp.packets import Packet
from live.media.transport.srtp import MasterKey

See = Callable[[Packet, RewriteOffsets], Any]
"""How a packet looks to a viewer with these numbers."""


class Sink:
    def __init__(self, see: See) -> None:
        self.numbers = RewriteOffsets(0)
        self.first = 0
        self.packets = self.bytes = 0
        self.got: dict[int, Any] = {}  # by SRTP index
        self.repeated: list[int] = []
        self._see = see

    def renumber(self, numbers: RewriteOffsets, first: int) -> None:
        self.numbers, self.first = numbers, first

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

    def add(self, outlet: Any) -> None:
        self.sinks.append(outlet)

    def remove(self, outlet: Any) -> None:
        self.sinks.remove(outlet)

    def send(self, packets: Sequence[Packet]) -> None:
        for sink in self.sinks:
            self.send_to(sink, packets)

    def send_to(self, outlet: Any, packets: Sequence[Packet]) -> None:
        for packet in packets:
            if packet.sequence >= outlet.first:
                outlet.take(packet, outlet.numbers)


class SinkEngine:
    name = "sink"

    def __init__(self, see: See) -> None:
        self._see = see

    def outlet(self, master: MasterKey, route: Route, address: Address) -> Any:
        return Sink(self._see)

    def fanout(self) -> SinkFanout:
        return SinkFanout()

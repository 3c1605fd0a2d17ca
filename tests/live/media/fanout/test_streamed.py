"""Subscribers reached by TCP get the same packets, framed."""

from __future__ import annotations

from live.media.rtp.packets import Packet
from tests.live.media.fanout.stream import Receiver, Stream, check, frame


class Pipe:
    """The stream of a TCP subscriber, as a fan-out sees it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, framed: bytes) -> None:
        self.written.append(framed)

    def packets(self, receiver: Receiver) -> list[bytes]:
        data, found = b"".join(self.written), []
        while data:
            size = int.from_bytes(data[:2], "big")
            found.append(receiver.session.unprotect(data[2 : 2 + size]))
            data = data[2 + size :]
        return found


def test_a_subscriber_by_tcp_gets_the_same_packets_framed(stream: Stream, receivers: list[Receiver]) -> None:
    pipe = Pipe()
    sender = stream.add(receivers[0].key, 96, 70_000, pipe)
    stream.add(receivers[1].key, 96, 70_000, receivers[1].address)
    packets = frame(70_000, [1100, 1100, 40])
    stream.fanout.send(packets)
    sender.repeat([Packet(70_007, 0, False, False, b"again")], sender.offsets, 0)
    got = pipe.packets(receivers[0])
    for data, packet in zip(got, packets, strict=False):
        check(data, packet, 96, sender.offsets.origin)
    assert len(got) == sender.packets == 4
    assert len(receivers[1].receive(3)) == 3
    assert sender.bytes == sum(map(len, pipe.written)) - 2 * 4


def test_leaving_during_a_write_to_another_does_no_harm(stream: Stream, receivers: list[Receiver]) -> None:
    class Leaver(Pipe):
        def write(self, framed: bytes) -> None:
            super().write(framed)
            if len(self.written) == 1:
                stream.fanout.remove(leaving)
                stream.fanout.remove(sender)

    pipe = Leaver()
    sender = stream.add(receivers[0].key, 96, 70_000, pipe)
    leaving = stream.add(receivers[1].key, 96, 70_000, receivers[1].address)
    stream.add(receivers[2].key, 97, 70_000, receivers[2].address)
    for start in (70_000, 70_002):
        stream.fanout.send(frame(start, [900] * 2))
        assert len(receivers[2].receive(2)) == 2
    assert 1 <= len(pipe.packets(receivers[0])) == sender.packets <= 2
    assert leaving.packets <= 2

"""Every subscriber gets every packet, readable by libsrtp with its own key, at its own address."""

from __future__ import annotations

import socket

import pytest

from live.media.fanout.engine import LATE_PACKETS_MAX
from live.media.rtp.packets import Packet
from tests.live.media.fanout.stream import Receiver, Stream, check, frame


@pytest.mark.parametrize(
    "sizes", [[100], [1100] * 5, [1100, 1099, 1100, 3], [10, 20, 30, 20, 10], [1150] * 80, [0, 1, 0], [1400] * 3]
)
def test_every_subscriber_gets_every_packet(stream: Stream, receivers: list[Receiver], sizes: list[int]) -> None:
    senders = [stream.add(r.key, 96 + i, 70_000, r.address) for i, r in enumerate(receivers)]
    packets = frame(70_000, sizes)
    stream.fanout.send(packets)
    for i, (receiver, sender) in enumerate(zip(receivers, senders, strict=True)):
        for data, packet in zip(receiver.receive(len(sizes)), packets, strict=True):
            check(data, packet, 96 + i, sender.offsets.origin)
        assert sender.packets == len(sizes)


@pytest.mark.parametrize("start", [1 << 16, (1 << 16) + 40_000, (2 << 16) - 10, (7 << 16) + 3, (1 << 32) - 5])
def test_rollovers_are_survived_wherever_a_subscriber_joins(
    stream: Stream, receivers: list[Receiver], start: int
) -> None:
    """The first index is below 2^16, as libsrtp assumes; from there on none is missed."""
    receiver = receivers[0]
    sender = stream.add(receiver.key, 96, start, receiver.address)
    assert 0 <= start - sender.offsets.origin < 1 << 16
    steps = [*range(start, start + 300), *range(start + 300, start + 140_000, 331)]
    for sequence in steps:
        packet = Packet(sequence, sequence & 0xFFFFFFFF, True, False, b"%d" % sequence)
        stream.fanout.send([packet])
        check(receiver.receive(1)[0], packet, 96, sender.offsets.origin)


def test_a_late_packet_from_before_the_join_is_ignored(stream: Stream, receivers: list[Receiver]) -> None:
    start = 1 << 16
    sender = stream.add(receivers[0].key, 96, start, receivers[0].address)
    packets = [Packet(start, 0, True, False, b"now"), Packet(start - LATE_PACKETS_MAX + 1, 0, True, False, b"late")]
    for packet in packets:
        stream.fanout.send([packet])
        check(receivers[0].receive(1)[0], packet, 96, sender.offsets.origin)


def test_packets_can_be_sent_to_one_subscriber(stream: Stream, receivers: list[Receiver]) -> None:
    senders = [stream.add(r.key, 96, 70_000, r.address) for r in receivers]
    packets = frame(70_000, [500] * 4)
    stream.fanout.send_to(senders[1], packets[1:3])
    for data, packet in zip(receivers[1].receive(2), packets[1:3], strict=True):
        check(data, packet, 96, senders[1].offsets.origin)
    assert receivers[0].is_silent()


def test_an_unreachable_subscriber_does_not_delay_others(stream: Stream, receivers: list[Receiver]) -> None:
    stream.add(receivers[0].key, 96, 70_000, ("127.0.0.1", 1))
    stream.add(receivers[0].key, 96, 70_000, ("240.0.0.1", 9))
    stream.add(receivers[1].key, 96, 70_000, receivers[1].address)
    for start in (70_000, 70_005):
        stream.fanout.send(frame(start, [900] * 5))
        assert len(receivers[1].receive(5)) == 5


def test_a_closed_socket_loses_packets_and_nothing_else(
    stream: Stream, receivers: list[Receiver], sock: socket.socket
) -> None:
    sender = stream.add(receivers[0].key, 96, 70_000, receivers[0].address)
    sock.close()
    stream.fanout.send(frame(70_000, [900] * 3))
    sender.repeat([Packet(70_001, 0, False, False, b"again")], sender.offsets, 0)
    assert (sender.packets, sender.bytes) == (0, 0)
    assert stream.engine.dropped == 4  # type: ignore[attr-defined]

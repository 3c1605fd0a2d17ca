"""Subscribers that join, leave or move get exactly their packets; invalid calls are refused."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from live.media.fanout.engine import RewriteOffsets, Route, joining
from live.media.rtp.packets import Packet, parse
from tests.live.media.fanout.stream import SSRC, Receiver, Stream, check, frame


def test_after_leaving_nothing_is_sent_and_after_moving_the_new_address_is_used(
    stream: Stream, receivers: list[Receiver]
) -> None:
    left, moved, stayed = (stream.add(r.key, 96, 70_000, r.address) for r in receivers)
    stream.fanout.remove(left)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.settimeout(5)
        moved.move(elsewhere.getsockname())
        packets = frame(70_000, [500] * 2)
        stream.fanout.send(packets)
        for packet in packets:
            check(receivers[1].session.unprotect(elsewhere.recv(4096)), packet, 96, moved.offsets.origin)
    assert len(receivers[2].receive(2)) == stayed.packets == 2
    assert receivers[0].is_silent()
    assert receivers[1].is_silent()


def test_no_packet_before_the_first_is_sent(stream: Stream, receivers: list[Receiver]) -> None:
    """Packets before the first are never sent, in any order of frames, or within a frame."""
    receiver, route = receivers[0], Route(SSRC, 96)
    sender = stream.sender(receiver.key, route, joining(70_000), receiver.address, first=70_002)
    stream.fanout.add(sender)
    packets = frame(70_000, [500, 500, 700, 20, 500, 30])
    stream.fanout.send(packets)
    stream.fanout.send_to(sender, packets)
    for data, packet in zip(receiver.receive(4), packets[2:], strict=True):
        check(data, packet, 96, sender.offsets.origin)
    for _ in range(4):
        receiver.socket.recv(4096)  # the same again, which libsrtp would refuse as a replay
    assert receiver.is_silent()
    assert sender.packets == 8


def test_numbers_continue_when_a_subscriber_changes_streams(stream: Stream, receivers: list[Receiver]) -> None:
    """Its numbers and picture ids continue, and no old packet is sent under a number already used."""
    receiver = receivers[0]
    sender = stream.add(receiver.key, 96, 70_000, receiver.address)
    stream.fanout.send(frame(70_000, [300] * 2))
    last = parse(receiver.receive(2)[-1])
    assert last is not None
    other = stream.engine.fanout()
    stream.fanout.remove(sender)
    sender.set_offsets(RewriteOffsets(500 - (70_002 - sender.offsets.origin), 77, 5, 3), 500)
    other.add(sender)
    payload = b"\x90\xe0\xff\xfe\xff\x20" + b"picture"
    keyframe = Packet(500, 0xFFFFFFFF, True, False, payload, True, picture_at=2, tl0_at=4)
    other.send([keyframe])
    other.send([Packet(498, 1, True, False, b"from before")])
    other.send([Packet(501, 1, True, False, b"after")])
    seen = [parse(data) for data in receiver.receive(2)]
    assert receiver.is_silent()
    assert seen[0] is not None
    assert seen[1] is not None
    assert [p.sequence for p in seen if p] == [last.sequence + 1 & 0xFFFF, last.sequence + 2 & 0xFFFF]
    assert seen[0].timestamp == 76
    assert seen[0].payload == b"\x90\xe0\x80\x03\x02\x20picture"
    assert seen[1].payload == b"after"
    assert keyframe.payload == payload, "what others get is as it was"


def test_invalid_calls_are_refused_and_change_nothing(stream: Stream, receivers: list[Receiver]) -> None:
    receiver = receivers[0]
    sender = stream.add(receiver.key, 96, 70_000, receiver.address)
    before = sender.offsets
    never_sent = [Packet(70_000, 0, False, False, b""), Packet(3, 0, False, False, b"")]
    calls: list[Callable[[], None]] = [
        lambda: stream.fanout.add(sender),
        lambda: stream.engine.fanout().add(sender),
        lambda: stream.engine.fanout().remove(sender),
        lambda: sender.set_offsets(RewriteOffsets(1), 1),
        lambda: sender.repeat(never_sent, before, 0),
    ]
    for refused in calls:
        with pytest.raises(ValueError):
            refused()
    other = stream.sender(receiver.key, Route(SSRC, 96), RewriteOffsets(5), receiver.address)
    for offsets, first in ((RewriteOffsets(70_000), 69_999), (RewriteOffsets(-5), -1)):
        with pytest.raises(ValueError):
            other.set_offsets(offsets, first)
    assert (sender.offsets, other.offsets) == (before, RewriteOffsets(5))
    assert receiver.is_silent()
    stream.fanout.send([Packet(70_000, 9000, True, False, b"goes on")])
    assert len(receiver.receive(1)) == sender.packets == 1

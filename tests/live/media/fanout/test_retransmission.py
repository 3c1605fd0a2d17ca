"""A lost packet is sent again, by RFC 4588 if the session negotiated it."""

from __future__ import annotations

from live.media.fanout.engine import RewriteOffsets, Route
from live.media.rtp.packets import Packet, extension, original, parse
from tests.live.media.fanout.stream import REPAIR_SSRC, SSRC, Receiver, Stream, check


def test_without_agreement_a_lost_packet_is_repeated_unchanged(stream: Stream, receivers: list[Receiver]) -> None:
    sender = stream.add(receivers[0].key, 96, 70_000, receivers[0].address)
    packet = Packet(70_003, 9000, True, False, b"lost")
    sender.repeat([packet], sender.offsets, 1)
    check(receivers[0].receive(1)[0], packet, 96, sender.offsets.origin)
    assert sender.packets == 1


def test_with_agreement_a_lost_packet_is_retransmitted(stream: Stream, receivers: list[Receiver]) -> None:
    route = Route(SSRC, 96, REPAIR_SSRC, 97, 3)
    sender = stream.sender(receivers[0].key, route, RewriteOffsets(65_536, 5, 1), receivers[0].address)
    packets = [
        Packet(70_003, 9000, True, False, b"\x90\x80\x80\x01lost", picture_at=2),
        Packet(70_009, 9001, False, True, b"padded\0\2"),
    ]
    sender.repeat(packets, sender.offsets, 0xABCDEF)
    sender.repeat(packets[:1], RewriteOffsets(70_000), 1)
    first, second, third = receivers[0].receive(3)
    repairs = [parse(data) for data in (first, second, third)]
    assert all(p is not None and p.ssrc == REPAIR_SSRC and p.payload_type == 97 for p in repairs)
    assert [p.sequence - repairs[0].sequence & 0xFFFF for p in repairs if p and repairs[0]] == [0, 1, 2]
    assert repairs[0] is not None
    assert repairs[1] is not None
    assert extension(repairs[0].extensions, 3) == b"\xab\xcd\xef"
    assert repairs[1].padded
    inside = [original(p, 96, SSRC) for p in repairs if p]
    assert [(p.sequence, p.timestamp, p.marker, p.payload) for p in inside if p] == [
        (70_003 - 65_536, 9005, True, b"\x90\x80\x80\x02lost"),
        (70_009 - 65_536, 9006, False, b"padded\0\2"),
        (3, 9000, True, packets[0].payload),
    ]

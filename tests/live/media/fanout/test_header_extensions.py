"""Header extensions: the time of sending and the dependency descriptor."""

from __future__ import annotations

import secrets
import struct

import pytest
from aiortc import rtp as reference

from live.media.fanout.engine import RewriteOffsets, Route, joining
from live.media.rtp.packets import extension, parse
from tests.live.media.fanout.stream import REPAIR_SSRC, SSRC, Receiver, Stream, check, frame


def test_the_send_time_is_in_every_packet_if_agreed(stream: Stream, receivers: list[Receiver]) -> None:
    with_time = stream.sender(receivers[0].key, Route(SSRC, 96, send_time=14), joining(70_000), receivers[0].address)
    stream.fanout.add(with_time)
    stream.add(receivers[1].key, 96, 70_000, receivers[1].address)
    packets = frame(70_000, [800] * 3)
    for packet in packets:
        packet.send_time = 0x123456
    stream.fanout.send(packets)
    for data, packet in zip(receivers[0].receive(3), packets, strict=True):
        check(data, packet, 96, with_time.offsets.origin)
        parsed = parse(data)
        assert parsed is not None
        assert extension(parsed.extensions, 14) == b"\x12\x34\x56"
    assert all(len(data) == 812 for data in receivers[1].receive(3))


def values(data: bytes) -> dict[int, bytes]:
    """All header extensions of a packet, as another implementation reads them."""
    if not data[0] & 0x10:
        return {}
    profile, words = struct.unpack_from("!HH", data, 12)
    found: dict[int, bytes] = dict(reference.unpack_header_extensions(profile, data[16 : 16 + 4 * words]))
    parsed = parse(data)
    assert parsed is not None
    assert found == {number: extension(parsed.extensions, number) for number in found}
    return found


@pytest.mark.parametrize(
    ("described", "size", "profile_of_extensions"),
    [(1, 3, 0xBEDE), (14, 16, 0xBEDE), (14, 17, 0x1000), (15, 3, 0x1000), (16, 16, 0x1000), (255, 255, 0x1000)],
)
@pytest.mark.parametrize("timed", [0, 2])
def test_the_dependency_descriptor_is_in_packets_and_retransmissions(
    stream: Stream, receivers: list[Receiver], described: int, size: int, profile_of_extensions: int, timed: int
) -> None:
    """In the one-byte form if it fits. Frame numbers continue from the subscriber's previous stream."""
    route = Route(SSRC, 96, REPAIR_SSRC, 97, timed, described)
    offsets = RewriteOffsets(65_536, frame=3)
    sender = stream.sender(receivers[0].key, route, offsets, receivers[0].address)
    stream.fanout.add(sender)
    stream.add(receivers[1].key, 96, 70_000, receivers[1].address)
    packets = frame(70_000, [800, 800, 40])
    packets[0].descriptor = b"\x80\xff\xfe" + secrets.token_bytes(size - 3)
    packets[1].descriptor = b"\x40\xff\xfe"
    for packet in packets:
        packet.send_time = 0x123456
    stream.fanout.send(packets)
    sender.repeat(packets[:1], offsets, 0xABCDEF)
    sender.repeat(packets[:1], RewriteOffsets(65_536), 0xABCDEF)
    *got, again, before = receivers[0].receive(5)
    for data, packet in zip(got, packets, strict=True):
        check(data, packet, 96, offsets.origin)
        told = {described: packet.descriptor[:1] + b"\x00\x01" + packet.descriptor[3:]} if packet.descriptor else {}
        assert values(data) == told | ({timed: b"\x12\x34\x56"} if timed else {})
    assert struct.unpack_from("!H", got[0], 12)[0] == profile_of_extensions
    late = {timed: b"\xab\xcd\xef"} if timed else {}
    assert values(again) == values(got[0]) | late
    assert values(before) == {described: packets[0].descriptor} | late
    assert all(values(data) == {} for data in receivers[1].receive(3))

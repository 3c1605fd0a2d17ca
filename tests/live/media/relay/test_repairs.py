"""What lines lose and garble: packets sent again, keyframes asked for, sound and picture in step."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from live.media.rtp import rtcp
from live.media.rtp.packets import Packet
from live.media.transport.srtp import LibsrtpOpener
from tests.live.media.relay.company import Company
from tests.live.media.relay.stage import Stage, until


async def test_lost_packets_are_sent_again_to_who_asks(company: Company) -> None:
    host, (guest, other) = await company(2)
    await host.play()
    await until(lambda: len(guest.video) >= 30 and len(other.video) >= 30)
    await asyncio.sleep(0.5)  # whatever is still on its way
    lost = guest.video[5:8]
    before = len(guest.video)
    guest.send_rtcp(rtcp.nack(1, guest.ssrcs["video"], [p.sequence for p in lost]))
    # Sent again they are the very same packets, so libsrtp takes them for replays: look at them as they are.
    assert guest.dtls is not None
    assert guest.dtls.sending is not None
    guest._opener = LibsrtpOpener(guest.dtls.sending)
    await until(lambda: len(guest.video) == before + 3)
    assert guest.video[before:] == lost
    assert len(other.video) == before


async def test_a_gap_in_what_the_publisher_sent_is_asked_for_and_filled(company: Company) -> None:
    host, (guest,) = await company()
    await host.play(5)
    await until(lambda: len(guest.video) >= 15)
    before = len(guest.video)
    sent = host.frame(lose=(1,))
    await until(lambda: host.nacked == [sent[1].sequence & 0xFFFF])
    host.send_rtp("video", sent[1], ssrc=host.ssrc)
    await until(lambda: len(guest.video) == before + 3)
    arrived = sorted(guest.video[before:], key=lambda p: p.sequence)
    assert [p.payload for p in arrived] == [p.payload for p in sent]
    host.send_rtp("video", Packet(sent[1].sequence + (1 << 16), 0, False, False, b"forged repeat"), ssrc=host.ssrc)


async def test_what_never_comes_is_not_asked_for_for_ever(company: Company) -> None:
    host, _ = await company()
    host.frame(lose=(0,))
    await asyncio.sleep(1.5)
    asked = len(host.nacked)
    assert 1 < asked <= 8
    await asyncio.sleep(0.5)
    assert len(host.nacked) == asked


async def test_many_viewers_ask_the_publisher_for_one_keyframe(stage: Stage, company: Company) -> None:
    host, guests = await company(4)
    await asyncio.sleep(0.6)
    host.keyframe_requests.clear()
    for _ in range(20):
        for guest in guests:
            guest.send_rtcp(rtcp.picture_loss(1, guest.ssrcs["video"]))
        await asyncio.sleep(0.05)
    await until(lambda: len(host.keyframe_requests) >= 2)
    gaps = [b - a for a, b in pairwise(host.keyframe_requests)]
    assert all(gap > 0.45 for gap in gaps)
    host.frame(keyframe=True)
    await asyncio.sleep(0.2)
    host.keyframe_requests.clear()
    await asyncio.sleep(0.8)
    assert host.keyframe_requests == []


async def test_sound_and_picture_are_kept_in_step(stage: Stage, company: Company) -> None:
    """The sender reports subscribers get place both tracks on one clock, as the publisher did."""
    host, (guest,) = await company()
    opus = Packet(500, 48_000, True, False, b"sound")
    host.send_rtp("audio", opus)
    await until(lambda: any(p.payload == b"sound" for p in guest.packets))
    said = rtcp.ntp(1_000_000.0)  # a clock far from ours
    first, sent = host.timestamp, host.frame(keyframe=True)
    host.send_rtcp(
        rtcp.sender_report(host.ssrc, said, first, 1, 1) + rtcp.sender_report(2000, said, opus.timestamp + 4_800, 1, 1)
    )
    await until(lambda: any(p.payload == sent[0].payload for p in guest.packets))
    guest.reports.clear()
    await until(lambda: guest.reports)
    infos = {
        info.ssrc: info
        for block in rtcp.blocks(guest.reports[-1])
        if block.kind == rtcp.SENDER_REPORT and (info := rtcp.sender_info(block.body))
    }
    video, audio = infos[guest.ssrcs["video"]], infos[guest.ssrcs["audio"]]
    picture = next(p.timestamp for p in guest.packets if p.payload == sent[0].payload)
    sound = next(p.timestamp for p in guest.packets if p.payload == b"sound")
    shown_at = rtcp.seconds(video.ntp) - ((video.timestamp - picture) & 0xFFFFFFFF) / 90_000
    heard_at = rtcp.seconds(audio.ntp) - ((audio.timestamp - sound) & 0xFFFFFFFF) / 48_000
    assert shown_at - heard_at == pytest.approx(0.1, abs=0.01), "the sound came 4,800 samples before the picture"

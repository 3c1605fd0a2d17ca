"""Retransmissions, keyframe requests, and synchronization of audio and video."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from live.media.relay.rtp_down_track import RETRANSMITTED_MAX
from live.media.rtp import rtcp
from live.media.rtp.packets import Packet
from live.media.transport.srtp import LibsrtpOpener
from tests.live.media.relay.company import Company
from tests.live.media.relay.stage import Stage, until


async def test_nacked_packets_are_retransmitted_only_to_the_subscriber_that_asked(company: Company) -> None:
    host, (guest, other) = await company(2)
    await host.play()
    await until(lambda: len(guest.video) >= 30 and len(other.video) >= 30)
    await asyncio.sleep(0.5)  # for packets still on their way
    lost = guest.video[5:8]
    before, others = len(guest.video), len(other.video)
    guest.send_rtcp(rtcp.nack(1, guest.ssrcs["video"], [p.sequence for p in lost]))
    # Retransmissions without RTX are identical packets, which libsrtp would drop as replays: start with a new opener.
    assert guest.dtls is not None
    assert guest.dtls.sending is not None
    guest._opener = LibsrtpOpener(guest.dtls.sending)
    await until(lambda: len(guest.video) == before + 3)
    assert guest.video[before:] == lost
    assert len(other.video) == others


async def test_a_nack_for_more_packets_than_one_call_sends_is_answered_in_full(company: Company) -> None:
    host, (guest,) = await company()
    await host.play(40)
    await until(lambda: len(guest.video) >= 120)
    await asyncio.sleep(0.5)  # for packets still on their way
    lost = guest.video[-90:]
    before = len(guest.video)
    assert len(lost) > RETRANSMITTED_MAX
    guest.send_rtcp(rtcp.nack(1, guest.ssrcs["video"], [p.sequence for p in lost]))
    assert guest.dtls is not None
    assert guest.dtls.sending is not None
    guest._opener = LibsrtpOpener(guest.dtls.sending)  # it takes what the first one would drop as replays
    await until(lambda: all(packet in guest.video[before:] for packet in lost))


async def test_packets_lost_on_the_way_from_the_publisher_are_requested_and_forwarded(company: Company) -> None:
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


async def test_a_missing_packet_is_given_up_after_a_few_requests(company: Company) -> None:
    host, _ = await company()
    host.frame(lose=(0,))
    await asyncio.sleep(1.5)
    asked = len(host.nacked)
    assert 1 < asked <= 8
    await asyncio.sleep(0.5)
    assert len(host.nacked) == asked


async def test_keyframe_requests_of_many_subscribers_are_merged(stage: Stage, company: Company) -> None:
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


async def test_sender_reports_keep_audio_and_video_in_sync(stage: Stage, company: Company) -> None:
    """Sender reports to subscribers relate both tracks to one clock, as the publisher's do."""
    host, (guest,) = await company()
    opus = Packet(500, 48_000, True, False, b"sound")
    host.send_rtp("audio", opus)
    await until(lambda: any(p.payload == b"sound" for p in guest.packets))
    ntp_time = rtcp.ntp(1_000_000.0)  # a clock far from ours
    first, sent = host.timestamp, host.frame(keyframe=True)
    host.send_rtcp(
        rtcp.sender_report(host.ssrc, ntp_time, first, 1, 1)
        + rtcp.sender_report(2000, ntp_time, opus.timestamp + 4_800, 1, 1)
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
    assert shown_at - heard_at == pytest.approx(0.1, abs=0.01), "the audio was 4,800 samples before the picture"

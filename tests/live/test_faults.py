"""What goes wrong in the wild: publishers and viewers that vanish, return, move, lose packets, or pretend."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from live import peer, relay, rtcp
from live.rtp import Packet, Parsed, parse
from live.srtp import LibsrtpOpener
from tests.live.clients import Publishing
from tests.live.lean import LeanClient, vp8_frame
from tests.live.stage import Stage, open_stage, until

FRAME_TICKS = 3000


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path, viewers_max=6) as opened:
        yield opened


class Host(LeanClient):
    """A publisher that sends a frame whenever told to, and hears what it is asked for."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self.sequence, self.timestamp = secrets.randbits(15), secrets.randbits(31)
        self.ssrc = secrets.randbits(31)
        self.keyframe_requests: list[float] = []
        self.nacked: list[int] = []
        self.on_rtcp = self._hear

    def _hear(self, data: bytes) -> None:
        for block in rtcp.blocks(data):
            if block.kind == rtcp.PAYLOAD_FEEDBACK:
                self.keyframe_requests.append(time.monotonic())
            if block.kind == rtcp.TRANSPORT_FEEDBACK and block.detail == rtcp.NACK:
                self.nacked += rtcp.nacked(block.body)

    def frame(self, *, keyframe: bool = False, lose: tuple[int, ...] = ()) -> list[Packet]:
        """Send a frame, but for the packets to lose."""
        made = vp8_frame(self.sequence, self.timestamp, keyframe=keyframe)
        for i, packet in enumerate(made):
            if i not in lose:
                self.send_rtp("video", packet, ssrc=self.ssrc)
        self.sequence += len(made)
        self.timestamp += FRAME_TICKS
        return made

    async def play(self, frames: int = 10) -> None:
        for i in range(frames):
            self.frame(keyframe=i == 0)
            await asyncio.sleep(0.01)


class Guest(LeanClient):
    """A viewer that keeps what it gets."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.packets: list[Parsed] = []
        self.reports: list[bytes] = []
        self.on_rtp = self._keep
        self.on_rtcp = self.reports.append

    def _keep(self, data: bytes) -> None:
        parsed = parse(data)
        assert parsed is not None
        self.packets.append(parsed)

    @property
    def video(self) -> list[Parsed]:
        return [p for p in self.packets if p.payload_type == 96]


Company = Callable[..., Awaitable[tuple[Host, list[Guest]]]]


@pytest.fixture
async def company(stage: Stage) -> AsyncIterator[Company]:
    """Makes a room with a host that publishes and guests that watch."""
    async with AsyncExitStack() as stack:

        async def make(guests: int = 1) -> tuple[Host, list[Guest]]:
            room, key = await stage.open_room()
            host = Host(stage.whip(room), key)
            stack.push_async_callback(host.close)
            await host.join()
            await host.play(3)
            await until(lambda: (room, "live") in stage.states)
            made = []
            for _ in range(guests):
                guest = Guest(stage.whep(room))
                stack.push_async_callback(guest.close)
                await guest.join()
                made.append(guest)
            await until(lambda: stage.audience.viewers(room) == guests)
            return host, made

        yield make


def room_of(client: LeanClient) -> str:
    return client.url.split("/")[-2]


async def refusal(client: LeanClient) -> tuple[int, str]:
    """Status and code of an answer that takes no offer."""
    answer = await client.agree()
    client.vanish()
    return answer.status_code, answer.json()["code"]


def is_unbroken(packets: list[Parsed]) -> bool:
    return all(
        (b.sequence - a.sequence) & 0xFFFF == 1 and (b.timestamp - a.timestamp) & 0xFFFFFFFF < 1 << 31
        for a, b in pairwise(packets)
    )


async def test_viewers_do_not_notice_a_publisher_that_vanishes_and_returns(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    room = room_of(host)
    await host.play()
    host.vanish()
    await until(lambda: stage.presence == [(room, True), (room, False)])
    again = Host(host.url, host.key)
    await again.join()
    before = len(guest.video)
    await again.play()
    await until(lambda: len(guest.video) >= before + 30)
    assert is_unbroken(guest.video)
    assert len({p.ssrc for p in guest.video}) == 1
    await until(lambda: stage.presence[-1] == (room, True))
    assert [state for _, state in stage.states] == ["live"]
    assert guest.dtls is not None
    assert not guest.dtls.closed
    await again.close()


async def test_a_publisher_may_begin_anew_with_another_ssrc(company: Company) -> None:
    host, (guest,) = await company()
    await host.play()
    await until(lambda: len(guest.video) >= 30)
    host.ssrc, host.sequence, host.timestamp = 77, 60_000, 5
    before = len(guest.video)

    async def restart() -> None:
        while len(guest.video) < before + 30:
            host.frame(keyframe=True)
            await asyncio.sleep(0.02)

    await asyncio.wait_for(restart(), 10)
    assert is_unbroken(guest.video)


async def test_a_second_publisher_is_refused_while_the_first_is_there(stage: Stage, company: Company) -> None:
    host, _ = await company(0)
    assert await refusal(LeanClient(host.url, host.key)) == (409, "already_publishing")


async def test_a_room_is_idle_when_its_publisher_does_not_return(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, (guest,) = await company()
    monkeypatch.setattr(relay, "RETURN_S_MAX", 2.5)
    host.vanish()
    await until(lambda: [state for _, state in stage.states] == ["live", "idle"])
    await until(lambda: guest.dtls is not None and guest.dtls.closed)
    assert stage.presence[-1] == (room_of(host), False)
    assert stage.audience.viewers(room_of(host)) == 0
    assert await refusal(LeanClient(guest.url)) == (409, "room_not_live")


async def test_a_publisher_that_says_it_is_done_ends_it_at_once(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    assert (await stage.http.delete(host.location)).status_code == 200
    await until(lambda: [state for _, state in stage.states] == ["live", "idle"], 2)
    await until(lambda: guest.dtls is not None and guest.dtls.closed, 2)
    assert (await stage.http.delete(host.location)).status_code == 404
    assert not stage.relays.health(room_of(host)).publishing


async def test_an_ended_room_has_no_media(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    await stage.rooms.end(room_of(host), stage.host)
    await until(lambda: host.dtls is not None and host.dtls.closed, 2)
    await until(lambda: guest.dtls is not None and guest.dtls.closed, 2)
    assert await refusal(Host(host.url, host.key)) == (410, "room_ended")
    assert await refusal(Guest(guest.url)) == (410, "room_ended")


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


async def test_a_late_joiner_sees_the_cached_pictures_at_once(stage: Stage, company: Company) -> None:
    host, _ = await company()
    await asyncio.sleep(0.7)
    sent = host.frame(keyframe=True) + host.frame()
    await until(lambda: stage.relays.health(room_of(host)).packets >= 15)
    await asyncio.sleep(0.05)
    host.keyframe_requests.clear()
    guest = Guest(stage.whep(room_of(host)))
    await guest.join()
    await until(lambda: len(guest.video) >= len(sent))
    assert [p.payload for p in guest.video] == [p.payload for p in sent]
    assert host.keyframe_requests == []
    await guest.close()


async def test_a_viewer_that_changes_networks_keeps_watching(company: Company) -> None:
    host, (guest,) = await company()
    await host.play(3)
    guest.move()
    guest.check(nominate=False)
    await until(lambda: guest.checks_answered == 2)
    before = len(guest.video)
    await host.play(3)
    assert len(guest.video) == before, "it has not said yet that it wants to be here"
    guest.check()
    await until(lambda: guest.checks_answered == 3)
    await asyncio.sleep(0.1)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)


async def test_who_is_heard_of_only_by_checks_is_still_there(stage: Stage, company: Company) -> None:
    """Which are answered by the inbox, and its peer hears nothing of them."""
    host, (guest,) = await company()
    (viewer,) = (one for one in stage.relays.open()._by_ufrag.values() if not one.publishes)
    assert isinstance(viewer, peer.Peer)
    await until(lambda: viewer.screened)
    guest.check()
    await until(lambda: guest.checks_answered == 2)
    viewer.heard_at = 0.0
    assert not viewer.gone(time.monotonic())
    assert viewer.gone(time.monotonic() + peer.SILENCE_S_MAX + 1)
    await asyncio.sleep(1)
    before = len(guest.video)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)


async def test_media_is_not_sent_where_nobody_answers_for_the_viewer(company: Company) -> None:
    """A viewer that claims to be elsewhere, with a false sender on its datagrams, does not have a victim flooded."""
    host, (guest,) = await company()
    await host.play(3)
    await until(lambda: len(guest.video) >= 9)
    guest.move()
    guest.answers_checks = False
    before = len(guest.video)
    guest.check()
    await until(lambda: guest.checks_answered == 2)
    await host.play(5)
    await asyncio.sleep(0.2)
    assert len(guest.video) == before


async def test_a_viewer_that_falls_silent_is_let_go(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "SILENCE_S_MAX", 1.5)
    host, (silent, lively) = await company(2)

    async def stay_alive() -> None:
        while True:
            host.frame()
            host.check()
            lively.check()
            await asyncio.sleep(0.2)

    alive = asyncio.create_task(stay_alive())
    silent.vanish()
    await until(lambda: stage.audience.viewers(room_of(host)) == 1)
    await asyncio.sleep(1.6)
    assert stage.audience.viewers(room_of(host)) == 1
    alive.cancel()


async def test_a_viewer_that_says_goodbye_is_gone_at_once(stage: Stage, company: Company) -> None:
    host, (one, two) = await company(2)
    assert one.dtls is not None
    await one.dtls.stop()
    await until(lambda: stage.audience.viewers(room_of(host)) == 1, 2)
    assert (await stage.http.delete(two.location)).status_code == 200
    await until(lambda: stage.audience.viewers(room_of(host)) == 0, 2)


async def test_garbage_on_the_port_is_dropped_without_a_trace(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    port = stage.relays.open()
    known = dict(port._by_address), dict(port._by_ufrag)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        for size in range(400):
            stranger.sendto(bytes((size * 7 & 0xFF,)) + secrets.token_bytes(size * 3), host.address)
        stranger.sendto(b"", host.address)
        stranger.setblocking(False)
        await host.play(3)
        await until(lambda: len(guest.video) >= 9)
        with pytest.raises(BlockingIOError):
            stranger.recv(2048)
    assert (port._by_address, port._by_ufrag) == known


async def test_who_does_not_know_the_password_is_not_answered(company: Company) -> None:
    _, (guest,) = await company()
    answered, guest._their_password = guest.checks_answered, "not the password"
    guest.move()
    guest.check()
    await asyncio.sleep(0.3)
    assert guest.checks_answered == answered


async def test_who_has_another_certificate_gets_nothing(stage: Stage, company: Company) -> None:
    host, _ = await company()
    thief = Guest(stage.whep(room_of(host)))
    thief.certificate = type(thief.certificate).generateCertificate()
    thief_offer = thief.offer()
    thief.offer = lambda: thief_offer.replace("a=fingerprint:sha-256 ", "a=fingerprint:sha-256 00:")  # type: ignore[method-assign]
    assert (await thief.agree()).status_code == 201
    await thief.connect()  # the handshake itself goes through: only then are certificates compared
    await host.play(3)
    await asyncio.sleep(0.2)
    assert thief.received == 0
    assert stage.audience.viewers(room_of(host)) == 1
    thief.vanish()


async def test_a_publisher_that_returns_with_another_codec_sends_its_viewers_to_join_again(
    stage: Stage, company: Company
) -> None:
    host, (guest,) = await company()
    host.vanish()
    await until(lambda: not stage.relays.health(room_of(host)).publishing)
    changed = Publishing(host.url, host.key, codec="H264")
    assert (await changed.agree()).status_code == 201
    await until(lambda: guest.dtls is not None and guest.dtls.closed)
    await until(lambda: stage.relays.health(room_of(host)).publishing)
    assert stage.relays.health(room_of(host)).codecs == ["H264", "opus"]
    assert await refusal(Guest(guest.url)) == (406, "no_common_codec")
    await changed.close()


async def test_a_full_server_says_so(stage: Stage, company: Company) -> None:
    host, _ = await company(6)
    assert await refusal(Guest(stage.whep(room_of(host)))) == (503, "viewers_full")


async def test_sound_and_picture_are_kept_in_step(stage: Stage, company: Company) -> None:
    """The sender reports viewers get place both tracks on one clock, as the publisher did."""
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

"""Whom the event loop wakes for: a publisher's packets at once, subscribers' feedback together with them."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time
from collections.abc import Callable

import pytest
from aioice import stun as reference

from live.media.relay.publisher import Publisher
from live.media.rtp import rtcp
from live.media.transport import media_socket, peer
from live.media.transport import publisher_socket as line
from live.media.transport.media_socket import MediaSocket
from live.media.transport.srtp import LibsrtpOpener
from tests.live.media.relay.company import Company, Guest, Host, room_of
from tests.live.media.relay.stage import Stage, until

FRAME_S = 1 / 30


async def play_at_30_fps(host: Host, frames: int) -> None:
    began_at = time.monotonic()
    for i in range(frames):
        host.frame(keyframe=i == 0)
        await asyncio.sleep(max(0.0, began_at + (i + 1) * FRAME_S - time.monotonic()))


def count_turns(monkeypatch: pytest.MonkeyPatch, opened: MediaSocket) -> list[float]:
    """When the event loop woke for the port's own socket."""
    turns: list[float] = []
    turn = MediaSocket._turn

    def counted(self: MediaSocket) -> bool:
        if self is opened and not draining:
            turns.append(time.monotonic())
        return turn(self)

    draining: list[bool] = []
    drain = MediaSocket.drain

    def drained(self: MediaSocket) -> None:
        draining.append(True)
        drain(self)
        draining.pop()

    monkeypatch.setattr(MediaSocket, "_turn", counted)
    monkeypatch.setattr(MediaSocket, "drain", drained)
    return turns


async def test_feedback_wakes_nobody_while_frames_come(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FRAME_S < media_socket.DRAIN_S_MAX
    monkeypatch.setattr(media_socket, "DRAIN_S_MAX", 60.0)  # so that no frame is late, however slow the machine
    opened = stage.relays.open()
    turns = count_turns(monkeypatch, opened)
    host, guests = await company(4)
    before = [len(guest.video) for guest in guests]
    host.frame()
    await until(lambda: not opened._watching)
    turns.clear()
    for _ in range(40):
        for guest in guests:
            guest.check()
        await asyncio.sleep(0.01)
        host.frame()
    await until(lambda: all(len(g.video) - b >= 123 for g, b in zip(guests, before, strict=True)))
    assert turns == []
    host.frame()
    await until(lambda: all(guest.checks_answered == 41 for guest in guests))


async def test_what_a_viewer_lost_is_sent_again_within_a_frame(company: Company) -> None:
    """A request waits for the next frame, and no longer."""
    host, (guest,) = await company()
    playing = asyncio.create_task(play_at_30_fps(host, 90))
    await asyncio.sleep(0.5)
    assert guest.dtls is not None
    assert guest.dtls.sending is not None
    delays = []
    for _ in range(20):
        lost = guest.video[-4]
        guest._opener = LibsrtpOpener(guest.dtls.sending)  # what is sent again is no replay to it
        asked_at = time.monotonic()
        guest.send_rtcp(rtcp.nack(1, guest.ssrcs["video"], [lost.sequence]))
        while guest.video.count(lost) < 2:
            assert time.monotonic() - asked_at < 2
            await asyncio.sleep(0.001)
        delays.append(time.monotonic() - asked_at)
        await asyncio.sleep(0.013)
    playing.cancel()
    assert sorted(delays)[len(delays) // 2] < 0.04, delays


async def test_without_frames_the_loop_watches_again(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    opened = stage.relays.open()
    playing = asyncio.create_task(play_at_30_fps(host, 30))
    await until(lambda: not opened._watching)
    await playing
    await until(lambda: opened._watching, 5)
    answered = guest.checks_answered
    guest.check()
    await until(lambda: guest.checks_answered == answered + 1, 5)


async def test_joining_is_not_kept_waiting(stage: Stage, company: Company) -> None:
    host, _ = await company()
    opened = stage.relays.open()
    playing = asyncio.create_task(play_at_30_fps(host, 60))
    await until(lambda: not opened._watching, 5)
    guest = Guest(stage.whep(room_of(host)))
    assert (await guest.agree()).status_code == 201
    await until(lambda: opened._watching, 5)
    await asyncio.sleep(0.2)
    assert opened._watching, "for as long as somebody is expected"
    await guest.connect()
    await until(lambda: not opened._watching, 5)
    await guest.close()
    await playing


async def test_a_publisher_is_heard_by_a_socket_of_its_own(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    opened = stage.relays.open()
    ((publisher, own),) = opened._lines.items()
    assert own.socket.getpeername() == host.socket.getsockname()
    await host.play(3)
    await until(lambda: own.heard and len(guest.video) >= 9)
    with pytest.raises(OSError, match="in use"):
        MediaSocket("127.0.0.1", opened.number)
    host.move()
    host.check()
    await until(lambda: opened._lines[publisher].socket.getpeername() == host.socket.getsockname(), 5)
    assert own.socket.fileno() < 0
    before = len(guest.video)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)
    assert (await stage.http.delete(host.location)).status_code == 200
    await until(lambda: not opened._lines, 5)


async def test_strangers_are_nobody_on_a_publishers_socket_too(stage: Stage, company: Company) -> None:
    """What lands there between binding and connecting is judged by where it came from, as anywhere."""
    host, (guest,) = await company()
    opened = stage.relays.open()
    (own,) = opened._lines.values()
    known = dict(opened._by_address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        own.socket.connect(stranger.getsockname())
        for first in range(256):
            stranger.sendto(bytes((first,)) + os.urandom(60), own.socket.getsockname())
        await until(lambda: not select.select([own.socket], [], [], 0)[0])
        assert opened._by_address == known
    own.socket.connect(host.socket.getsockname())
    assert own.socket.fileno() >= 0
    before = len(guest.video)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)


@pytest.mark.parametrize("refuse", [lambda *_: None, None])
async def test_where_there_is_no_such_socket_all_goes_on(
    company: Company, stage: Stage, monkeypatch: pytest.MonkeyPatch, refuse: Callable[..., None] | None
) -> None:
    if refuse is not None:
        monkeypatch.setattr(media_socket, "open_publisher_socket", refuse)
    else:
        monkeypatch.delattr(socket, "SO_REUSEPORT")
    host, (guest,) = await company()
    opened = stage.relays.open()
    assert not opened._lines
    before = len(guest.video)
    await play_at_30_fps(host, 10)
    assert opened._watching
    await until(lambda: len(guest.video) >= before + 30)


async def test_a_socket_nothing_comes_to_is_not_relied_on(
    company: Company, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A publisher that reaches us at another of our addresses is heard by the port's own socket, without delay."""
    monkeypatch.setattr(line, "UNUSED_S_MAX", 0.3)
    host, (guest,) = await company()
    opened = stage.relays.open()
    (own,) = opened._lines.values()
    own.heard = False
    own.socket.connect(("127.0.0.1", 9))  # so that the kernel gives it nothing
    await asyncio.sleep(0.5)
    before = len(guest.video)
    await play_at_30_fps(host, 10)
    await until(lambda: len(guest.video) >= before + 30)
    assert opened._watching


def publisher_of(stage: Stage, host: Host) -> Publisher:
    found = stage.relays.find_publisher(room_of(host), host.location.rsplit("/", 1)[-1])
    assert found is not None
    return found


async def test_a_publisher_is_asked_how_far_away_it_is(
    company: Company, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "ASK_S", 0.2)
    host, _ = await company(0)
    asked = publisher_of(stage, host).peer
    await until(lambda: asked.round_trip_s is not None, 5)
    assert asked.round_trip_s is not None
    assert 0 < asked.round_trip_s < 0.2
    host.answers_checks = False
    await until(lambda: asked.round_trip_s is None, 5)
    await host.play(3)
    assert asked.connected
    host.answers_checks = True
    await until(lambda: asked.round_trip_s is not None, 5)


async def test_a_forged_answer_measures_nothing(
    company: Company, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer, "ASK_S", 0.2)
    host, _ = await company(0)
    asked = publisher_of(stage, host).peer
    requests = []

    def forge(message: reference.Message) -> None:
        requests.append(message)
        answer = reference.Message(reference.Method.BINDING, reference.Class.RESPONSE, message.transaction_id)
        answer.add_message_integrity(b"not its password")
        host.send(bytes(answer))

    monkeypatch.setattr(host, "_on_stun", forge)
    await until(lambda: len(requests) > peer.UNANSWERED_MAX, 5)
    assert asked.round_trip_s is None
    assert asked.connected

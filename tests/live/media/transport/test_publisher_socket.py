"""The event loop wakes for publishers' packets at once and reads subscribers' feedback together with them."""

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
from live.media.transport import ice_agent, publisher_socket, udp_reader
from live.media.transport.media_socket import MediaSocket
from live.media.transport.srtp import LibsrtpOpener
from live.media.transport.udp_reader import UdpReader
from tests.live.media.relay.company import Company, Guest, Host, room_of
from tests.live.media.relay.stage import Stage, until

FRAME_S = 1 / 30


async def play_at_30_fps(host: Host, frames: int) -> None:
    began_at = time.monotonic()
    for i in range(frames):
        host.frame(keyframe=i == 0)
        await asyncio.sleep(max(0.0, began_at + (i + 1) * FRAME_S - time.monotonic()))


def record_wakeups(monkeypatch: pytest.MonkeyPatch, opened: UdpReader) -> list[float]:
    """The times at which the event loop woke for the shared socket."""
    wakeups: list[float] = []
    read_shared = UdpReader._read_shared

    def counted(self: UdpReader) -> bool:
        if self is opened and not reading:
            wakeups.append(time.monotonic())
        return read_shared(self)

    reading: list[bool] = []
    read_waiting = UdpReader.read_waiting

    def noted(self: UdpReader) -> None:
        reading.append(True)
        read_waiting(self)
        reading.pop()

    monkeypatch.setattr(UdpReader, "_read_shared", counted)
    monkeypatch.setattr(UdpReader, "read_waiting", noted)
    return wakeups


async def test_feedback_does_not_wake_the_loop_while_frames_come(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FRAME_S < udp_reader.READ_INTERVAL_S_MAX
    monkeypatch.setattr(udp_reader, "READ_INTERVAL_S_MAX", 60.0)  # so that no frame is late even on a slow machine
    opened = stage.node.open().udp
    wakeups = record_wakeups(monkeypatch, opened)
    host, guests = await company(4)
    before = [len(guest.video) for guest in guests]
    host.frame()
    await until(lambda: not opened._watching)
    wakeups.clear()
    for _ in range(40):
        for guest in guests:
            guest.check()
        await asyncio.sleep(0.01)
        host.frame()
    await until(lambda: all(len(g.video) - b >= 123 for g, b in zip(guests, before, strict=True)))
    assert wakeups == []
    host.frame()
    await until(lambda: all(guest.checks_answered == 41 for guest in guests))


async def test_a_lost_packet_is_sent_again_within_a_frame(company: Company) -> None:
    """A NACK waits at most until the next frame."""
    host, (guest,) = await company()
    playing = asyncio.create_task(play_at_30_fps(host, 90))
    await asyncio.sleep(0.5)
    assert guest.dtls is not None
    assert guest.dtls.sending is not None
    delays = []
    for _ in range(20):
        lost = guest.video[-4]
        guest._opener = LibsrtpOpener(guest.dtls.sending)  # a retransmission does not count as a replay
        asked_at = time.monotonic()
        guest.send_rtcp(rtcp.nack(1, guest.ssrcs["video"], [lost.sequence]))
        while guest.video.count(lost) < 2:
            assert time.monotonic() - asked_at < 2
            await asyncio.sleep(0.001)
        delays.append(time.monotonic() - asked_at)
        await asyncio.sleep(0.013)
    playing.cancel()
    assert sorted(delays)[len(delays) // 2] < 0.04, delays


async def test_without_frames_the_loop_watches_the_shared_socket(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    opened = stage.node.open()
    playing = asyncio.create_task(play_at_30_fps(host, 30))
    await until(lambda: not opened.udp._watching)
    await playing
    await until(lambda: opened.udp._watching, 5)
    answered = guest.checks_answered
    guest.check()
    await until(lambda: guest.checks_answered == answered + 1, 5)


async def test_joining_does_not_wait_for_frames(stage: Stage, company: Company) -> None:
    host, _ = await company()
    opened = stage.node.open()
    playing = asyncio.create_task(play_at_30_fps(host, 60))
    await until(lambda: not opened.udp._watching, 5)
    guest = Guest(stage.whep(room_of(host)))
    assert (await guest.agree()).status_code == 201
    await until(lambda: opened.udp._watching, 5)
    await asyncio.sleep(0.2)
    assert opened.udp._watching, "for as long as somebody is expected"
    await guest.connect()
    await until(lambda: not opened.udp._watching, 5)
    await guest.close()
    await playing


async def test_a_publisher_is_read_through_its_own_socket(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    opened = stage.node.open()
    ((publisher, own),) = opened.udp._publisher_sockets.items()
    assert own.socket.getpeername() == host.socket.getsockname()
    await host.play(3)
    await until(lambda: own.used and len(guest.video) >= 9)
    with pytest.raises(OSError, match="in use"):
        MediaSocket("127.0.0.1", opened.number)
    host.move()
    host.check()
    await until(lambda: opened.udp._publisher_sockets[publisher].socket.getpeername() == host.socket.getsockname(), 5)
    assert own.socket.fileno() < 0
    before = len(guest.video)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)
    assert (await stage.http.delete(host.location)).status_code == 200
    await until(lambda: not opened.udp._publisher_sockets, 5)


async def test_a_publishers_socket_ignores_other_senders(stage: Stage, company: Company) -> None:
    """Datagrams that arrive between bind and connect are still checked for their sender."""
    host, (guest,) = await company()
    opened = stage.node.open()
    (own,) = opened.udp._publisher_sockets.values()
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
async def test_without_publisher_sockets_media_still_flows(
    company: Company, stage: Stage, monkeypatch: pytest.MonkeyPatch, refuse: Callable[..., None] | None
) -> None:
    if refuse is not None:
        monkeypatch.setattr(udp_reader, "open_publisher_socket", refuse)
    else:
        monkeypatch.delattr(socket, "SO_REUSEPORT")
    host, (guest,) = await company()
    opened = stage.node.open()
    assert not opened.udp._publisher_sockets
    before = len(guest.video)
    await play_at_30_fps(host, 10)
    assert opened.udp._watching
    await until(lambda: len(guest.video) >= before + 30)


async def test_a_publisher_on_another_address_is_read_through_the_shared_socket(
    company: Company, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packets to another of our addresses are read by the shared socket, without delay."""
    monkeypatch.setattr(publisher_socket, "UNUSED_S_MAX", 0.3)
    host, (guest,) = await company()
    opened = stage.node.open()
    (own,) = opened.udp._publisher_sockets.values()
    own.used = False
    own.socket.connect(("127.0.0.1", 9))  # so that the kernel delivers nothing to it
    await asyncio.sleep(0.5)
    before = len(guest.video)
    await play_at_30_fps(host, 10)
    await until(lambda: len(guest.video) >= before + 30)
    assert opened.udp._watching


def publisher_of(stage: Stage, host: Host) -> Publisher:
    found = stage.sessions.find_publisher(room_of(host), host.location.rsplit("/", 1)[-1])
    assert found is not None
    return found


async def test_a_publishers_round_trip_is_measured(
    company: Company, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ice_agent, "ROUND_TRIP_PROBE_S", 0.2)
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
    monkeypatch.setattr(ice_agent, "ROUND_TRIP_PROBE_S", 0.2)
    host, _ = await company(0)
    asked = publisher_of(stage, host).peer
    requests = []

    def forge(message: reference.Message) -> None:
        requests.append(message)
        answer = reference.Message(reference.Method.BINDING, reference.Class.RESPONSE, message.transaction_id)
        answer.add_message_integrity(b"not its password")
        host.send(bytes(answer))

    monkeypatch.setattr(host, "_on_stun", forge)
    await until(lambda: len(requests) > ice_agent.UNANSWERED_PROBES_MAX, 5)
    assert asked.round_trip_s is None
    assert asked.connected

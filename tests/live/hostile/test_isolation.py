"""A datagram that cannot be processed affects nobody but its sender."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from core.faults import FaultLog
from live.media.relay.subscriber import Subscriber
from live.media.rtp import rtcp
from live.sessions import MediaSessions
from tests.live.lean import LeanClient
from tests.live.media.relay.company import Company, Host, room_of
from tests.live.media.relay.stage import Stage, until

HOSTILE = 30  # datagrams


class BrokenError(Exception):
    """What the server's code raises in these tests."""


def broken(*_: object, **__: object) -> None:
    raise BrokenError


def viewer_of(sessions: MediaSessions, client: LeanClient) -> Subscriber:
    found = sessions.find_viewer(room_of(client), client.location.rsplit("/", 1)[-1])
    assert found is not None
    return found


async def still_play(host: Host, *guests: Any) -> None:
    before = [len(guest.video) for guest in guests]
    await host.play(4)
    await until(lambda: all(len(g.video) >= b + 12 for g, b in zip(guests, before, strict=True)), 20)


async def test_a_report_that_fails_does_not_cost_the_datagrams_behind_it(stage: Stage, company: Company) -> None:
    host, (hostile, honest, other) = await company(3)
    viewer_of(stage.sessions, hostile).peer._on_rtcp = broken
    host.keyframe_requests.clear()
    # They are sent without a pause, so the server reads them together.
    for _ in range(HOSTILE):
        hostile.send_rtcp(rtcp.picture_loss(1, hostile.ssrcs["video"]))
    honest.send_rtcp(rtcp.picture_loss(1, honest.ssrcs["video"]))
    await until(lambda: host.keyframe_requests, 20)
    await still_play(host, honest, other, hostile)


async def test_a_handshake_that_fails_does_not_cost_the_datagrams_behind_it(stage: Stage, company: Company) -> None:
    host, (hostile, honest) = await company(2)
    viewer_of(stage.sessions, hostile).peer.on_dtls = broken  # type: ignore[method-assign]
    host.keyframe_requests.clear()
    for _ in range(HOSTILE):
        hostile.send(b"\x16\xfe\xfd" + bytes(60))
    honest.send_rtcp(rtcp.picture_loss(1, honest.ssrcs["video"]))
    await until(lambda: host.keyframe_requests, 20)
    await still_play(host, honest)


async def test_a_packet_that_fails_does_not_cost_those_read_with_it(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, (guest,) = await company()
    publisher = stage.sessions.find_publisher(room_of(host), host.location.rsplit("/", 1)[-1])
    assert publisher is not None
    process, failed = publisher._on_packet, []

    def fails_at_times(packet: Any) -> None:
        if packet.marker:
            failed.append(packet.sequence)
            raise BrokenError
        process(packet)

    monkeypatch.setattr(publisher, "_on_packet", fails_at_times)
    before = len(guest.video)
    host.frame()
    host.frame()
    await until(lambda: len(failed) >= 2 and len(guest.video) >= before + 4, 20)
    monkeypatch.undo()
    await still_play(host, guest)


async def test_a_session_whose_timer_fails_does_not_end_the_node(stage: Stage, company: Company) -> None:
    host, (guest,) = await company()
    port = stage.node.open()
    late = type(guest)(stage.whep(room_of(host)))
    assert (await late.agree()).status_code == 201
    viewer_of(stage.sessions, late).peer.agent.check_liveness = broken  # type: ignore[method-assign]
    ticks: list[float] = []
    checked = port.udp.check_liveness
    port.udp.check_liveness = lambda now: (ticks.append(now), checked(now))[1]  # type: ignore[func-returns-value, method-assign]
    await until(lambda: len(ticks) > 3, 20)
    await still_play(host, guest)
    late.vanish()


def test_repeated_faults_are_counted_and_logged_once() -> None:
    faults = FaultLog("fault")
    with structlog.testing.capture_logs() as lines:
        for _ in range(1000):
            try:
                raise BrokenError
            except BrokenError:
                faults.add()
    assert faults.count == 1000
    assert len(lines) == 1

"""A node's overview for moderators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from live.monitoring.overview import CPU_WINDOW_S_MIN, CpuMeter, Overviews
from tests.live.clients import Publishing, Watching
from tests.live.media.relay.stage import Stage, open_stage, until
from tests.served import Served


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


async def test_a_live_room_is_shown_with_title_host_and_health(stage: Stage) -> None:
    overviews = Overviews(stage.node, stage.sessions, stage.rooms)
    nothing = await overviews.now()
    assert (nothing.publishers, nothing.viewers, nothing.rooms) == (0, 0, [])
    room, key = await stage.open_room()
    publisher, viewer = Publishing(stage.whip(room), key), Watching(stage.whep(room))
    try:
        assert (await publisher.agree()).status_code == 201
        await until(lambda: (room, "live") in stage.states)
        assert (await viewer.agree()).status_code == 201
        await until(lambda: viewer.frames["video"] > 10 and stage.sessions.health(room).bitrate_bps > 0)
        now = await overviews.now()
        assert (now.publishers, now.viewers) == (1, 1)
        assert now.packets_in > 10
        assert now.packets_out > 10
        assert [(shown.room, shown.title, shown.host) for shown in now.rooms] == [(room, "A room", stage.host.brief)]
        assert now.rooms[0].health.publishing
        assert now.rooms[0].health.bitrate_bps > 0
        assert now.fanout
        await stage.rooms.end(room, stage.host)
        await until(lambda: not stage.sessions.relays)
        after = await overviews.now()
        assert (after.publishers, after.rooms) == (0, [])
        assert after.packets_in >= now.packets_in, "what has been carried stays counted"
    finally:
        await viewer.close()
        await publisher.close()


async def test_rooms_are_in_a_stable_order(stage: Stage) -> None:
    publishers, rooms = [], []
    try:
        for _ in range(3):
            room, key = await stage.open_room()
            publishers.append(Publishing(stage.whip(room), key, audio=False))
            rooms.append(room)
            assert (await publishers[-1].agree()).status_code == 201
        shown = (await Overviews(stage.node, stage.sessions, stage.rooms).now()).rooms
        assert [one.room for one in shown] == rooms
    finally:
        await asyncio.gather(*(publisher.close() for publisher in publishers))


def test_cpu_usage_is_measured_since_the_last_reading() -> None:
    wall, busy = [100.0], [7.0]
    meter = CpuMeter(lambda: wall[0], lambda: busy[0])
    wall[0], busy[0] = 102.0, 7.5
    assert meter.read() == 25.0
    wall[0] += CPU_WINDOW_S_MIN / 2
    busy[0] += 100
    assert meter.read() == 25.0, "too short a while says nothing new"
    wall[0], busy[0] = 112.0, 22.5
    assert meter.read() == 150.0, "two threads can be busy at once"
    wall[0] = 122.0
    assert meter.read() == 0.0


def test_only_moderators_can_read_the_overview(shared_server: Served) -> None:
    assert shared_server.http.get("/api/media").json()["code"] == "not_signed_in"
    ada = shared_server.join()
    refused = ada.http.get("/api/media")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    for role in ("moderator", "admin"):
        shared_server.grant(ada, role)
        shown = ada.http.get("/api/media")
        assert shown.status_code == 200
        assert shown.json().keys() >= {
            "fanout", "cpu_percent", "publishers", "viewers", "viewers_losing", "packets_in", "packets_out", "rooms",
        }  # fmt: skip

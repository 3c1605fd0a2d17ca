"""A room's airtime counts its viewers, and the time in which its picture shows nothing."""

from __future__ import annotations

import pytest

from live.monitoring.airtime import DULL_BPS_MAX, Airtime, airtime, is_dull
from live.monitoring.health import Health, LayerHealth
from tests.live.clients import Publishing, Watching
from tests.live.media.relay.stage import Stage, until


def picture(bitrate_bps: int, frames_per_second: float) -> Health:
    return Health(publishing=True, layers=[LayerHealth("main", bitrate_bps, frames_per_second, 100, 0, 1)])


@pytest.mark.parametrize(
    ("health", "dull"),
    [
        (picture(1_200_000, 30.0), False),
        (picture(DULL_BPS_MAX, 5.0), False),  # slides
        (picture(DULL_BPS_MAX - 1, 30.0), True),  # black
        (picture(500_000, 0.5), True),  # starved
        (Health(publishing=True), True),  # sound without a picture
    ],
)
def test_a_black_still_starved_or_missing_picture_is_dull(health: Health, dull: bool) -> None:
    assert is_dull(health) is dull


async def test_the_time_on_air_is_added_up_with_its_viewers(stage: Stage) -> None:
    now = [100.0]
    added = Airtime(stage.database, stage.sessions, lambda: now[0])
    room, key = await stage.open_room()
    publisher, viewer = Publishing(stage.whip(room), key), Watching(stage.whep(room))
    try:
        assert (await publisher.agree()).status_code == 201
        await until(lambda: (room, "live") in stage.states)
        now[0] += 10
        await added.add()
        assert (await viewer.agree()).status_code == 201
        await until(lambda: stage.sessions.health(room).viewers == 1 and bool(stage.sessions.health(room).layers))
        await until(lambda: not is_dull(stage.sessions.health(room)))
        now[0] += 20
        await added.add()
        [shown] = stage.database.read(lambda c: airtime(c, stage.host.id, 0))
        assert (shown.room, shown.measured_ms, shown.watched_ms) == (room, 30_000, 20_000)
        assert shown.dull_ms in (0, 10_000), "the second time it was measured, its picture moved"
        await stage.rooms.end(room, stage.host)
        await until(lambda: not stage.sessions.relays)
        now[0] += 10
        await added.add()
        assert stage.database.read(lambda c: airtime(c, stage.host.id, 0)) == [shown]
    finally:
        await viewer.close()
        await publisher.close()

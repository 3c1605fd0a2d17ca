"""What cannot be learned stops nothing else."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.vod.conftest import House
from tests.vod.feed.learning.showings import Fans, watch
from vod.feed.learning import learning as module
from vod.feed.learning.learning import Learning
from vod.feed.learning.tries import TRIES_MAX
from vod.feed.recommender.model import Model
from vod.feed.recommender.signals import Signal, VideoFacts
from vod.part import Vod
from vod.tables import feed_changes, feed_events

CHANGES = select(feed_changes.c.id)


def newest_event(house: House) -> str:
    newest = select(feed_events.c.id).order_by(feed_events.c.id.desc()).limit(1)
    return str(house.database.read(lambda c: c.execute(newest).scalar_one()))


class PoisonedModel(Model):
    """Cannot learn from one video, nor put another."""

    poison = ""

    def learn(self, signal: Signal) -> None:
        if signal.video == self.poison:
            raise IndexError(signal.video)
        super().learn(signal)

    def put(self, video: VideoFacts) -> None:
        if video.id == self.poison:
            raise ValueError(video.id)
        super().put(video)


def poisoned(house: House, vod: Vod, video: str) -> Learning:
    model = type("Poisoned", (PoisonedModel,), {"poison": video})
    vod.learning._make = model
    return vod.learning


def test_a_row_that_cannot_be_learned_stops_no_other(house: House, library: list[str], fan: Fans) -> None:
    ada, bob = fan(), fan()
    first, second, *_ = ada.page(house.vod)
    ada.do(house.vod, first)
    ada.do(house.vod, second)
    vod = house.open()
    learning = poisoned(house, vod, first.id)
    learning.catch_up()
    assert learning.learned == 1
    assert ada.do(vod, first, "share") == 1, "it was recorded, and nobody is told that it failed"
    assert learning._events.applied(newest_event(house)) is False, "it is tried again"
    for _ in range(TRIES_MAX):
        learning._looked_back_at = 0.0
        learning.catch_up()
    assert learning._events.applied(newest_event(house)), "but not for ever"
    assert [item.id for item in bob.page(vod)]
    watch(house, bob, 2)
    learning.catch_up()
    assert learning.learned > 1


def test_a_change_that_cannot_be_applied_stops_no_other(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, maker = house.open(), house.person()
    poisoned(house, there, "none").catch_up()
    bad, good = house.show(maker), house.show(maker)
    type(there.learning._model).poison = bad  # type: ignore[union-attr]
    for video in (bad, good):
        house.database.write(lambda c, v=video: house.vod.videos.changed(c, v))  # type: ignore[misc]
    for _ in range(TRIES_MAX):
        there.learning.catch_up()
    assert there.learning.live([bad, good]) == {good}
    assert all(map(there.learning._changes.applied, house.database.read(lambda c: c.execute(CHANGES).scalars().all())))


async def test_an_unexpected_fault_does_not_end_the_task(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process whose task ends is started again, and would meet the same fault again."""
    learning = house.open().learning
    monkeypatch.setattr(module, "POLL_S", 0.01)
    catch_up, faults = learning.catch_up, [ValueError("a"), KeyError("b"), PoolTimeout(), None]

    def sometimes() -> None:
        if faults and (fault := faults.pop(0)) is not None:
            raise fault
        catch_up()

    monkeypatch.setattr(learning, "catch_up", sometimes)
    task = asyncio.create_task(learning.run())
    while not learning.ready:
        assert not task.done()
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

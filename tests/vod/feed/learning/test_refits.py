"""A refit reaches every node, or changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.jobs import Job
from tests.vod.conftest import House
from tests.vod.feed.learning.showings import Fans, watch
from vod.feed.learning import refits
from vod.feed.learning.refits import RefitFailed
from vod.tables import feed_changes, feed_snapshots


def refit_of(house: House) -> Job:
    return Job("", "vod.refit_recommender", "", {}, 1)


def run_refit(house: House) -> None:
    schedule = next(s for s in house.part.schedules if s.kind == "vod.refit_recommender")
    schedule.job.run(refit_of(house))


def test_a_refit_reaches_every_node(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    watch(house, ada)
    run_refit(house)
    kinds = select(feed_changes.c.kind)
    assert house.database.read(lambda c: c.execute(kinds).scalars().all()) == ["fit"]
    house.vod.learning.catch_up()
    assert ada.page(house.vod)


def test_a_killed_refit_changes_nothing(
    house: House, library: list[str], fan: Fans, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(house, fan())
    monkeypatch.setattr(refits, "_BOOT", "import os, sys; sys.stdin.read(); os.kill(os.getpid(), 9)")
    with pytest.raises(RefitFailed):
        run_refit(house)
    stored = select(feed_snapshots.c.id)
    assert house.database.read(lambda c: c.execute(stored).all()) == []
    house.vod.learning.catch_up()

"""What nobody can have watched, and whom nobody trusts, teaches little."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.vod.conftest import House
from tests.vod.feed.learning.showings import Fans, interests, row_of
from trust.reports import Subject
from vod.feed.events import FeedEvent
from vod.feed.learning.voice import NEWCOMER_VOICE
from vod.part import Vod
from vod.tables import feed_events, videos


def test_what_cannot_have_been_watched_counts_for_nobody_else(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    first, second, *_ = ada.page(house.vod)
    house.time.leap_ms += 1_000
    absurd = [FeedEvent(first.id, "finish", 80_000_000, first.impression)]
    assert house.vod.feed_events.record(ada.viewer, absurd) == 1
    fraction, voice, profile = row_of(house, "finish")
    assert fraction < 0.5
    assert (voice, profile) == (0.0, ada.who.id)
    assert house.vod.feed_events.record(ada.viewer, absurd) == 0, "a replay"
    ada.do(house.vod, second)
    assert row_of(house, "finish")[:2] == (1.0, 1.0)


def test_events_without_a_showing_or_of_ones_own_video_count_for_nobody_else(
    house: House, library: list[str], fan: Fans
) -> None:
    ada = fan()
    house.vod.feed_events.record(ada.viewer, [FeedEvent(library[0], "share")])
    assert row_of(house, "share")[1] == 0.0
    own = house.show(ada.who)
    house.vod.feed_events.record(ada.viewer, [FeedEvent(own, "view", 1_000)])
    assert row_of(house, "view")[1:] == (0.0, None)
    views = select(videos.c.views).where(videos.c.id == own)
    assert house.database.read(lambda c: c.execute(views).scalar_one()) == 0


def test_a_ring_of_new_accounts_is_hardly_heard(house: House, library: list[str], fan: Fans) -> None:
    for _ in range(10):
        bot = fan(aged=False)
        shown = bot.page(house.vod, 12)
        target = next((item for item in shown if item.id == library[0]), shown[0])
        bot.do(house.vod, target)
    voices = house.database.read(lambda c: c.execute(select(feed_events.c.voice)).scalars().all())
    assert sum(voices) <= 10 * (NEWCOMER_VOICE + 0.01)


def test_likes_take_turns_and_a_second_like_says_nothing_new(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    (shown, *_) = ada.page(house.vod)
    for deed in ("like", "like", "unlike", "unlike", "like"):
        house.vod.feed_events.note(ada.viewer, deed, shown.id)
    rows = house.database.read(
        lambda c: c.execute(select(feed_events.c.kind, feed_events.c.voice).order_by(feed_events.c.id)).all()
    )
    assert [tuple(row) for row in rows] == [("like", 1.0), ("unlike", 1.0), ("like", 0.0)]


def stats_of(vod: Vod, video: str) -> list[float]:
    """What the model has heard about a video."""
    model = vod.learning._model
    assert model is not None
    row = model._catalogue.ids.find(video)
    return [*model._catalogue.rows["stats"][row].tolist(), float(model._catalogue.rows["heat"][row])]


def test_a_report_that_is_taken_back_says_nothing_any_more(house: House, library: list[str], fan: Fans) -> None:
    ada = fan()
    item, *_ = ada.page(house.vod)
    ada.do(house.vod, item, "view")
    before, liked = stats_of(house.vod, item.id), interests(house.vod, ada)
    for number in range(2):
        report = house.reports.add(ada.who, Subject("video", item.id), "spam", "")
        assert (stats_of(house.vod, item.id) == before) is (number > 0), "once said, it says nothing new"
        house.reports.withdraw(ada.who, report)
        assert stats_of(house.vod, item.id) == pytest.approx(before, abs=1e-5)
        assert [(one.kind, one.key) for one in interests(house.vod, ada)] == [(one.kind, one.key) for one in liked]
    kinds = (
        select(feed_events.c.kind, feed_events.c.voice).where(feed_events.c.kind != "view").order_by(feed_events.c.id)
    )
    rows = [tuple(row) for row in house.database.read(lambda c: c.execute(kinds).all())]
    assert rows == [("report", 1.0), ("unreport", 1.0), ("report", 0.0), ("unreport", 0.0)]
    again = house.open()
    again.learning.catch_up()
    assert stats_of(again, item.id) == pytest.approx(before, abs=1e-5)

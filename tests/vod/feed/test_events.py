"""Feed events: what is accepted, what counts as a view, and how long they are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.vod.conftest import House
from tests.vod.feed.conftest import Swipe, subject
from vod.feed import events
from vod.feed.events import FeedEvent
from vod.feed.feed import FeedItem
from vod.feed.viewer import Viewer
from vod.tables import feed_events


def test_a_view_counts_once_per_viewer_in_30_minutes(house: House) -> None:
    video, who = house.show(house.person()), house.person()
    view = [FeedEvent(video, "view", 500), FeedEvent(video, "view", 900), FeedEvent(video, "finish", 1000)]
    viewers = house.vod.viewers
    person = viewers.viewer(who, "192.0.2.1")
    assert house.vod.feed_events.record(person, view) == 2, "the second view repeats the first"
    assert house.vod.feed_events.record(person, view) == 0
    assert house.vod.videos.video(video, None).views == 1
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        house.vod.feed_events.record(viewers.viewer(None, address), view)
    assert house.vod.videos.video(video, None).views == 3
    house.time.leap_ms += events.VIEW_AGAIN_MS + 1
    house.vod.feed_events.record(person, view)
    assert house.vod.videos.video(video, None).views == 4


def test_events_of_hidden_videos_are_ignored(house: House) -> None:
    hidden = house.show(house.person(), "processing")
    assert (
        house.vod.feed_events.record(Viewer("x", None), [FeedEvent(hidden, "view"), FeedEvent("nonsense", "view")]) == 0
    )
    assert house.database.read(lambda c: c.execute(select(feed_events)).all()) == []


def test_ip_addresses_are_not_stored(house: House) -> None:
    pseudonym = house.vod.viewers.pseudonym("192.0.2.1")
    assert "192.0" not in pseudonym
    assert pseudonym == house.vod.viewers.pseudonym("192.0.2.1")
    house.time.leap_ms += 86_400_000
    assert pseudonym != house.vod.viewers.pseudonym("192.0.2.1")


def test_events_are_limited_in_age_and_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    video = house.show(house.person())
    house.vod.feed_events.record(Viewer("old", None), [FeedEvent(video, "view")])
    house.time.leap_ms += events.EVENT_AGE_MS_MAX + 1000
    for number in range(6):
        house.vod.feed_events.record(Viewer(f"v{number}", None), [FeedEvent(video, "view")])
    house.vod.feed_events.forget_old()
    viewers = select(feed_events.c.viewer).order_by(feed_events.c.viewer)
    assert house.database.read(lambda c: c.execute(viewers).scalars().all()) == [f"v{n}" for n in range(6)]
    monkeypatch.setattr(events, "EVENTS_MAX", 4)
    house.vod.feed_events.forget_old()
    assert len(house.database.read(lambda c: c.execute(viewers).scalars().all())) == 4


def test_an_event_can_reference_its_videos_impression(house: House, swipe: Swipe) -> None:
    who = house.person()
    house.show(who)
    (item,) = swipe(who)
    event = FeedEvent(subject(item), "view", 1000, item.impression)
    assert house.vod.feed_events.record(Viewer(who.id, who), [event]) == 1
    kept = house.database.read(lambda c: c.execute(select(feed_events.c.impression)).scalars().all())
    assert kept == [item.impression]


def test_an_event_with_another_items_impression_is_ignored(house: House, swipe: Swipe) -> None:
    who, other = house.person(), house.person()
    house.show(who)
    house.show(who)
    house.go_live(who)
    room, newer, older = swipe(who)

    def accepted(viewer: Viewer, video: FeedItem, impression: str) -> int:
        return house.vod.feed_events.record(viewer, [FeedEvent(subject(video), "view", 1000, impression)])

    assert accepted(Viewer(who.id, who), older, newer.impression) == 0
    assert accepted(Viewer(who.id, who), older, room.impression) == 0
    assert accepted(Viewer(who.id, who), older, "unknown") == 0
    assert accepted(Viewer(other.id, other), older, older.impression) == 0, "somebody else's"
    assert accepted(house.vod.viewers.viewer(None, "192.0.2.1"), older, older.impression) == 0, "a person's"
    assert house.vod.videos.video(subject(older), None).views == 0
    assert accepted(Viewer(who.id, who), older, older.impression) == 1


def test_a_visitors_impression_survives_a_change_of_address_and_signing_in(house: House, swipe: Swipe) -> None:
    who = house.person()
    house.show(who)
    (item,) = swipe()
    event = FeedEvent(subject(item), "view", 1000, item.impression)
    for viewer in (house.vod.viewers.viewer(None, "192.0.2.9"), Viewer(who.id, who)):
        assert house.vod.feed_events.record(viewer, [event]) == 1

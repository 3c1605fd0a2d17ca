"""Feed events: what is accepted, what counts as a view, and how long they are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from tests.vod.conftest import House
from tests.vod.feed.conftest import Swipe, subject
from vod.feed import events
from vod.feed.events import FeedEvent
from vod.feed.feed import FeedItem
from vod.feed.viewer import Viewer
from vod.tables import feed_events, video_tags, videos


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


@pytest.mark.parametrize(
    ("source", "signed_in", "kept"),
    [
        ("profile", False, True),
        ("search", False, True),
        ("link", False, True),
        ("live_room", False, True),
        ("hashtag_page", False, False),
        ("sound_page", False, False),
        ("inbox", False, False),
        ("inbox", True, True),
        ("saved", True, True),
        ("history", False, False),
    ],
)
def test_a_view_has_the_source_that_is_told_if_it_can_be(
    house: House, source: str, signed_in: bool, kept: bool
) -> None:
    video, who = house.show(house.person()), house.person() if signed_in else None
    told = FeedEvent(video, "view", 1000, source=source)  # type: ignore[arg-type]
    assert house.vod.feed_events.record(house.vod.viewers.viewer(who, "192.0.2.1"), [told]) == 1
    assert sources(house) == [source if kept else None]


def test_hashtag_and_sound_pages_show_what_has_one(house: House) -> None:
    video, viewer = house.show(house.person()), Viewer("~visitor", None)
    house.database.write(lambda c: c.execute(insert(video_tags).values(tag="cats", video=video)))
    house.database.write(lambda c: c.execute(update(videos).values(sound="0" * 20)))
    for source in ("hashtag_page", "sound_page"):
        house.vod.feed_events.record(viewer, [FeedEvent(video, "view", source=source)])
        house.time.leap_ms += events.VIEW_AGAIN_MS + 1
    assert sources(house) == ["hashtag_page", "sound_page"]


def test_beside_an_impression_no_source_counts(house: House, swipe: Swipe) -> None:
    who = house.person()
    house.show(house.person())
    (item,) = swipe(who)
    event = FeedEvent(subject(item), "view", 1000, item.impression, "profile")
    assert house.vod.feed_events.record(Viewer(who.id, who), [event]) == 1
    assert sources(house) == [None]


def sources(house: House) -> list[str | None]:
    kept = select(feed_events.c.source).order_by(feed_events.c.id)
    return list(house.database.read(lambda c: c.execute(kept).scalars().all()))

"""Impressions: what the server records of what it showed."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, event, select

from tests.vod.conftest import House
from tests.vod.feed.conftest import BASE_URL, Swipe, subject
from vod.feed import impressions
from vod.feed.viewer import Viewer
from vod.tables import feed_impressions


def test_every_shown_item_is_recorded_once_with_position_and_reason(house: House, swipe: Swipe) -> None:
    who = house.person()
    for _ in range(9):
        house.show(who)
    house.go_live(who)
    items = swipe(who, limit=4)
    rows = house.database.read(
        lambda c: c.execute(select(feed_impressions).order_by(feed_impressions.c.position)).all()
    )
    assert [(row.id, row.subject, row.reason) for row in rows] == [
        (item.impression, subject(item), item.reason.code) for item in items
    ]
    assert [row.position for row in rows] == list(range(10))
    assert [row.kind for row in rows] == ["room"] + ["video"] * 9
    assert {row.viewer for row in rows} == {who.id}
    assert len({row.session for row in rows}) == 1


def test_each_visit_is_a_session_and_can_show_a_room_again(house: House, swipe: Swipe) -> None:
    room = house.go_live(house.person())
    first, second = swipe(), swipe()
    assert [subject(item) for item in (*first, *second)] == [room, room]
    assert first[0].impression != second[0].impression


def test_a_page_is_recorded_in_one_insert(house: House) -> None:
    who = house.person()
    for _ in range(30):
        house.show(who)
    inserts: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT"):
            inserts.append(statement)

    event.listen(house.database.engine, "before_cursor_execute", note)
    house.vod.feed.for_you(Viewer(who.id, who), "", 30, BASE_URL)
    event.remove(house.database.engine, "before_cursor_execute", note)
    assert len(inserts) == 1


def test_a_session_that_changes_between_two_processes_shows_nothing_twice(house: House) -> None:
    who, session = house.person(), "0" * 20
    ours, others = house.vod.impressions, impressions.Impressions(house.database, house.time)
    pages = [[impressions.Showing("video", f"{page}{place}", "fresh") for place in range(3)] for page in range(5)]
    for number, (page, by) in enumerate(zip(pages, (ours, others, ours, ours, others), strict=True)):
        shown = {one.subject for before in pages[:number] for one in before}
        assert house.database.read(lambda c: by.shown_videos(c, session, 3 * number, 2_000)) == shown  # noqa: B023
        by.record(who.id, session, 3 * number, 3 * number + 3, page)
    assert house.database.read(lambda c: ours.shown_videos(c, session, 3, 2_000)) == {one.subject for one in pages[0]}


def test_a_session_that_one_process_shows_is_not_read_again(house: House) -> None:
    who, session = house.person(), "0" * 20
    page = [impressions.Showing("video", str(place), "fresh") for place in range(3)]
    house.vod.impressions.record(who.id, session, 0, 3, page)
    house.database.write(lambda c: c.execute(delete(feed_impressions)))
    shown = house.database.read(lambda c: house.vod.impressions.shown_videos(c, session, 3, 2_000))
    assert shown == {one.subject for one in page}


def test_an_empty_page_records_nothing(house: House, swipe: Swipe) -> None:
    assert swipe() == []
    assert house.database.read(lambda c: c.execute(select(feed_impressions)).all()) == []


def test_impressions_are_deleted_after_a_month_and_limited_in_number(
    house: House, swipe: Swipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = house.person()
    for _ in range(6):
        house.show(who)
    swipe()
    house.time.leap_ms += impressions.IMPRESSION_AGE_MS_MAX + 1000
    recent = [item.impression for item in swipe()]
    kept = select(feed_impressions.c.id).order_by(feed_impressions.c.position)
    house.vod.impressions.forget_old()
    assert house.database.read(lambda c: c.execute(kept).scalars().all()) == recent
    monkeypatch.setattr(impressions, "IMPRESSIONS_MAX", 4)
    house.vod.impressions.forget_old()
    assert len(house.database.read(lambda c: c.execute(kept).scalars().all())) == 4


def test_a_forged_cursor_reads_no_more_than_the_live_rooms(house: House) -> None:
    who, room = house.person(), house.go_live(house.person())
    session = "0" * 20
    showings = [impressions.Showing("room", room, "live"), *[impressions.Showing("room", "gone", "live")] * 50]
    house.vod.impressions.record(who.id, session, 0, 102, showings * 2)
    shown = house.database.read(lambda c: house.vod.impressions.shown(c, session, "room", 10**6, [room, "another"]))
    assert shown == {room}
    assert house.database.read(lambda c: house.vod.impressions.shown(c, session, "room", 10**6, [])) == set()
    page = house.vod.feed.for_you(Viewer(who.id, who), f"{session}.0-900000-6-6.", 3, BASE_URL)
    assert page.items == [], "the session has seen the only room"

"""Reports: one open report a person and subject, and what somebody reported is hidden from them at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.errors import InvalidRequest, NotFound
from core.identity import Identity
from core.storage import FolderStorage
from tests.vod.conftest import House
from trust import reports
from trust.errors import CannotReportYourself, ReportNotFound, TooManyReports
from trust.reports import Subject
from vod.errors import CommentNotFound, VideoNotFound
from vod.feed.feed import FeedAd, FeedRoom


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    storage = FolderStorage(tmp_path / "media")
    yield House(database, storage, tmp_path)
    storage.close()


def report(house: House, who: Identity, kind: str, subject: str, text: str = "") -> str:
    return house.reports.add(who, Subject(kind, subject), "spam", text)  # type: ignore[arg-type]


def seen(house: House, viewer: Identity, owner: Identity) -> set[str]:
    page = house.database.read(lambda c: house.vod.videos.by_person(c, owner.id, viewer, "", 20))
    feed = house.vod.feed.for_you(house.vod.viewers.viewer(viewer, "192.0.2.1"), "", 20, "http://cadeau.test")
    shown = [item for item in feed.items if not isinstance(item, FeedAd)]
    in_feed = {item.room.id if isinstance(item, FeedRoom) else item.id for item in shown}
    assert {video.id for video in page.items} <= in_feed
    return in_feed


def test_a_reported_video_is_hidden_from_who_reported_it_until_it_is_taken_back(house: House) -> None:
    owner, fan, other = (house.person() for _ in range(3))
    bad, good = house.show(owner), house.show(owner)
    made = report(house, fan, "video", bad)
    assert (seen(house, fan, owner), seen(house, other, owner)) == ({good}, {bad, good})
    with pytest.raises(VideoNotFound):
        house.vod.videos.video(bad, fan)
    assert house.vod.videos.video(bad, other).id == bad
    with pytest.raises(ReportNotFound):
        house.reports.withdraw(other, made)
    house.reports.withdraw(fan, made)
    assert seen(house, fan, owner) == {bad, good}
    with pytest.raises(ReportNotFound):
        house.reports.withdraw(fan, made)


def test_a_reported_comment_is_hidden_from_who_reported_it(house: House) -> None:
    owner, fan, troll = (house.person() for _ in range(3))
    video = house.show(owner)
    bad = house.vod.comments.add(video, troll, "bad").id
    good = house.vod.comments.add(video, owner, "good").id
    report(house, fan, "comment", bad)
    assert [one.id for one in house.vod.comment_pages.page(video, fan, "", 5).items] == [good]
    assert len(house.vod.comment_pages.page(video, owner, "", 5).items) == 2
    with pytest.raises(CommentNotFound):
        house.vod.comment_pages.one(video, bad, fan)


def test_of_a_reported_person_videos_comments_and_rooms_are_hidden(house: House) -> None:
    owner, fan, troll = (house.person() for _ in range(3))
    theirs, mine = house.show(troll), house.show(owner)
    room = house.go_live(troll)
    house.vod.comments.add(mine, troll, "bad")
    assert {theirs, mine, room} <= seen(house, fan, owner)
    report(house, fan, "person", troll.id)
    assert seen(house, fan, owner) == {mine}
    assert house.vod.comment_pages.page(mine, fan, "", 5).items == []


def test_a_reported_room_leaves_the_feed_of_who_reported_it(house: House) -> None:
    owner, fan = house.person(), house.person()
    video, room = house.show(owner), house.go_live(owner)
    report(house, fan, "room", room)
    assert (seen(house, fan, owner), seen(house, owner, owner)) == ({video}, {video, room})


def test_moderators_go_on_seeing_what_they_report(house: House) -> None:
    owner, moderator = house.person(), house.person(moderates=True)
    video = house.show(owner)
    report(house, moderator, "video", video)
    assert house.vod.videos.video(video, moderator).id == video


def test_there_is_one_open_report_of_a_person_about_a_subject(house: House) -> None:
    owner, fan, other = (house.person() for _ in range(3))
    video = house.show(owner)
    first = report(house, fan, "video", video, "one")
    second = house.reports.add(fan, Subject("video", video), "hate", "two")
    assert first == second
    assert report(house, other, "video", video) != first
    (shown,) = house.reports.own(fan, None, "", 5).items
    assert (shown.id, shown.reason, shown.text) == (first, "hate", "two")


def test_reports_at_once_become_one(house: House) -> None:
    video, fan = house.show(house.person()), house.person()
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(report(house, fan, "video", video))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == len(house.reports.own(fan, None, "", 10).items) == 1


def test_ones_own_reports_are_listed_by_kind_and_in_pages(house: House) -> None:
    owner, fan, other = (house.person() for _ in range(3))
    made = [report(house, fan, "video", house.show(owner)) for _ in range(3)]
    person = report(house, fan, "person", owner.id)
    first = house.reports.own(fan, "video", "", 2)
    assert first.next is not None
    rest = house.reports.own(fan, "video", first.next, 2)
    assert [one.id for one in (*first.items, *rest.items)] == made[::-1]
    assert [one.id for one in house.reports.own(fan, "person", "", 5).items] == [person]
    assert house.reports.own(other, None, "", 5).items == []


def test_nobody_reports_themselves_or_what_is_not_there(house: House) -> None:
    fan, owner = house.person(), house.person()
    mine, private = house.show(fan), house.show(owner, visibility="private")
    for kind, subject in (("video", mine), ("person", fan.id)):
        with pytest.raises(CannotReportYourself):
            report(house, fan, kind, subject)
    for kind, subject, refusal in (
        ("video", "nothing", VideoNotFound), ("video", private, VideoNotFound), ("comment", "nothing", CommentNotFound),
        ("person", "nothing", NotFound), ("line", "room:1", InvalidRequest),
    ):  # fmt: skip
        with pytest.raises(refusal):
            report(house, fan, kind, subject)


def test_the_text_of_a_report_and_open_reports_are_limited(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, fan = house.person(), house.person()
    with pytest.raises(InvalidRequest):
        report(house, fan, "person", owner.id, "x" * (reports.REPORT_TEXT_CHARS_MAX + 1))
    monkeypatch.setattr(reports, "OPEN_REPORTS_MAX", 2)
    for _ in range(2):
        report(house, fan, "video", house.show(owner))
    with pytest.raises(TooManyReports):
        report(house, fan, "person", owner.id)

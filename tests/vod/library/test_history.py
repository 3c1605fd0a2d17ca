"""The watch history: written from views, each video once, cleared and paused by its owner."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, func, select

from core.errors import InvalidRequest
from core.identity import Identity
from tests.vod.conftest import House
from vod.feed.events import FeedEvent
from vod.feed.viewer import Viewer
from vod.library import history
from vod.tables import watch_history


def watch(house: House, who: Identity, *videos: str, kind: str = "view") -> None:
    """One after the other, a second apart."""
    for video in videos:
        house.time.leap_ms += 1000
        house.vod.feed_events.record(Viewer(who.id, who), [FeedEvent(video, kind, 500)])  # type: ignore[arg-type]


def ids(house: House, who: Identity) -> list[str]:
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.vod.history.page(who, cursor, 2)
        found += [video.id for video in page.items]
        cursor = page.next
    return found


def rows(house: House) -> int:
    return house.database.read(lambda c: c.execute(select(func.count()).select_from(watch_history)).scalar_one())


def test_the_last_watched_comes_first_and_each_video_once(house: House) -> None:
    owner, viewer = house.person(), house.person()
    videos = [house.show(owner) for _ in range(4)]
    watch(house, viewer, *videos, videos[1])
    assert ids(house, viewer) == [videos[number] for number in (1, 3, 2, 0)]
    assert ids(house, owner) == []
    watch(house, viewer, videos[0], kind="skip")
    assert ids(house, viewer)[0] == videos[1], "a skip is no view"


def test_videos_of_one_batch_are_paged_without_loss(house: House) -> None:
    owner, viewer = house.person(), house.person()
    videos = [house.show(owner) for _ in range(5)]
    house.vod.feed_events.record(
        Viewer(viewer.id, viewer), [FeedEvent(video, "view") for video in (*videos, videos[0])]
    )
    assert sorted(ids(house, viewer)) == sorted(videos)


def test_visitors_have_no_history(house: House) -> None:
    video = house.show(house.person())
    house.vod.feed_events.record(house.vod.viewers.viewer(None, "192.0.2.1"), [FeedEvent(video, "view")])
    assert rows(house) == 0


def test_it_can_be_cleared_by_video_by_span_and_altogether(house: House) -> None:
    owner, viewer, other = (house.person() for _ in range(3))
    videos = [house.show(owner) for _ in range(4)]
    watch(house, viewer, *videos)
    watch(house, other, *videos)
    house.vod.history.remove(viewer, videos[3])
    house.vod.history.remove(viewer, "nothing")
    assert ids(house, viewer) == [videos[2], videos[1], videos[0]]
    times = {video.id: video.watched_at for video in house.vod.history.page(viewer, "", 5).items}
    house.vod.history.clear(viewer, times[videos[1]], times[videos[2]])
    assert ids(house, viewer) == [videos[2], videos[0]]
    house.vod.history.clear(viewer, None, None)
    assert ids(house, viewer) == []
    assert len(ids(house, other)) == 4, "nobody else's"


def test_while_it_is_paused_nothing_is_added(house: House) -> None:
    viewer = house.person()
    first, second = house.show(viewer), house.show(viewer)
    watch(house, viewer, first)
    for _ in range(2):
        house.vod.history.pause(viewer, paused=True)
    watch(house, viewer, second)
    page = house.vod.history.page(viewer, "", 5)
    assert ([video.id for video in page.items], page.paused) == ([first], True)
    house.vod.history.pause(viewer, paused=False)
    watch(house, viewer, second)
    assert ids(house, viewer) == [second, first]
    assert not house.vod.history.page(viewer, "", 5).paused


def test_it_keeps_a_bounded_number_of_videos(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "HISTORY_VIDEOS_MAX", 3)
    viewer = house.person()
    videos = [house.show(viewer) for _ in range(5)]
    watch(house, viewer, *videos)
    assert ids(house, viewer) == [videos[4], videos[3], videos[2]]
    assert rows(house) == 3


def test_entries_of_deleted_videos_go(house: House) -> None:
    viewer = house.person()
    gone, kept = house.show(viewer), house.show(viewer)
    watch(house, viewer, gone, kept)
    house.vod.videos.delete(gone, viewer)
    assert ids(house, viewer) == [kept]
    house.clean_up()
    assert rows(house) == 1


def test_entries_of_deleted_videos_go_in_rounds_of_bounded_size(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "FORGOTTEN_AT_ONCE_MAX", 2)
    deleted: list[int] = []

    @event.listens_for(house.database.engine, "after_cursor_execute")
    def count(_c: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM watch_history"):
            deleted.append(cursor.rowcount)

    owner, viewers = house.person(), [house.person() for _ in range(3)]
    gone, kept = [house.show(owner) for _ in range(3)], house.show(owner)
    for viewer in viewers:
        watch(house, viewer, *gone, kept)
    for video in gone:
        house.vod.videos.delete(video, owner)
    deleted.clear()
    house.vod.history.forget_deleted()
    assert rows(house) == 3
    assert (sum(deleted), max(deleted)) == (9, 2)


@pytest.mark.parametrize("cursor", ["x", "1", "1.", "-1.a", "9" * 19 + ".a", "\0", "1.a\n"])
def test_a_cursor_that_is_not_ours_is_refused(house: House, cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        house.vod.history.page(house.person(), cursor, 5)

"""How videos and inserts are mixed, for random page sizes and numbers of both."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vod.feed.mix import ROOM_SPACING, SHORT_FEED_VIDEOS, Lane, Progress, Spacing, mix, videos_wanted

AD_SPACING = Spacing(every=9, head_start=4)
NUMBER = st.integers(0, 40)


def session(videos: int, rooms: int, limits: list[int], ads: int = 0) -> list[tuple[str, int]]:
    """All pages of a session, as the feed asks for them; the limits are used in turn."""
    left = [("video", n) for n in range(videos)]
    inserts = {ROOM_SPACING: [("room", n) for n in range(rooms)], AD_SPACING: [("ad", n) for n in range(ads)]}
    progress = Progress.start(list(inserts))
    shown: list[tuple[str, int]] = []
    for number in range(1000):
        limit = limits[number % len(limits)]
        lanes = [Lane(spacing, candidates) for spacing, candidates in inserts.items()]
        wanted = videos_wanted(lanes, progress, limit)
        found, left = left[:wanted], left[wanted:]
        page, progress = mix(found, lanes, progress, limit, videos_end=not left)
        assert len(page) <= limit
        assert [item for item in page if item[0] == "video"] == found, "every video that was asked for is shown"
        shown += page
        assert progress.position == len(shown)
        for candidates in inserts.values():
            candidates[:] = [one for one in candidates if one not in page]
        if not page:
            return shown
    raise AssertionError("the session never ends")


limits = st.lists(st.integers(1, 12), min_size=1, max_size=6)


@given(NUMBER, NUMBER, NUMBER, limits)
def test_no_item_is_shown_twice_and_every_video_is_shown(videos: int, rooms: int, ads: int, limits: list[int]) -> None:
    shown = session(videos, rooms, limits, ads)
    assert len(set(shown)) == len(shown)
    assert [n for kind, n in shown if kind == "video"] == list(range(videos))
    for kind in ("room", "ad"):
        numbers = [n for each, n in shown if each == kind]
        assert numbers == list(range(len(numbers))), "the best first"


@given(NUMBER, NUMBER, NUMBER, limits)
def test_rooms_are_adjacent_only_after_the_last_video(videos: int, rooms: int, ads: int, limits: list[int]) -> None:
    kinds = [kind for kind, _ in session(videos, rooms, limits, ads)]
    last_video = max((index for index, kind in enumerate(kinds) if kind == "video"), default=-1)
    neighbours = [index for index, pair in enumerate(pairwise(kinds)) if "video" not in pair]
    if videos >= SHORT_FEED_VIDEOS:
        assert neighbours == []
    assert all(index > last_video for index in neighbours)
    assert "ad" not in kinds[last_video + 2 :]


@given(NUMBER, st.integers(1, 40), limits)
def test_a_room_opens_the_feed_and_another_follows_every_six_videos(videos: int, rooms: int, limits: list[int]) -> None:
    kinds = [kind for kind, _ in session(videos, rooms, limits)]
    assert kinds[0] == "room"
    if videos >= SHORT_FEED_VIDEOS:
        at = [index for index, kind in enumerate(kinds) if kind == "room"]
        assert at == [7 * n for n in range(min(rooms, videos // 6 + 1))]


@given(NUMBER, NUMBER, NUMBER, limits, limits)
def test_the_page_size_does_not_change_the_feed(
    videos: int, rooms: int, ads: int, some: list[int], others: list[int]
) -> None:
    assert session(videos, rooms, some, ads) == session(videos, rooms, others, ads)


def test_with_few_videos_live_rooms_fill_the_rest_of_the_feed() -> None:
    assert session(2, 3, [10]) == [("room", 0), ("video", 0), ("video", 1), ("room", 1), ("room", 2)]


def test_without_rooms_the_feed_has_only_videos() -> None:
    assert session(9, 0, [4]) == [("video", n) for n in range(9)]

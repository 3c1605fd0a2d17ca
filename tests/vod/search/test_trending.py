"""Trending: more people make a difference, one person does not."""

from __future__ import annotations

from core.identity import Identity
from core.ids import first_id
from tests.vod.conftest import House
from tests.vod.search.conftest import Library
from vod.feed.events import FeedEvent
from vod.feed.viewer import Viewer
from vod.search.trending import Trending


def watch(house: House, who: Identity | str, video: str, times: int = 1) -> None:
    viewer = Viewer(who, None) if isinstance(who, str) else Viewer(who.id, who)
    for _ in range(times):
        house.vod.feed_events.record(viewer, [FeedEvent(video, "view", 5_000)])


def counted(house: House) -> Trending:
    house.vod.discovery.trends.count()
    return house.vod.discovery.trends.show(None)


def test_what_many_watch_is_above_what_one_watches_often(library: Library) -> None:
    house, maker = library.house, library.person("maker")
    liked, pushed = library.video(maker, "#liked"), library.video(maker, "#pushed")
    flooder = house.person()
    watch(house, flooder, pushed, times=60)
    for _ in range(4):
        watch(house, house.person(), liked)
    library.index()
    trending = counted(house)
    assert trending.videos[0].id == liked
    assert trending.hashtags[0].tag == "liked"


def test_nobody_raises_their_own_videos(library: Library) -> None:
    house, maker = library.house, library.person("maker")
    for number in range(30):
        watch(house, maker, library.video(maker, f"#mine number {number}"))
    other = library.video(library.person("other"), "#other")
    for _ in range(3):
        watch(house, house.person(), other)
    library.index()
    house.vod.discovery.trends.count()
    trending = counted(house)
    assert (trending.videos[0].id, trending.hashtags[0].tag) == (other, "other")


def test_visitors_count_less_than_members(library: Library) -> None:
    house, maker = library.house, library.person("maker")
    by_visitors, by_members = library.video(maker, "#visitors"), library.video(maker, "#members")
    for number in range(11):
        watch(house, f"~visitor{number}", by_visitors)
    for _ in range(3):
        watch(house, house.person(), by_members)
    library.index()
    assert [video.id for video in counted(house).videos] == [by_members, by_visitors]


def test_voices_fade(library: Library) -> None:
    house, maker = library.house, library.person("maker")
    earlier, now = library.video(maker, "earlier"), library.video(maker, "now")
    for _ in range(8):
        watch(house, house.person(), earlier)
    house.time.leap_ms += 24 * 3_600_000
    for _ in range(4):
        watch(house, house.person(), now)
    library.index()
    assert counted(house).videos[0].id == now


def test_hidden_videos_do_not_trend(library: Library) -> None:
    house = library.house
    video = library.video(library.person("maker"), "#gone")
    for _ in range(4):
        watch(house, house.person(), video)
    house.vod.discovery.trends.count()
    library.set_state(video, "rejected")
    library.index()
    trending = house.vod.discovery.trends.show(None)
    assert (trending.videos, trending.hashtags) == ([], [])


def test_without_any_voice_the_popular_is_shown(library: Library) -> None:
    maker = library.person("maker")
    library.video(maker, "#some")
    popular = library.video(maker, "#much", views=1_000)
    library.index()
    trending = counted(library.house)
    assert trending.videos[0].id == popular
    assert trending.hashtags[0].tag == "much"


def test_a_flood_of_new_accounts_does_not_rise_above_what_fewer_settled_people_watch(library: Library) -> None:
    house, maker = library.house, library.person("maker")
    pushed, liked = library.video(maker, "#pushed"), library.video(maker, "#liked")
    now = house.time()  # read once: a clock that moves on by a millisecond for each would give all the same id
    for first, number, video in ((0, 100, pushed), (30 * 86_400_000, 25, liked)):
        for nth in range(number):
            made = first_id(now - first - nth)
            watch(house, Identity(made, f"h{made}", "", "member", True), video)
    library.index()
    trending = counted(house)
    assert [video.id for video in trending.videos] == [liked, pushed]
    assert [tag.tag for tag in trending.hashtags] == ["liked", "pushed"]

"""The feed: assembles a page out of its sources and records what it shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Page
from core.outages import is_outage
from live.routes import RoomView
from vod.ads.serving.feed_ads import AD_SPACING, Ad, FeedAds, Placed
from vod.catalogue.videos import Video, VideoFields, Videos
from vod.feed import cursor as cursors
from vod.feed.cursor import Cursor
from vod.feed.impressions import Impressions, Showing
from vod.feed.mix import Lane, mix, videos_wanted
from vod.feed.rankers import Ranked, Ranker, Visit
from vod.feed.sources import Following, LiveRooms, ReasonCode, RoomSource, VideoSource, of_followed
from vod.feed.viewer import Viewer


class Reason(msgspec.Struct):
    """Why an item is shown."""

    code: ReasonCode


class FeedVideo(VideoFields, tag_field="kind", tag="video", kw_only=True):
    """A video in the feed. It is ready, so `reason` is why it is shown."""

    impression: str
    reason: Reason


class FeedRoom(msgspec.Struct, tag_field="kind", tag="room"):
    """A live room in the feed."""

    room: RoomView
    impression: str
    reason: Reason


class FeedAd(msgspec.Struct, tag_field="kind", tag="ad"):
    """An ad in the feed: a video that somebody pays for."""

    ad: Ad
    video: Video
    impression: str
    reason: Reason


FeedItem = FeedVideo | FeedRoom | FeedAd
_Slot = None  # an ad goes here, if somebody wants the place
_Candidate = tuple[Showing, Video | RoomView | Placed | None]

Choose = Callable[[Connection, Viewer, Cursor], tuple[Visit, Ranker]]
"""Who asks, and which ranker answers them."""

FromMemory = Callable[[Viewer, Cursor, int], Ranked]
"""(viewer, cursor, limit) -> videos without a database."""


class Feed:
    """Every method blocks and raises InvalidRequest for a cursor that is not one of ours."""

    def __init__(
        self,
        database: Database,
        videos: Videos,
        impressions: Impressions,
        following: Following,
        live_rooms: LiveRooms,
        choose: Choose,
        from_memory: FromMemory | None = None,
        ads: FeedAds | None = None,
    ) -> None:
        self._database = database
        self._videos = videos
        self._impressions = impressions
        self._rooms = RoomSource(live_rooms)
        self._choose = choose
        self._from_memory = from_memory
        self._ads = ads
        self._of_followed = self._by_rows(of_followed(following))

    def for_you(
        self, viewer: Viewer, cursor: str, limit: int, base_url: str, *, opening: bool = False
    ) -> Page[FeedItem]:
        """What a ranker found, with live rooms among it. `base_url` is where the viewer reached the server. `opening`:
        somebody has just opened the feed, so that a takeover may come first.

        Without a database: what the model ranks among the videos at hand, without rooms.
        """
        at = cursors.parse(cursor, [self._rooms.spacing, AD_SPACING])

        def read(connection: Connection) -> tuple[list[_Candidate], Cursor, bool]:
            visit, ranker = self._choose(connection, viewer, at)
            rooms = self._room_lane(connection, viewer, at, base_url, visit.followed)
            slots = self._slots(viewer)
            found = self._mixed(connection, visit, at, limit, ranker, [rooms, slots])
            page = self._with_ads(connection, viewer, at, found[0])
            if not page and found[0]:  # a page of nothing but places that nobody wanted
                return self._mixed(connection, visit, at, limit, ranker, [rooms, Lane(AD_SPACING, [])])
            first = self._opening(connection, viewer, at) if opening and not cursor and page else []
            return [*first, *page], *found[1:]

        try:
            found = self._database.read(read)
        except Exception as error:
            if self._from_memory is None or not is_outage(error):
                raise
            found = self._remembered(viewer, at, limit)
        return self._shown(viewer, at, *found)

    def of_followed(self, viewer: Viewer, cursor: str, limit: int) -> Page[FeedItem]:
        """What the people the viewer follows made, the newest first."""
        at = cursors.parse(cursor, [])

        def read(connection: Connection) -> tuple[list[_Candidate], Cursor, bool]:
            visit = Visit(viewer, at.session, at.progress.position, None)
            return self._mixed(connection, visit, at, limit, self._of_followed, [])

        return self._shown(viewer, at, *self._database.read(read))

    def _by_rows(self, source: VideoSource) -> Ranker:
        def ranker(connection: Connection, visit: Visit, cursor: str, limit: int) -> Ranked:
            found = source(connection, visit.viewer.who, cursor, limit)
            reasons = {row.id: reason for row, reason in found.videos}
            shown = self._videos.shown(connection, [row for row, _ in found.videos], visit.viewer.who)
            return Ranked([(Showing("video", video.id, reasons[video.id]), video) for video in shown], found.after)

        return ranker

    def _room_lane(
        self, connection: Connection, viewer: Viewer, at: Cursor, base_url: str, followed: Collection[str]
    ) -> Lane[_Candidate]:
        def shown(rooms: Collection[str]) -> set[str]:
            return self._impressions.shown(connection, at.session, "room", at.progress.position, rooms)

        lane = self._rooms.lane(connection, base_url, shown, followed)
        rooms = self._videos.sight.unreported_rooms(connection, lane.candidates, viewer.who)
        return Lane(lane.spacing, [(Showing("room", room.id, "live"), room) for room in rooms])

    def _slots(self, viewer: Viewer) -> Lane[_Candidate]:
        """Places for ads, if there may be any."""
        count = self._ads.slots(viewer) if self._ads is not None else 0
        return Lane(AD_SPACING, [(Showing("ad", "", "sponsored"), _Slot)] * count)

    def _opening(self, connection: Connection, viewer: Viewer, at: Cursor) -> list[_Candidate]:
        placed = self._ads.opening(connection, viewer, at.session) if self._ads is not None else None
        return [(Showing("ad", "", "sponsored"), placed)] if placed is not None else []

    def _with_ads(
        self, connection: Connection, viewer: Viewer, at: Cursor, page: Sequence[_Candidate]
    ) -> list[_Candidate]:
        """The page with an ad in each place that somebody wants, and without the other places."""
        slots = [number for number, (showing, _) in enumerate(page) if showing.kind == "ad"]
        if self._ads is None or not slots:
            return list(page)
        beside = [
            [
                content
                for _, content in (*page[max(0, slot - 1) : slot], *page[slot + 1 : slot + 2])
                if isinstance(content, Video)
            ]
            for slot in slots
        ]
        chosen = iter(self._ads.choose(connection, viewer, at.session, beside))
        filled = [(showing, next(chosen) if showing.kind == "ad" else content) for showing, content in page]
        return [candidate for candidate in filled if candidate[1] is not None]

    @staticmethod
    def _mixed(
        connection: Connection, visit: Visit, at: Cursor, limit: int, ranker: Ranker, lanes: Sequence[Lane[_Candidate]]
    ) -> tuple[list[_Candidate], Cursor, bool]:
        """Returns a page, the cursor behind it, and whether anything follows."""
        after, found = at.videos, list[_Candidate]()
        wanted = videos_wanted(lanes, at.progress, limit)
        if after is not None and wanted > 0:
            ranked = ranker(connection, visit, after, wanted)
            after, found = ranked.after, [*ranked.videos]
        page, progress = mix(found, lanes, at.progress, limit, videos_end=after is None)
        behind = Cursor(at.session, progress, after)
        others = _without([lane for lane in lanes if lane.spacing is not AD_SPACING], page)  # no page for an ad alone
        follows = after is not None or bool(
            mix([], others, replace(progress, gaps=progress.gaps[: len(others)]), 1, videos_end=True)[0]
        )
        return page, behind, follows

    def _remembered(self, viewer: Viewer, at: Cursor, limit: int) -> tuple[list[_Candidate], Cursor, bool]:
        assert self._from_memory is not None
        ranked = self._from_memory(viewer, at, limit)
        page, progress = mix(
            [*ranked.videos],
            [Lane(self._rooms.spacing, []), Lane(AD_SPACING, [])],
            at.progress,
            limit,
            videos_end=False,
        )
        return [*page], Cursor(at.session, progress, ranked.after), ranked.after is not None

    def _shown(
        self, viewer: Viewer, at: Cursor, page: Sequence[_Candidate], behind: Cursor, follows: bool
    ) -> Page[FeedItem]:
        ads = self._recorded(viewer, at, page)
        page = [one for one in page if not isinstance(one[1], Placed) or one[1].serve.id in ads]
        others = [showing for showing, _ in page if showing.kind != "ad"]
        start, end = at.progress.position, behind.progress.position
        ids = iter(self._impressions.record(viewer.id, at.session, start, end, others))
        items = [
            self._ad(content, viewer) if isinstance(content, Placed) else _item(showing, content, next(ids))
            for showing, content in page
        ]
        return Page(items, str(behind) if follows else None)

    def _recorded(self, viewer: Viewer, at: Cursor, page: Sequence[_Candidate]) -> set[str]:
        """The serves that may be shown."""
        placed = [content for _, content in page if isinstance(content, Placed)]
        return {one.serve.id for one in self._ads.record(viewer, at.session, placed)} if self._ads else set()

    def _ad(self, placed: Placed, viewer: Viewer) -> FeedAd:
        assert self._ads is not None
        impression = self._ads.impression(placed)
        return FeedAd(self._ads.view(placed, viewer), placed.video, impression, Reason("sponsored"))


def _without(lanes: Sequence[Lane[_Candidate]], page: Sequence[_Candidate]) -> list[Lane[_Candidate]]:
    """What is left of the lanes behind a page."""
    shown = {showing.subject for showing, _ in page if showing.kind == "room"}
    return [Lane(lane.spacing, [one for one in lane.candidates if one[0].subject not in shown]) for lane in lanes]


def _item(showing: Showing, content: Video | RoomView | None, impression: str) -> FeedItem:
    reason = Reason(showing.reason)
    if isinstance(content, RoomView):
        return FeedRoom(content, impression, reason)
    assert content is not None
    return FeedVideo(**msgspec.structs.asdict(content) | {"impression": impression, "reason": reason})

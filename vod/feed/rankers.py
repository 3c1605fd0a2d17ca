"""The rankers: each finds the videos of a page. The learned one, and what there is without personalisation."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, select

from core.clock import Clock
from vod.catalogue.videos import Video
from vod.catalogue.visibility import is_public
from vod.feed.impressions import Impressions, Showing
from vod.feed.learning.learning import Learning
from vod.feed.recommender.picks import PageRequest, Pick
from vod.feed.shelf import Shelf
from vod.feed.viewer import Viewer
from vod.tables import videos

RankerName = Literal["learned", "popular", "newest"]
RANKERS: tuple[RankerName, ...] = ("learned", "popular", "newest")

POPULAR_VIDEOS = 200
POPULAR_DAYS = 30
POPULAR_EVERY_S = 30.0
LOOKED_AT = 200  # rows at a time, for those that the session has not shown
SESSION_VIDEOS_MAX = 2_000  # then it ends, and the next one begins anew
_MORE = "more"
_AGAIN = "again."  # in a cursor: everything new has been shown, what was seen before follows


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for a page, and where their swipe session is."""

    viewer: Viewer
    session: str
    position: int  # of the page's first item
    profile: str | None  # whose profile ranks; None: nobody's
    followed: frozenset[str] = frozenset()  # whom the viewer follows


@dataclass(frozen=True, slots=True)
class Ranked:
    """Videos in the order to show them, and the cursor of what comes after."""

    videos: list[tuple[Showing, Video]]
    after: str | None


Ranker = Callable[[Connection, Visit, str, int], Ranked]
"""(connection, visit, cursor, limit) -> videos that anybody may see. Only the ranker knows what its cursor means: empty
at the beginning, of 40 characters at most."""


class Rankers:
    def __init__(self, clock: Clock, learning: Learning, shelf: Shelf, impressions: Impressions) -> None:
        self._clock = clock
        self._learning = learning
        self._shelf = shelf
        self._impressions = impressions
        self._popular: list[str] = []
        self._popular_at = float("-inf")

    def named(self, name: RankerName) -> Ranker:
        return {"learned": self.learned, "popular": self.popular, "newest": self.newest}[name]

    def learned(self, connection: Connection, visit: Visit, cursor: str, limit: int) -> Ranked:
        """What the model finds for the profile. When nothing is left that it has not seen, what it has seen, newest
        first, is better than an empty page: nothing comes twice in a session."""
        shown = self._shown(connection, visit)
        if not self._learning.ready:
            return self.newest(connection, visit, cursor, limit)
        if len(shown) >= SESSION_VIDEOS_MAX:
            return Ranked([], None)
        found = list[tuple[Showing, Video]]()
        if not cursor.startswith(_AGAIN):
            if visit.profile is not None and visit.viewer.who is not None:
                self._learning.recall(connection, visit.profile)
            picks = self._learning.page(request_of(visit, self._clock(), limit, shown)) or []
            found = self._picked(connection, visit, picks)
            if len(picks) == limit:
                return Ranked(found, _MORE)
        before = cursor.removeprefix(_AGAIN) if cursor.startswith(_AGAIN) else ""
        hidden = shown | {video.id for _, video in found}
        again, last = self._newest(connection, visit, before, limit - len(found), hidden, "learned")
        return Ranked(found + again, None if last is None else _AGAIN + last)

    def newest(self, connection: Connection, visit: Visit, cursor: str, limit: int) -> Ranked:
        """Everything, the newest first. The cursor is the id of the last one."""
        before = "" if cursor == _MORE else cursor.removeprefix(_AGAIN)
        return Ranked(*self._newest(connection, visit, before, limit, self._shown(connection, visit), "newest"))

    def popular(self, connection: Connection, visit: Visit, cursor: str, limit: int) -> Ranked:
        """In turn one of the newest and one of the most popular: the same for everybody."""
        shown = self._shown(connection, visit)
        if len(shown) >= SESSION_VIDEOS_MAX:
            return Ranked([], None)
        top = [video for video in self._most_popular(connection) if video not in shown][: limit // 2]
        liked = self._shelf.videos(connection, top, visit.viewer.who)
        hidden = shown | set(top)
        new, last = self._newest(connection, visit, cursor, limit - len(liked), hidden, "popular")
        trending = [(Showing("video", video.id, "trending", ranker="popular"), video) for video in liked]
        return Ranked(list(_in_turn(new, trending)), last)

    def _picked(self, connection: Connection, visit: Visit, picks: Sequence[Pick]) -> list[tuple[Showing, Video]]:
        by_id = {pick.video: pick for pick in picks}
        found = self._shelf.videos(connection, list(by_id), visit.viewer.who)
        return [(showing_of(by_id[video.id]), video) for video in found]

    def _shown(self, connection: Connection, visit: Visit) -> set[str]:
        return self._impressions.shown_videos(connection, visit.session, visit.position, SESSION_VIDEOS_MAX)

    def _newest(
        self, connection: Connection, visit: Visit, before: str, limit: int, hidden: Collection[str], ranker: RankerName
    ) -> tuple[list[tuple[Showing, Video]], str | None]:
        """The newest before an id that are not hidden, and the id to go on from; None: there are no more."""
        found: list[str] = []
        query = select(videos.c.id).where(is_public()).order_by(videos.c.id.desc()).limit(LOOKED_AT)
        while True:
            page = query.where(videos.c.id < before) if before else query
            ids = list(connection.execute(page).scalars())
            fresh = [video for video in ids if video not in hidden]
            found += fresh
            if len(found) > limit or len(ids) < LOOKED_AT:
                break
            before = ids[-1]
        shown = self._shelf.videos(connection, found[:limit], visit.viewer.who)
        last = (found[limit - 1] if limit > 0 else before) if len(found) > limit else None
        return [(Showing("video", video.id, "chronological", ranker=ranker), video) for video in shown], last

    def _most_popular(self, connection: Connection) -> list[str]:
        now = time.monotonic()
        if now - self._popular_at > POPULAR_EVERY_S:
            recent = videos.c.created_at > self._clock() - POPULAR_DAYS * 86_400_000
            order = (videos.c.likes * 10 + videos.c.views).desc()
            query = select(videos.c.id).where(is_public(), recent, videos.c.likes + videos.c.views > 0)
            found = connection.execute(query.order_by(order, videos.c.id.desc()).limit(POPULAR_VIDEOS))
            self._popular, self._popular_at = list(found.scalars()), now
        return self._popular


def request_of(visit: Visit, now: int, limit: int, shown: Collection[str]) -> PageRequest:
    return PageRequest(
        person=visit.profile, now=now, limit=limit, followed=visit.followed, languages=visit.viewer.languages,
        exclude=frozenset(shown),
    )  # fmt: skip


def showing_of(pick: Pick) -> Showing:
    return Showing("video", pick.video, pick.reason, pick.details, pick.score, pick.propensity, "learned")


def _in_turn(
    some: Sequence[tuple[Showing, Video]], others: Sequence[tuple[Showing, Video]]
) -> Iterator[tuple[Showing, Video]]:
    for number in range(max(len(some), len(others))):
        yield from some[number : number + 1]
        yield from others[number : number + 1]

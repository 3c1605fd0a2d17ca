"""Finds the views that count in the creator fund among what a viewer did, in the transaction that records it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection, Row, bindparam, select

from money.fund import QualifiedView
from money.fund.division import FOLLOWED, LIKED, SHARED
from money.fund.views import FundViews
from people.follows import followed_among
from vod.analytics.viewings import DAY_MS
from vod.feed.learning.judging import WATCHING, Deed, Done
from vod.feed.viewer import Viewer
from vod.tables import feed_impressions, video_likes, videos

WATCHED_MS_MIN = 5_000
LOOPS_MAX = 2
PAID_FOR = "sponsored"
DEEDS: tuple[Deed, ...] = ("view", "finish", "skip", "like", "unlike", "share", "follow")

_PUBLIC = select(videos.c.id, videos.c.person, videos.c.duration_ms).where(
    videos.c.id.in_(bindparam("ids")), videos.c.state == "ready", videos.c.visibility == "public"
)


class QualifiedViews:
    def __init__(self, fund: FundViews) -> None:
        self._fund = fund

    def note(self, connection: Connection, viewer: Viewer, now: int, done: Sequence[Done]) -> None:
        """Hand on what a person has watched today by now (Unix ms) of the videos with which they have just done
        something. `done`: what they did with these videos, and what they did before."""
        touched = {one.video for one in done if one.at >= now and one.kind in DEEDS}
        if viewer.who is None or not touched:
            return
        watched = _watched(connection, [one for one in done if one.video in touched], now)
        public = connection.execute(_PUBLIC, {"ids": [*watched]}).all()
        films = [one for one in public if _qualifies(watched[one.id], one.duration_ms)]
        if films:
            reactions = _reactions(connection, viewer.id, films, {one.video for one in done if one.kind == "share"})
            self._fund.record(
                connection, viewer.id, now,
                [
                    QualifiedView(
                        one.id, one.person, min(watched[one.id], LOOPS_MAX * one.duration_ms), reactions[one.id]
                    )
                    for one in films
                ],
            )  # fmt: skip


def _watched(connection: Connection, done: Iterable[Done], now: int) -> Mapping[str, int]:
    """The longest showing of each video today, without those that somebody paid for."""
    today = [one for one in done if one.kind in WATCHING and one.at // DAY_MS == now // DAY_MS]
    shown = {one.impression for one in today if one.impression is not None}
    paid: Collection[str] = ()
    if shown:
        sponsored = feed_impressions.c.id.in_(shown), feed_impressions.c.reason == PAID_FOR
        paid = set(connection.execute(select(feed_impressions.c.id).where(*sponsored)).scalars())
    found: dict[str, int] = {}
    for one in today:
        if one.impression not in paid:
            found[one.video] = max(found.get(one.video, 0), one.watched_ms)
    return found


def _qualifies(watched_ms: int, duration_ms: int) -> bool:
    return duration_ms > 0 and (watched_ms >= WATCHED_MS_MIN or 2 * watched_ms >= duration_ms)


def _reactions(
    connection: Connection, viewer: str, films: Sequence[Row[*tuple[str, str, int]]], shared: Collection[str]
) -> dict[str, int]:
    own = video_likes.c.person == viewer, video_likes.c.video.in_([one.id for one in films])
    liked = set(connection.execute(select(video_likes.c.video).where(*own)).scalars())
    followed = followed_among(connection, viewer, {one.person for one in films})
    return {
        one.id: LIKED * (one.id in liked) + SHARED * (one.id in shared) + FOLLOWED * (one.person in followed)
        for one in films
    }

"""Challenges as everybody finds them: what runs, what is over, who takes part."""

from __future__ import annotations

from typing import Literal

import msgspec
from sqlalchemy import Connection, or_, select, tuple_

from core.database import Database
from core.errors import InvalidRequest
from core.http import Page
from core.identity import Identity
from vod.ads.challenges.states import NAMED, PUBLIC, ChallengeState
from vod.ads.challenges.tables import ad_challenge_entries, ad_challenges
from vod.ads.challenges.views import Brief, ChallengeView, views
from vod.catalogue.videos import Video, Videos
from vod.catalogue.visibility import is_public
from vod.errors import ChallengeNotFound
from vod.tables import videos

Which = Literal["running", "over"]
_STATES: dict[Which, tuple[ChallengeState, ...]] = {
    "running": ("ready", "running"),
    "over": ("judging", "decided", "paid", "unwon"),
}
_SHOWN = or_(
    ad_challenges.c.state.in_(PUBLIC), (ad_challenges.c.state == "cancelled") & (ad_challenges.c.stopped_because != "")
)  # fmt: skip


class ChallengeEntry(msgspec.Struct):
    """`likes`: as of the end of the challenge; before it 0."""

    video: Video
    likes: int


class PublicChallenges:
    """Every method blocks."""

    def __init__(self, database: Database, videos: Videos, brief: Brief) -> None:
        self._database = database
        self._videos = videos
        self._brief = brief

    def page(self, which: Which, cursor: str, limit: int) -> Page[ChallengeView]:
        """Those that run or begin soon, or those that are over, the newest first."""
        found = select(ad_challenges).where(ad_challenges.c.state.in_(_STATES[which]))
        if cursor:
            found = found.where(ad_challenges.c.id < cursor)

        def read(connection: Connection) -> Page[ChallengeView]:
            rows = connection.execute(found.order_by(ad_challenges.c.id.desc()).limit(limit + 1)).all()
            shown = views(connection, rows[:limit], self._brief)
            return Page(shown, rows[limit - 1].id if len(rows) > limit else None)

        return self._database.read(read)

    def challenge(self, challenge: str) -> ChallengeView:
        """Raises ChallengeNotFound."""

        def read(connection: Connection) -> ChallengeView:
            row = connection.execute(select(ad_challenges).where(ad_challenges.c.id == challenge, _SHOWN)).first()
            if row is None:
                raise ChallengeNotFound
            return views(connection, [row], self._brief)[0]

        return self._database.read(read)

    def entries(self, challenge: str, viewer: Identity | None, cursor: str, limit: int) -> Page[ChallengeEntry]:
        """While it runs the newest first, afterwards the most liked. Raises ChallengeNotFound, InvalidRequest."""
        entries = ad_challenge_entries
        query = (
            select(entries.c.video, entries.c.likes)
            .join(videos, videos.c.id == entries.c.video)
            .where(entries.c.challenge == challenge, is_public())
        )
        order = entries.c.likes.desc(), entries.c.video.desc()
        if cursor:
            query = query.where(tuple_(entries.c.likes, entries.c.video) < _place(cursor))

        def read(connection: Connection) -> Page[ChallengeEntry]:
            known = select(ad_challenges.c.id).where(ad_challenges.c.id == challenge, ad_challenges.c.state.in_(NAMED))
            if connection.execute(known).first() is None:
                raise ChallengeNotFound
            rows = connection.execute(query.order_by(*order).limit(limit + 1)).all()
            likes = {row.video: row.likes for row in rows[:limit]}
            shown = self._videos.published(connection, list(likes), viewer)
            last = rows[limit - 1] if len(rows) > limit else None
            items = [ChallengeEntry(video, likes[video.id]) for video in shown]
            return Page(items, f"{last.likes}.{last.video}" if last is not None else None)

        return self._database.read(read)


def _place(cursor: str) -> tuple[int, str]:
    likes, _, video = cursor.partition(".")
    if not likes.isascii() or not likes.isdecimal() or len(likes) > 15:
        raise InvalidRequest("cursor is invalid")
    return int(likes), video

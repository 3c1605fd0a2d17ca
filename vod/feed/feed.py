"""The feed: what to watch next, and what was watched."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Connection, Select, delete, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from vod.catalogue.videos import Rows, Video, Videos, newest_first
from vod.tables import feed_events, videos

EVENTS_MAX = 5_000_000
EVENT_AGE_MS_MAX = 90 * 24 * 60 * 60_000
EVENTS_BATCH_MAX = 100
DROPPED_AT_ONCE_MAX = 5_000
VIEW_AGAIN_MS = 30 * 60_000  # a viewer's next view of the same video counts after this
WATCHED_MS_MAX = 24 * 60 * 60_000

Following = Callable[[Connection, str], list[str]]
"""Ids of the people somebody follows."""

Recommend = Callable[[Connection, Identity | None, str, int], Rows]
"""(connection, viewer, cursor, limit) -> what to show under For you. Only the function knows what a cursor means."""


class FeedEvent(msgspec.Struct, forbid_unknown_fields=True):
    """Something a viewer did."""

    video: Annotated[str, msgspec.Meta(max_length=40)]
    kind: Literal["view", "finish", "skip", "share"]
    watched_ms: Annotated[int, msgspec.Meta(ge=0, le=WATCHED_MS_MAX)] = 0


def newest(connection: Connection, viewer: Identity | None, cursor: str, limit: int) -> Rows:  # noqa: ARG001
    """For you without knowing you: every ready video, the newest first. The cursor is the id of the last one."""
    return newest_first(connection, select(videos).where(videos.c.state == "ready"), cursor, limit)


class Feed:
    def __init__(
        self, database: Database, clock: Clock, videos: Videos, following: Following, recommend: Recommend = newest
    ) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos
        self._following = following
        self._recommend = recommend
        self._salt = secrets.token_bytes(16)

    def for_you(self, viewer: Identity | None, cursor: str, limit: int) -> Page[Video]:
        """Blocks."""

        def read(connection: Connection) -> Page[Video]:
            rows, after = self._recommend(connection, viewer, cursor, limit)
            return Page(self._videos.shown(connection, rows, viewer), after)

        return self._database.read(read)

    def of_followed(self, viewer: Identity, cursor: str, limit: int) -> Page[Video]:
        """What the people the viewer follows made, the newest first. Blocks."""

        def read(connection: Connection) -> Page[Video]:
            people = self._following(connection, viewer.id)
            query = select(videos).where(videos.c.person.in_(people), videos.c.state == "ready")
            rows, after = newest_first(connection, query, cursor, limit)
            return Page(self._videos.shown(connection, rows, viewer), after)

        return self._database.read(read)

    def pseudonym(self, address: str) -> str:
        """Who a viewer without an account is: the same for a day in this process, and no way back to the address."""
        day = self._clock() // 86_400_000
        return "~" + hashlib.blake2s(f"{day} {address}".encode(), key=self._salt, digest_size=12).hexdigest()

    def record(self, viewer: str, events: Sequence[FeedEvent]) -> int:
        """Keep what a viewer did and count the views. Events of videos nobody can see are passed over. Blocks.

        Returns how many were kept.
        """
        now = self._clock()

        def write(connection: Connection) -> int:
            asked = {event.video for event in events}
            there = select(videos.c.id).where(videos.c.id.in_(asked), videos.c.state == "ready")
            known = set(connection.execute(there).scalars())
            kept = [event for event in events if event.video in known]
            if not kept:
                return 0
            viewed = {event.video for event in kept if event.kind == "view"}
            recent = select(feed_events.c.video).where(
                feed_events.c.viewer == viewer, feed_events.c.video.in_(viewed), feed_events.c.kind == "view",
                feed_events.c.at > now - VIEW_AGAIN_MS,
            )  # fmt: skip
            counted = sorted(viewed - set(connection.execute(recent).scalars()))
            rows = [
                {
                    "id": new_id(),
                    "viewer": viewer,
                    "video": e.video,
                    "kind": e.kind,
                    "watched_ms": e.watched_ms,
                    "at": now,
                }
                for e in kept
            ]
            connection.execute(insert(feed_events), rows)
            for video in counted:  # in one order for all, so that nobody waits in a circle
                connection.execute(update(videos).where(videos.c.id == video).values(views=videos.c.views + 1))
            return len(kept)

        return self._database.write(write)

    def forget_old(self) -> None:
        """Drop events that are too old or too many, some at a time. Blocks."""
        before = self._clock() - EVENT_AGE_MS_MAX
        count = self._database.read(lambda c: c.execute(select(func.count()).select_from(feed_events)).scalar_one())
        surplus = min(DROPPED_AT_ONCE_MAX, max(0, count - EVENTS_MAX))
        oldest = select(feed_events.c.id).order_by(feed_events.c.id)
        for doomed in (oldest.where(feed_events.c.at < before).limit(DROPPED_AT_ONCE_MAX), oldest.limit(surplus)):
            self._database.write(partial(_drop, doomed))


def _drop(doomed: Select[Any], connection: Connection) -> None:
    connection.execute(delete(feed_events).where(feed_events.c.id.in_(doomed)))

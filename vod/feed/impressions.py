"""Impressions: what was shown to whom, where in the feed and why. An event may name the impression it belongs to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, insert, select

from core.clock import Clock
from core.database import Database
from core.ids import new_id
from vod.feed.retention import forget
from vod.feed.sources import ReasonCode
from vod.feed.viewer import PSEUDONYM_PREFIX
from vod.tables import feed_impressions

IMPRESSIONS_MAX = 5_000_000
IMPRESSION_AGE_MS_MAX = 30 * 24 * 60 * 60_000

Kind = Literal["video", "room"]


@dataclass(frozen=True, slots=True)
class Showing:
    """One item that is about to be shown."""

    kind: Kind
    subject: str  # the id of the video or room
    reason: ReasonCode


class Impressions:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(self, viewer: str, session: str, position: int, showings: Sequence[Showing]) -> list[str]:
        """Record the showings of one page in one insert; `position` is that of the first. Blocks.

        Returns the id of each impression.
        """
        now = self._clock()
        rows = [
            {
                "id": new_id(), "viewer": viewer, "session": session, "kind": showing.kind, "subject": showing.subject,
                "position": position + number, "reason": showing.reason, "at": now,
            }
            for number, showing in enumerate(showings)
        ]  # fmt: skip
        if rows:
            self._database.write(lambda c: c.execute(insert(feed_impressions), rows))
        return [str(row["id"]) for row in rows]

    def shown(self, connection: Connection, session: str, kind: Kind, before: int, among: Collection[str]) -> set[str]:
        """Those of the subjects `among` that the swipe session has shown before a position. A cursor can be forged, so
        what is read depends on how many subjects there are, not on how long a session is.

        A client that lost a page and asks for it again gets the same one: what that page showed does not count.
        """
        if not among:
            return set()
        earlier = (
            select(feed_impressions.c.subject)
            .where(
                feed_impressions.c.session == session, feed_impressions.c.kind == kind,
                feed_impressions.c.position < before, feed_impressions.c.subject.in_(among),
            )
            .distinct()
        )  # fmt: skip
        return set(connection.execute(earlier).scalars())

    def forget_old(self) -> None:
        """Blocks."""
        before = self._clock() - IMPRESSION_AGE_MS_MAX
        forget(self._database, feed_impressions, before=before, rows_max=IMPRESSIONS_MAX)


def video_impressions(connection: Connection, viewer: str, impressions: Collection[str]) -> Mapping[str, str]:
    """The video of each of these impressions, as far as they are impressions of videos that this viewer may name.

    A visitor's may be named by anybody who knows it: the pseudonym changes with the address and the day, and when the
    visitor signs in.
    """
    query = select(feed_impressions.c.id, feed_impressions.c.viewer, feed_impressions.c.subject).where(
        feed_impressions.c.id.in_(impressions), feed_impressions.c.kind == "video"
    )
    return {
        row.id: row.subject
        for row in connection.execute(query)
        if row.viewer == viewer or row.viewer.startswith(PSEUDONYM_PREFIX)
    }

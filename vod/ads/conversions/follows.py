"""Follows that ads led to: the one conversion that happens here, so a view can be its touch as well as a click.

On the advertiser's own site a view cannot be matched without telling it who saw what, so there only clicks count.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, select

from core.clock import Clock
from core.database import Database
from core.identity import Identity
from vod.ads.conversions.conversions import CLICK_WINDOW_MS, FOLLOW, VIEW_WINDOW_MS, write_conversion
from vod.ads.events.invalid import LATE_MS
from vod.ads.tables import ad_conversions, ad_events, ad_serves
from vod.tables import videos

TOUCHES_MAX = 200


class FollowConversions:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def followed(self, who: Identity, followed: str) -> None:
        """Somebody follows somebody. Blocks."""
        if self._database.read(lambda c: self._touch(c, who.id, followed)) is None:
            return

        def write(connection: Connection) -> None:
            touch = self._touch(connection, who.id, followed)
            if touch is None:
                return
            mine = select(ad_serves).where(ad_serves.c.id == touch.serve).with_for_update()
            row = connection.execute(mine).one()
            if not _known(connection, [touch.serve]):
                write_conversion(connection, row, FOLLOW, "", "click" if touch.click else "view", self._clock(), 0, "")

        self._database.write(write)

    def _touch(self, connection: Connection, person: str, followed: str) -> _Touch | None:
        """The last click of the last seven days on an ad that they made; without one, the last view of a day. None if
        a follow of theirs has counted already."""
        now = self._clock()
        rows = connection.execute(_touches(person, followed, now - CLICK_WINDOW_MS - LATE_MS)).all()
        if not rows or _known(connection, [row.serve for row in rows]):
            return None
        clicks = [row for row in rows if row.kind == "click" and now <= row.at + CLICK_WINDOW_MS]
        views = [row for row in rows if row.kind == "viewable" and now <= row.at + VIEW_WINDOW_MS]
        found = clicks or views
        return _Touch(max(found, key=lambda row: row.at)) if found else None


class _Touch:
    def __init__(self, row: Row[Any]) -> None:
        self.serve: str = row.serve
        self.click: bool = row.kind == "click"


def _touches(person: str, followed: str, since: int) -> Any:
    """The clicks and viewable views that count, of what this person was shown that the other one made."""
    counts = and_(
        ad_events.c.serve == ad_serves.c.id, ad_events.c.kind.in_(("click", "viewable")), ad_events.c.mark == ""
    )
    return (
        select(ad_events.c.serve, ad_events.c.kind, ad_events.c.at)
        .select_from(ad_serves)
        .join(ad_events, counts)
        .join(videos, videos.c.id == ad_serves.c.video)
        .where(ad_serves.c.viewer == person, ad_serves.c.at >= since, videos.c.person == followed)
        .order_by(ad_events.c.at.desc())
        .limit(TOUCHES_MAX)
    )


def _known(connection: Connection, serves: list[str]) -> bool:
    mine = (ad_conversions.c.serve.in_(serves), ad_conversions.c.name == FOLLOW)
    return connection.execute(select(ad_conversions.c.serve).where(*mine).limit(1)).first() is not None

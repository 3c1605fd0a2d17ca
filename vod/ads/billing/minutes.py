"""Which minute a receipt is posted in. A minute that is posted gets no more receipts, so none is billed twice."""

from __future__ import annotations

from sqlalchemy import Connection, select

from vod.ads.serving.statements import locked, upsert
from vod.ads.tables import ad_progress

MINUTE_MS = 60_000


def billed_minute(connection: Connection, at: int) -> int:
    """The minute for receipts of this transaction: that of their time, or the first that is not posted yet."""
    locked(connection, "ad minutes", shared=True)
    return max(at // MINUTE_MS, posted_until(connection) + 1)


def posted_until(connection: Connection) -> int:
    """The last minute that is posted."""
    return int(connection.execute(select(ad_progress.c.minute)).scalar() or 0)


def close_minutes(connection: Connection, until: int) -> int:
    """No receipt of a minute up to `until` is written any more. Returns up to where that was so before."""
    locked(connection, "ad minutes")
    before = posted_until(connection)
    if until > before:
        row = {"id": 1, "minute": until}
        new = upsert(connection, ad_progress).values(row)
        connection.execute(new.on_conflict_do_update(index_elements=["id"], set_={"minute": until}))
    return before

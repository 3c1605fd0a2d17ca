"""Forgets who was shown which ad. What was billed stays, in receipts that name nobody."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from core.database import Database
from vod.ads.tables import ad_conversions, ad_events, ad_nodes, ad_places, ad_serves, ad_traffic

SERVE_AGE_MS_MAX = 90 * 86_400_000  # for caps of a campaign's whole time, and for checking receipts against serves
ROWS_AT_ONCE = 5_000
TRAFFIC_HOURS_MAX = 24 * 60
HOUR_MS = 3_600_000


def forget_serves(database: Database, now: int) -> None:
    """Blocks."""
    while database.write(lambda c: _forget(c, now)) == ROWS_AT_ONCE:
        pass
    first = now // HOUR_MS - TRAFFIC_HOURS_MAX
    for table in (ad_traffic, ad_places):
        database.write(lambda c: c.execute(delete(table).where(table.c.hour < first)))  # noqa: B023  it runs at once


def _forget(connection: Connection, now: int) -> int:
    # What a dead node holds is found by its serves.
    unsettled = ad_serves.c.node.not_in(select(ad_nodes.c.id).where(ad_nodes.c.until < now))
    old = (
        select(ad_serves.c.id)
        .where(ad_serves.c.at < now - SERVE_AGE_MS_MAX, unsettled)
        .order_by(ad_serves.c.id)
        .limit(ROWS_AT_ONCE)
    )
    ids = list(connection.execute(old).scalars())
    if ids:
        connection.execute(delete(ad_conversions).where(ad_conversions.c.serve.in_(ids)))
        connection.execute(delete(ad_events).where(ad_events.c.serve.in_(ids)))
        connection.execute(delete(ad_serves).where(ad_serves.c.id.in_(ids)))
    return len(ids)

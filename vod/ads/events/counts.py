"""The counts of each campaign's days, without what does not count."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from vod.ads.serving.statements import upsert
from vod.ads.tables import ad_days

COLUMNS = tuple(column.name for column in ad_days.c if not column.primary_key)

Counts = Mapping[tuple[str, str], Mapping[str, int]]
"""What is added to the columns of each campaign and day."""


def add_counts(connection: Connection, counts: Counts) -> None:
    if not counts:
        return
    new = upsert(connection, ad_days)
    more = {column: ad_days.c[column] + new.excluded[column] for column in COLUMNS}
    rows = [
        {"campaign": campaign, "day": day, **{column: added.get(column, 0) for column in COLUMNS}}
        for (campaign, day), added in sorted(counts.items())
    ]
    connection.execute(new.on_conflict_do_update(index_elements=["campaign", "day"], set_=more), rows)

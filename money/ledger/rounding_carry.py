"""Carries what rounding a share to whole coins leaves over to the creator's next gift.

Without it a creator would earn nothing from gifts of one coin, however many come. Hundredths of a coin suffice because
a commission is a whole percentage: over time each creator gets exactly their share.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection, text

WHOLE = 100

# Raw SQL: this runs for every batch, and building the statement takes longer than running it.
_OWED_SQLITE = "SELECT person, hundredths FROM fractions WHERE person IN (SELECT value FROM json_each(?))"
_OWED_POSTGRES = "SELECT person, hundredths FROM fractions WHERE person = ANY(%s)"
_ADD = text(
    "INSERT INTO fractions (person, hundredths) VALUES (:person, :hundredths) "
    "ON CONFLICT (person) DO UPDATE SET hundredths = fractions.hundredths + excluded.hundredths"
)


class Split:
    """Splits the gifts of one batch. Call `left` only for gifts that were not refused."""

    def __init__(self, owed: Mapping[str, int], commission_percent: int) -> None:
        self._owed = dict(owed)
        self._creators_percent = WHOLE - commission_percent

    def share(self, creator: str, coins: int) -> int:
        """The creator's share of a gift in whole coins, from 0 to its price."""
        total = self._owed.get(creator, 0) + coins * self._creators_percent
        share = min(coins, max(0, total // WHOLE))
        self._owed[creator] = total - share * WHOLE
        return share

    def left(self, coins: int, share: int) -> int:
        """The hundredths that a gift leaves over; negative when it uses up some."""
        return coins * self._creators_percent - share * WHOLE


def owed(connection: Connection, creators: Collection[str]) -> dict[str, int]:
    """Hundredths of a coin by creator. What another node adds meanwhile counts with a later gift."""
    names = list(creators)
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_OWED_SQLITE, (msgspec.json.encode(names).decode(),))
    else:
        rows = connection.exec_driver_sql(_OWED_POSTGRES, (names,))
    return {row.person: row.hundredths for row in rows}


def add(connection: Connection, hundredths: Mapping[str, int]) -> None:
    rows = [{"person": person, "hundredths": n} for person, n in sorted(hundredths.items()) if n]
    if rows:
        connection.execute(_ADD, rows)

"""What a creator is owed of a coin: shares are whole coins, and what is left over counts with the next gift.

Without this a creator would get nothing of a gift of one coin, however many come. A coin's hundredths suffice, because
a commission is a whole percentage: over time each creator gets exactly their share.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection, text

WHOLE = 100

# Written out, because this is asked for every batch and building a statement takes longer than running it.
_OWED_SQLITE = "SELECT person, hundredths FROM fractions WHERE person IN (SELECT value FROM json_each(?))"
_OWED_POSTGRES = "SELECT person, hundredths FROM fractions WHERE person = ANY(%s)"
_ADD = text(
    "INSERT INTO fractions (person, hundredths) VALUES (:person, :hundredths) "
    "ON CONFLICT (person) DO UPDATE SET hundredths = fractions.hundredths + excluded.hundredths"
)


class Split:
    """Cuts the gifts of one batch. A gift that is then refused keeps nothing: say what was really given to `left`."""

    def __init__(self, owed: Mapping[str, int], commission_percent: int) -> None:
        self._owed = dict(owed)
        self._creators_percent = WHOLE - commission_percent

    def share(self, creator: str, coins: int) -> int:
        """The creator's whole coins of a gift, never less than none of it and never more than all."""
        total = self._owed.get(creator, 0) + coins * self._creators_percent
        share = min(coins, max(0, total // WHOLE))
        self._owed[creator] = total - share * WHOLE
        return share

    def left(self, coins: int, share: int) -> int:
        """The hundredths that a gift left over, or used up when it is below zero."""
        return coins * self._creators_percent - share * WHOLE


def owed(connection: Connection, creators: Collection[str]) -> dict[str, int]:
    """Hundredths of a coin by creator. Another node may add to them meanwhile: then they are settled a gift later."""
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

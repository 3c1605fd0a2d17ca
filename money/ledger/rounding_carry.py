"""Carries what rounding a share to whole coins leaves over to the creator's next gift.

Without it a creator would earn nothing from gifts of one coin, however many come. Hundredths of a coin suffice because
a commission is a whole percentage: over time each creator gets exactly their share.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, text

WHOLE = 100

# Raw SQL: this runs for every batch, and building the statement takes longer than running it.
_OWED = "SELECT person, hundredths, bonus_hundredths FROM fractions WHERE person"
_OWED_SQLITE = f"{_OWED} IN (SELECT value FROM json_each(?))"
_OWED_POSTGRES = f"{_OWED} = ANY(%s)"
_ADD = text(
    "INSERT INTO fractions (person, hundredths, bonus_hundredths) VALUES (:person, :hundredths, :bonus) "
    "ON CONFLICT (person) DO UPDATE SET hundredths = fractions.hundredths + excluded.hundredths, "
    "bonus_hundredths = fractions.bonus_hundredths + excluded.bonus_hundredths"
)


class Owed(NamedTuple):
    """Hundredths of a coin by creator: of what was paid, and of bonus coins."""

    paid: Mapping[str, int]
    bonus: Mapping[str, int]


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


def owed(connection: Connection, creators: Collection[str]) -> Owed:
    """What creators are owed. What another node adds meanwhile counts with a later gift."""
    names = list(creators)
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_OWED_SQLITE, (msgspec.json.encode(names).decode(),)).all()
    else:
        rows = connection.exec_driver_sql(_OWED_POSTGRES, (names,)).all()
    return Owed({person: paid for person, paid, _ in rows}, {person: bonus for person, _, bonus in rows})


def add(connection: Connection, left: Owed) -> None:
    creators = sorted({person for part in left for person, hundredths in part.items() if hundredths})
    rows = [{"person": who, "hundredths": left.paid.get(who, 0), "bonus": left.bonus.get(who, 0)} for who in creators]
    if rows:
        connection.execute(_ADD, rows)

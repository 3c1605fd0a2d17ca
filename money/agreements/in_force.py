"""Which agreement is in force when a gift is given: for a whole batch with one query at most.

What was read is remembered for a second. A change begins two seconds after it is made at the earliest
(`BEGINS_AFTER_MS`), so every process has read it again by then, and no message between processes is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from money.ledger.terms import Terms

REMEMBERED_MS = 1_000
CREATORS_REMEMBERED_MAX = 20_000

# Raw SQL: this runs for every batch, and building the statement takes longer than running it.
_READ = (
    "SELECT id, creator, agency, platform_percent, agency_percent, valid_from, until FROM agreements "
    "WHERE (until IS NULL OR until > {0}) AND creator"
)
_READ_SQLITE = f"{_READ.format('?')} IN (SELECT value FROM json_each(?))"
_READ_POSTGRES = f"{_READ.format('%s')} = ANY(%s)"


class _Period(NamedTuple):
    begins: int
    until: int | None
    terms: Terms


_Periods = dict[str, Sequence[_Period]]


class InForce:
    """`standard_percent`: the platform's share where nothing was agreed."""

    def __init__(self, standard_percent: int) -> None:
        if not 0 <= standard_percent <= 100:
            raise ValueError("a commission is 0 to 100 percent")
        self.standard = Terms(standard_percent)
        self._remembered: tuple[int, _Periods] = (0, {})  # since when (Unix ms), and what by creator

    def terms(self, connection: Connection, gifts: Sequence[tuple[str, int]]) -> list[Terms]:
        """How gifts are shared, each to a creator at a moment (Unix ms)."""
        since = min(at for _, at in gifts)
        read_at, known = self._remembered
        if not 0 <= since - read_at < REMEMBERED_MS or len(known) > CREATORS_REMEMBERED_MAX:
            read_at, known = self._remembered = since, {}
        unknown = {creator for creator, _ in gifts if creator not in known}
        if unknown:
            known.update(_read(connection, list(unknown), read_at))
        return [self._at(known[creator], at) for creator, at in gifts]

    def _at(self, periods: Sequence[_Period], at: int) -> Terms:
        for period in periods:
            if period.begins <= at and (period.until is None or at < period.until):
                return period.terms
        return self.standard


def _read(connection: Connection, creators: Sequence[str], since: int) -> _Periods:
    """What was agreed with these creators and has not ended before a moment."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_READ_SQLITE, (since, msgspec.json.encode(creators).decode())).all()
    else:
        rows = connection.exec_driver_sql(_READ_POSTGRES, (since, creators)).all()
    found: dict[str, list[_Period]] = {creator: [] for creator in creators}
    for agreement, creator, agency, platform, agencys, begins, until in rows:
        found[creator].append(_Period(begins, until, Terms(platform, agreement, agency or "", agencys)))
    return dict(found)

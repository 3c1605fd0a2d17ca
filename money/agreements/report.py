"""What agencies earned by creator: seen by the agency, and by the creator."""

from __future__ import annotations

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from core.clock import Clock
from core.identity import Person
from money.agreements.views import Brief
from money.earnings.hold import DAY_MS, day_name
from money.earnings.report import Period
from money.tables import agency_earnings as table

SIDES_SHOWN_MAX = 100  # creators of an agency, agencies of a creator: those with the most coins


class Side(msgspec.Struct):
    """`person`: the creator, or the agency; null for a deleted account."""

    person: Person | None
    coins: int
    gifts: int


class AgencyReport(msgspec.Struct):
    """In coins. `creators`: what one earned as the agency of each. `agencies`: what each got of gifts to oneself."""

    creators: list[Side]
    agencies: list[Side]


class AgencyReports:
    def __init__(self, clock: Clock, brief: Brief) -> None:
        self._clock = clock
        self._brief = brief

    def report(self, connection: Connection, person: str, days: Period) -> AgencyReport:
        """Of so many days, today among them."""
        since = day_name(self._clock() // DAY_MS - days + 1)
        return AgencyReport(
            creators=self._sides(connection, table.c.agency == person, table.c.creator, since),
            agencies=self._sides(connection, table.c.creator == person, table.c.agency, since),
        )

    def _sides(
        self, connection: Connection, whose: ColumnElement[bool], other: ColumnElement[str], since: str
    ) -> list[Side]:
        coins = func.sum(table.c.coins)
        most = (
            select(other, coins, func.sum(table.c.gifts)).where(whose, table.c.day >= since)
            .group_by(other).order_by(coins.desc(), other).limit(SIDES_SHOWN_MAX)
        )  # fmt: skip
        rows = connection.execute(most).all()
        people = self._brief(connection, {row[0] for row in rows}) if rows else {}
        return [Side(people.get(who), int(earned), int(gifts)) for who, earned, gifts in rows]

"""Who has been paid in a year, and whether their tax details are there: for admins, who ask for them in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, exists, or_, select

from core.http import Page
from core.identity import Person
from money.reports.months import year_span
from money.reports.paid import SENT
from money.tables import payout_identities, payout_steps, payouts, tax_details
from money.wallets import Brief

TAX_REASON = "tax_details"


class Payee(msgspec.Struct, frozen=True):
    """`person` is null for a deleted account. `country`: as far as they have said; `waiting`: a payout waits for their
    details."""

    id: str
    person: Person | None
    complete: bool
    country: str
    waiting: bool


class Payees:
    def __init__(self, brief: Brief) -> None:
        self._brief = brief

    def page(self, connection: Connection, year: int, *, complete: bool, cursor: str, limit: int) -> Page[Payee]:
        """Those who were paid in a year, or whose payout waits for details, with details or without, by id."""
        days = year_span(year)
        told = exists().where(tax_details.c.person == payouts.c.person)
        paid = exists().where(
            payout_steps.c.payout == payouts.c.id, payout_steps.c.state == SENT, payout_steps.c.at >= days.start,
            payout_steps.c.at < days.end,
        )  # fmt: skip
        found = (
            select(payouts.c.person)
            .where(told if complete else ~told, or_(paid, _waits()), payouts.c.person > cursor)
            .distinct()
            .order_by(payouts.c.person)
            .limit(limit + 1)
        )
        ids = connection.execute(found).scalars().all()
        people: Mapping[str, Person] = self._brief(connection, ids[:limit]) if ids else {}
        waiting = set(connection.execute(select(payouts.c.person).where(_waits(), payouts.c.person.in_(ids))).scalars())
        countries = self._countries(connection, ids[:limit])
        items = [Payee(one, people.get(one), complete, countries.get(one, ""), one in waiting) for one in ids[:limit]]
        return Page(items, items[-1].id if len(ids) > limit else None)

    @staticmethod
    def _countries(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
        """What they said before their first payout; their tax details count more."""
        known: dict[str, str] = {}
        for table in (payout_identities, tax_details):
            found = select(table.c.person, table.c.country).where(table.c.person.in_(ids)).order_by(table.c.at)
            known |= {person: country for person, country in connection.execute(found)}  # noqa: C416
        return known


def _waits() -> ColumnElement[bool]:
    return (payouts.c.state == "requested") & (payouts.c.reason == TAX_REASON)

"""The figures of a year as tables: for DAC7 (Directive (EU) 2021/514), and for forms 1099 (US).

The files hold tax numbers and bank accounts whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from money.ledger.journals import decimal
from money.tables import payout_destinations, payout_identities
from money.tax.figures import QUARTERS, Figures
from money.tax.forms import TaxDetails, newest_details
from money.tax.numbers import EU
from people.accounts import born

PEOPLE_AT_ONCE = 500
US_FROM_MINOR = ((2026, 200_000), (2020, 60_000))
"""From which sum of a year, in cents, form 1099-NEC is due: the newest year that is not later counts. From 2027 on the
sum is adjusted for inflation: add a line."""

_DETAILS = ("kind", "name", "street", "postcode", "city", "country", "tin", "tin_country", "vat_number",
            "register_number", "birthplace")  # fmt: skip
_WHO = ("person", "handle", "state", "reportable", *_DETAILS, "birthdate")
_QUARTER = ("consideration", "fees", "commission", "commission_coins", "activities", "payouts")
DAC7_HEAD = (
    *_WHO, "account_holder", "account", "currency",
    *(f"q{quarter}_{name}" for quarter in range(1, QUARTERS + 1) for name in _QUARTER),
    "year_consideration", "came_back_of_earlier_years",
)  # fmt: skip
US_HEAD = (*_WHO, "form", "currency", "paid", "payout_fees", "gross", "came_back_of_earlier_years")


class Seller(NamedTuple):
    """A person who is paid. Without details their country is what they said before their first payout."""

    person: str
    handle: str
    birthdate: str
    details: TaxDetails | None
    country: str
    account: Mapping[str, str]

    @property
    def state(self) -> str:
        return "complete" if self.details else "missing"

    def cells(self, reportable: str) -> tuple[object, ...]:
        """`_WHO`. A business has no date of birth."""
        told = self.details
        if told is None:
            empty = {"country": self.country}
            details = tuple(empty.get(name, "") for name in _DETAILS)
        else:
            details = tuple(getattr(told, name) for name in _DETAILS)
        birthdate = "" if told is not None and told.kind == "business" else self.birthdate
        return (self.person, self.handle, self.state, reportable, *details, birthdate)


def dac7_rows(connection: Connection, figures: Sequence[Figures]) -> Iterator[tuple[object, ...]]:
    """Everybody who was paid. `reportable`: they live in the Union; `unknown`: nobody knows where."""
    yield DAC7_HEAD
    for seller, one in _sellers(connection, figures):
        reportable = "unknown" if not seller.country else "yes" if seller.country in EU else "no"
        account = seller.account.get("iban") or seller.account.get("account") or seller.account.get("text", "")
        quarters = [
            cell
            for quarter in one.quarters
            for cell in (
                decimal(quarter.paid_minor, one.currency), decimal(quarter.fee_minor, one.currency),
                decimal(quarter.commission_minor, one.currency), quarter.commission_coins, quarter.activities,
                quarter.payouts,
            )
        ]  # fmt: skip
        yield (
            *seller.cells(reportable), seller.account.get("name", ""), account, one.currency, *quarters,
            decimal(one.paid_minor, one.currency), decimal(one.back_earlier_minor, one.currency),
        )  # fmt: skip


def us1099_rows(connection: Connection, figures: Sequence[Figures], year: int) -> Iterator[tuple[object, ...]]:
    """Those who live in the US, or nobody knows where. `gross`: before payout fees, which the limit is about.
    `reportable`: `yes` from the year's sum on; `convert` for other currencies, `unknown` without a country."""
    yield US_HEAD
    due = next((minor for since, minor in US_FROM_MINOR if year >= since), US_FROM_MINOR[-1][1])
    for seller, one in _sellers(connection, figures):
        if seller.country not in ("US", ""):
            continue
        gross = one.paid_minor + one.fee_minor
        reportable = "yes" if gross >= due else "no"
        if one.currency != "USD":
            reportable = "convert"
        if not seller.country:
            reportable = "unknown"
        yield (
            *seller.cells(reportable), "1099-NEC", one.currency, decimal(one.paid_minor, one.currency),
            decimal(one.fee_minor, one.currency), decimal(gross, one.currency),
            decimal(one.back_earlier_minor, one.currency),
        )  # fmt: skip


def _sellers(connection: Connection, figures: Sequence[Figures]) -> Iterator[tuple[Seller, Figures]]:
    for start in range(0, len(figures), PEOPLE_AT_ONCE):
        page = figures[start : start + PEOPLE_AT_ONCE]
        ids = sorted({one.person for one in page})
        told, people = newest_details(connection, ids), born(connection, ids)
        countries = _countries(connection, ids)
        bank = _destinations(connection, ids)
        for one in page:
            who, details = one.person, told.get(one.person)
            handle, birthdate = people.get(who, ("", ""))
            country = details.country if details else countries.get(who, "")
            yield Seller(who, handle, birthdate, details, country, bank.get(who, {})), one


def _countries(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    table = payout_identities
    rows = connection.execute(select(table.c.person, table.c.country).where(table.c.person.in_(ids)))
    return {person: country for person, country in rows}  # noqa: C416  dict(rows) is not typed


def _destinations(connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[str, str]]:
    table = payout_destinations
    found = select(table.c.person, table.c.details).where(table.c.person.in_(ids)).order_by(table.c.id)
    return {person: details for person, details in connection.execute(found)}  # noqa: C416

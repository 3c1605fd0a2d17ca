"""The VAT of a quarter, summed from the lines that each transfer left."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

import msgspec
from sqlalchemy import Connection, func, select

from core.errors import InvalidRequest
from money.ledger.journals import decimal
from money.tables import sales_years, vat_lines, vat_sales
from money.vat.amounts import PERCENT, converted
from money.vat.quarters import before, last_day
from money.vat.rules import Scheme
from money.vat.terms import EUR, per_minor

ROWS_MAX = 5_000  # of a quarter: by country, rate, currency and the quarter that is corrected
QUARTERS_MAX = 40  # ten years: how long they have to be kept (Directive 2006/112/EC, art. 369k)
EXCHANGE_CHARS_MAX = 200
_EXCHANGE = re.compile(r"([A-Z]{3})=(\d{1,6}(?:\.\d{1,8})?)", re.ASCII)
_AS_OSS = {"GR": "EL"}  # as OSS portals name it
_HEADER = (
    "kind", "scheme", "member_state", "rate_type", "rate_percent", "taxable_amount_eur", "vat_amount_eur",
    "corrected_quarter", "currency", "taxable_amount", "vat_amount", "exchange_rate", "exchange_day",
)  # fmt: skip


AsCsv = Callable[[Iterable["Row"], str, Mapping[str, Fraction]], str]
"""(rows, quarter, exchange) -> the file. Raises InvalidRequest without a rate that it needs."""


class Row(msgspec.Struct, frozen=True):
    """Of one country, rate and currency. `corrects`: the earlier quarter whose sales this corrects; empty: it is about
    the quarter's own sales, less what went back of them in it."""

    scheme: Scheme
    country: str
    rate: int
    currency: str
    corrects: str
    net_minor: int
    vat_minor: int


class Year(msgspec.Struct, frozen=True):
    """Net sales to other countries of the EU, for the limits."""

    year: int
    abroad_eur_cents: int


def rows_of(connection: Connection, quarter: str) -> list[Row]:
    """By scheme, country, currency and rate; corrections last. Raises InvalidRequest rather than leave some out."""
    lines = vat_lines.c
    keys = (lines.scheme, lines.country, lines.rate, lines.currency, lines.sale_quarter)
    found = (
        select(*keys, func.sum(lines.net_minor).label("net"), func.sum(lines.vat_minor).label("vat"))
        .where(lines.quarter == quarter)
        .group_by(*keys)
        .order_by(lines.sale_quarter.desc(), lines.scheme, lines.country, lines.currency, lines.rate)
        .limit(ROWS_MAX + 1)
    )
    grouped = connection.execute(found).all()
    if len(grouped) > ROWS_MAX:
        raise InvalidRequest(f"This quarter has more than {ROWS_MAX} rows.")
    return [
        Row(
            row.scheme, row.country, row.rate, row.currency, "" if row.sale_quarter == quarter else row.sale_quarter,
            int(row.net), int(row.vat),
        )
        for row in grouped
    ]  # fmt: skip


def quarters(connection: Connection) -> list[str]:
    """From the first in which something was sold to the last, the last one first. Found by the ends of an index."""
    [(first, last)] = connection.execute(select(func.min(vat_lines.c.quarter), func.max(vat_lines.c.quarter)))
    found: list[str] = []
    while last is not None and last >= first and len(found) < QUARTERS_MAX:
        found.append(last)
        last = before(last)
    return found


def years(connection: Connection) -> list[Year]:
    found = select(sales_years.c.year, sales_years.c.abroad_eur_cents).order_by(sales_years.c.year.desc()).limit(2)
    return [Year(row.year, row.abroad_eur_cents) for row in connection.execute(found)]


def flagged(connection: Connection) -> int:
    """How many sales with unclear proofs of place nobody has looked at."""
    found = select(func.count()).select_from(vat_sales)
    return int(connection.execute(found.where(vat_sales.c.flag != "", vat_sales.c.reviewed_at.is_(None))).scalar_one())


def exchange_of(text: str) -> dict[str, Fraction]:
    """How many euros one unit buys, by currency: USD=0.9212,GBP=1.13. Raises InvalidRequest."""
    found: dict[str, Fraction] = {}
    for part in [part.strip() for part in text[:EXCHANGE_CHARS_MAX].split(",") if part.strip()]:
        match = _EXCHANGE.fullmatch(part)
        if match is None or not Fraction(match[2]):
            raise InvalidRequest("Exchange rates are like USD=0.9212, in euros for one unit.")
        found[match[1]] = Fraction(match[2])
    return found


def oss_csv(rows: Iterable[Row], quarter: str, exchange: Mapping[str, Fraction]) -> str:
    """What an OSS return asks for, in euros at the rates of the quarter's last day. Raises InvalidRequest."""
    return _csv((row for row in rows if row.scheme == "oss"), quarter, exchange)


def home_csv(rows: Iterable[Row], quarter: str, exchange: Mapping[str, Fraction]) -> str:
    """Everything that is in no OSS return: at home, where the platform is registered itself, and untaxed."""
    return _csv((row for row in rows if row.scheme != "oss"), quarter, exchange)


def _csv(rows: Iterable[Row], quarter: str, exchange: Mapping[str, Fraction]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADER)
    for row in rows:
        euros = Fraction(1) if row.currency == EUR else exchange.get(row.currency)
        if euros is None:
            raise InvalidRequest(
                f"The ECB's rate of {last_day(quarter)} is needed: how many euros one {row.currency} buys."
            )
        writer.writerow(_record(row, quarter, euros))
    return out.getvalue()


def _record(row: Row, quarter: str, euros: Fraction) -> tuple[object, ...]:
    def in_euros(minor: int) -> Decimal:
        cents = per_minor(euros, row.currency)
        return decimal(converted(minor, (cents.numerator, cents.denominator)), EUR)

    return (
        "correction" if row.corrects else "supply", row.scheme, _AS_OSS.get(row.country, row.country), "STANDARD",
        f"{row.rate / PERCENT:g}", in_euros(row.net_minor), in_euros(row.vat_minor), row.corrects, row.currency,
        decimal(row.net_minor, row.currency), decimal(row.vat_minor, row.currency), f"{float(euros):g}",
        last_day(quarter).isoformat(),
    )  # fmt: skip

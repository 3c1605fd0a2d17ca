"""The recapitulative statement of a quarter: which businesses in other countries of the EU owe the VAT themselves, and
on how much (Directive 2006/112/EC, art. 262 and 264). Only ads are sold so, and they are paid in euros."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, text

from core.errors import InvalidRequest
from money.ledger.accounts import AD_CURRENCY
from money.ledger.journals import decimal

CUSTOMERS_MAX = 10_000
_HEADER = ("member_state", "vat_number", "taxable_amount_eur", "corrected_quarter")
_CUSTOMERS = text(
    "SELECT r.number, r.corrects, sum(r.net) AS net FROM (SELECT v.billed ->> 'vat_number' AS number, "
    "CASE WHEN l.sale_quarter = l.quarter THEN '' ELSE l.sale_quarter END AS corrects, l.net_minor AS net "
    "FROM vat_lines l JOIN ad_vat v ON v.purchase = l.purchase WHERE l.quarter = :quarter AND l.scheme = 'reverse'"
    ") AS r GROUP BY r.number, r.corrects ORDER BY r.corrects, r.number LIMIT :most"
)


class Customer(msgspec.Struct, frozen=True):
    """`corrects`: the earlier quarter whose sales this corrects; empty: it is about the quarter's own sales."""

    vat_number: str
    corrects: str
    net_minor: int


def customers(connection: Connection, quarter: str) -> list[Customer]:
    """By VAT number; corrections last. Raises InvalidRequest rather than leave some out."""
    rows = connection.execute(_CUSTOMERS, {"quarter": quarter, "most": CUSTOMERS_MAX + 1}).all()
    if len(rows) > CUSTOMERS_MAX:
        raise InvalidRequest(f"This quarter has more than {CUSTOMERS_MAX} customers.")
    return [Customer(row.number, row.corrects, int(row.net)) for row in rows]


def recapitulative_csv(found: Iterable[Customer]) -> str:
    """A number in two parts: the letters of the country, and the rest."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADER)
    for one in found:
        amount = decimal(one.net_minor, AD_CURRENCY)
        writer.writerow((one.vat_number[:2], one.vat_number[2:], amount, one.corrects))
    return out.getvalue()

"""What the lines of an order earn for who brought it, by the rates that were frozen on them. Pure.

The base is what was paid for the pieces that were kept: without the VAT, the shipping and what a coupon took off.
"""

from __future__ import annotations

from collections.abc import Iterable

from money.vat.amounts import vat_gone
from shop.orders.rows import Line
from shop.orders.shares import WHOLE, commission_left


def base(line: Line) -> int:
    """What of a line counts now: pieces that were refunded do not."""
    tax = line.tax_minor - vat_gone(line.total_minor, line.tax_minor, line.refunded_minor)
    return line.total_minor - line.refunded_minor - tax


def of_line(line: Line) -> int:
    return base(line) * line.commission_rate // WHOLE


def due(lines: Iterable[Line], claimed: int) -> int:
    """Of all lines of an order, after a bank took so much of it."""
    rows = list(lines)
    left = sum(line.total_minor - line.refunded_minor for line in rows)
    return commission_left(sum(map(of_line, rows)), left, claimed)

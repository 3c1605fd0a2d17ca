"""VAT in minor units. Prices include it, so it is taken out of them, and what it leaves is the net amount."""

from __future__ import annotations

PERCENT = 100  # rates are in hundredths of a percent: 25.5 % is 2,550
WHOLE = 100 * PERCENT


def vat_of(gross_minor: int, rate: int) -> int:
    """The VAT in a price, rounded half up."""
    whole = WHOLE + rate
    return (2 * gross_minor * rate + whole) // (2 * whole)


def vat_on(net_minor: int, rate: int) -> int:
    """The VAT that comes on top of a net amount, rounded half up. What `vat_of` takes out of both together is the
    same."""
    return (2 * net_minor * rate + WHOLE) // (2 * WHOLE)


def vat_gone(gross_minor: int, vat_minor: int, returned_minor: int) -> int:
    """Of a sale's VAT, what has gone back once so much of its price has.

    It depends on the sum alone. So however many refunds there are, in whatever order, each takes the difference, none
    takes more VAT than money, and together they take all of it.
    """
    return vat_minor * returned_minor // gross_minor if gross_minor else 0


def net_gone(gross_minor: int, vat_minor: int, returned_minor: int) -> int:
    """Of a sale's net amount, what has gone back once so much of its price has."""
    return returned_minor - vat_gone(gross_minor, vat_minor, returned_minor)


def converted(minor: int, rate: tuple[int, int]) -> int:
    """Another currency's minor units, rounded half away from zero; `rate` as numerator and denominator."""
    top, bottom = rate
    size = (2 * abs(minor) * top + bottom) // (2 * bottom)
    return size if minor >= 0 else -size

"""Whose VAT an order bears, and who owes it. Pure.

Prices include it. A seller with a VAT number owes it themselves: in the EU at the rate of the country that they send
to (Directive 2006/112/EC, art. 33), at home and beyond the EU as there. For a seller outside the EU who sends into it,
the platform is the supplier and owes it (art. 14a), if it is registered at all.
"""

from __future__ import annotations

from typing import NamedTuple

from money.vat.rules import Terms


class OrderTax(NamedTuple):
    """`country`: whose VAT it is; empty for nobody's. `rate` in hundredths of a percent."""

    country: str
    rate: int
    platform_owes: bool


NONE = OrderTax("", 0, False)


def tax_of(terms: Terms, seller: str, registered: bool, to: str) -> OrderTax:
    """`seller`: their country; `registered`: they have a VAT number; `to`: where the order goes."""
    rate = terms.rates.get(to, 0)
    into_eu = to in terms.eu
    if into_eu and seller not in terms.eu:
        return OrderTax(to, rate, True) if terms.home else NONE
    if not registered:
        return NONE
    return OrderTax(to, rate, False) if into_eu or to == seller else NONE


def fee_tax_of(terms: Terms, seller: str, registered: bool) -> OrderTax:
    """On the platform's fee. A registered seller in another country owes it there themselves (art. 44, 196)."""
    if not terms.home or (seller != terms.home and (registered or seller not in terms.eu)):
        return NONE
    return OrderTax(terms.home, terms.rates.get(terms.home, 0), True)

"""The VAT of each sale: decided and frozen when it is paid, and given back with its money.

Everything here runs in the transaction that posts the transfer, before it is posted: whoever holds the ledger's head
waits for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import msgspec
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from money.ledger.accounts import vat
from money.ledger.rules import Account
from money.providers.provider import Purchase
from money.tables import sales_years, vat_lines, vat_sales
from money.vat.amounts import vat_gone, vat_of, vat_on
from money.vat.quarters import quarter_of, year_of
from money.vat.rules import (
    HOME_RATE_EUR_CENTS,
    ONE_PROOF_EUR_CENTS,
    Flag,
    Scheme,
    Terms,
    Turnover,
    is_abroad,
    known_country,
    number_country,
    place_of,
    tax,
    tax_ads,
)

EuroCents = Callable[[str], Fraction | None]
"""How many cents of a euro one minor unit of a currency buys; None: unknown."""

_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}


class Sale(msgspec.Struct, frozen=True):
    """A paid purchase and its VAT. `rate` in hundredths of a percent, `vat_minor` of `gross_minor`. `country`: whose
    VAT it is, empty for nobody's; `buyer_country`: where the buyer is, empty if unknown."""

    purchase: str
    scheme: Scheme
    country: str
    buyer_country: str
    rate: int
    currency: str
    gross_minor: int
    vat_minor: int
    rates: str
    flag: Flag
    quarter: str
    at: int

    @property
    def detail(self) -> dict[str, str | int]:
        """What the transfer says of it."""
        if not self.country:
            return {}
        return {"vat_country": self.country, "vat_rate": self.rate, "vat_minor": self.vat_minor}


class Agreed(msgspec.Struct, frozen=True):
    """The VAT of a sale as it was agreed before it was paid: what is paid is the net amount and the VAT on it. The rest
    as in `Sale`. `numbered`: the buyer's VAT number is one of their country."""

    scheme: Scheme
    country: str
    buyer_country: str
    rate: int
    rates: str
    net_minor: int
    vat_minor: int
    numbered: bool = False

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.vat_minor


def lock_year(connection: Connection, year: int) -> None:
    """Lock a year's turnover and numbers until the transaction ends. Before anything is posted: whoever waits for them
    must not hold the ledger."""
    empty = {"year": year, "receipts": 0, "credit_notes": 0, "abroad_eur_cents": 0}
    connection.execute(_INSERT[connection.dialect.name](sales_years).values(empty).on_conflict_do_nothing())
    connection.execute(select(sales_years.c.year).where(sales_years.c.year == year).with_for_update())


_SALE = select(*(vat_sales.c[field] for field in Sale.__struct_fields__))


class VatSales:
    def __init__(self, terms: Terms, euro_cents: EuroCents, version: Callable[[str], str]) -> None:
        """`version`: which table of rates a country's rate is from."""
        self.terms = terms
        self._euro_cents = euro_cents
        self._version = version

    def sell(self, connection: Connection, purchase: Purchase, country: str | None, card: str | None, at: int) -> Sale:
        """Decide the VAT of a purchase that is being paid, and freeze it. `country` and `card`: the proofs of place.
        `at`: that of its transfer, Unix ms."""
        terms = self.terms
        lock_year(connection, year_of(at))
        home_vat = vat_of(purchase.price_minor, terms.rates.get(terms.home, 0))
        turnover = self._turnover(connection, purchase.price_minor - home_vat, purchase.currency, year_of(at))
        two_needed = self._two_needed(turnover)
        place = place_of(terms, known_country(country), known_country(card), two_needed=two_needed)
        taxed = tax(terms, place.country, home_rate=turnover.within(HOME_RATE_EUR_CENTS))
        gross, quarter = purchase.price_minor, quarter_of(at)
        sale = Sale(
            purchase.id, taxed.scheme, taxed.country, place.country, taxed.rate, purchase.currency, gross,
            vat_of(gross, taxed.rate), self._version(taxed.country), place.flag if terms.home else "", quarter, at,
        )  # fmt: skip
        self._record(connection, sale)
        return sale

    def agree(
        self, connection: Connection, net_minor: int, currency: str, country: str, vat_number: str, at: int
    ) -> Agreed | None:
        """The VAT on so much net for ads, for a buyer in this country, now. None: there is no VAT here."""
        terms = self.terms
        if not terms.home:
            return None
        place = known_country(country)
        turnover = self._turnover(connection, net_minor, currency, year_of(at))
        taxed = tax_ads(terms, place, vat_number, home_rate=turnover.within(HOME_RATE_EUR_CENTS))
        return Agreed(
            taxed.scheme, taxed.country, place or terms.home, taxed.rate, self._version(taxed.country), net_minor,
            vat_on(net_minor, taxed.rate), number_country(vat_number) == place != "",
        )  # fmt: skip

    def sell_agreed(
        self, connection: Connection, purchase: Purchase, agreed: Agreed, declared: str, card: str | None, at: int
    ) -> Sale:
        """Freeze the VAT of a purchase that is being paid as it was agreed. A card of another country than was
        `declared` changes no price any more, so it is flagged; a VAT number of the country needs no second proof."""
        terms = self.terms
        lock_year(connection, year_of(at))
        turnover = self._turnover(connection, agreed.net_minor, purchase.currency, year_of(at))
        two_needed = not agreed.numbered and self._two_needed(turnover)
        place = place_of(terms, known_country(declared), known_country(card), two_needed=two_needed)
        sale = Sale(
            purchase.id, agreed.scheme, agreed.country, agreed.buyer_country, agreed.rate, purchase.currency,
            agreed.gross_minor, agreed.vat_minor, agreed.rates, place.flag, quarter_of(at), at,
        )  # fmt: skip
        self._record(connection, sale)
        return sale

    def of(self, connection: Connection, purchase: str) -> Sale | None:
        """None for a purchase that was paid before there was VAT here."""
        row = connection.execute(_SALE.where(vat_sales.c.purchase == purchase)).first()
        return Sale(*row) if row else None

    def give_back(
        self, connection: Connection, purchase: Purchase, transfer: str, kind: str, gross_minor: int, at: int
    ) -> dict[Account, int]:
        """The entries for VAT of a transfer that takes so much of the price out of our cash at `at`. Negative: it
        returns."""
        sale = self.of(connection, purchase.id)
        if sale is None or not gross_minor:
            return {}
        before = purchase.returned_minor
        gone = vat_gone(sale.gross_minor, sale.vat_minor, before + gross_minor)
        part = gone - vat_gone(sale.gross_minor, sale.vat_minor, before)
        self._line(connection, sale, transfer, kind, -gross_minor, -part, at)
        return {vat(sale.country, sale.currency): -part} if part else {}

    def vat_of_transfer(self, connection: Connection, transfer: str) -> int:
        """What a transfer did to VAT; negative: it went back."""
        found = select(vat_lines.c.vat_minor).where(vat_lines.c.transfer == transfer)
        return int(connection.execute(found).scalar() or 0)

    def _record(self, connection: Connection, sale: Sale) -> None:
        connection.execute(insert(vat_sales).values(note="", **msgspec.structs.asdict(sale)))
        self._line(connection, sale, f"purchase:{sale.purchase}", "sale", sale.gross_minor, sale.vat_minor, sale.at)
        if sale.scheme != "reverse" and is_abroad(self.terms, sale.buyer_country):
            cents = self._cents(sale.gross_minor - sale.vat_minor, sale.currency) or 0
            connection.execute(
                update(sales_years)
                .where(sales_years.c.year == year_of(sale.at))
                .values(abroad_eur_cents=sales_years.c.abroad_eur_cents + cents)
            )

    def _two_needed(self, turnover: Turnover) -> bool:
        return not (self.terms.home in self.terms.eu and turnover.within(ONE_PROOF_EUR_CENTS))

    def _turnover(self, connection: Connection, net_minor: int, currency: str, year: int) -> Turnover:
        """With a sale of so much net at the home rate."""
        found = select(sales_years.c.year, sales_years.c.abroad_eur_cents)
        found = found.where(sales_years.c.year.in_((year - 1, year)))
        sold: dict[int, int] = {row.year: row.abroad_eur_cents for row in connection.execute(found)}
        sale = self._cents(net_minor, currency)
        return Turnover(sold.get(year - 1, 0), None if sale is None else sold.get(year, 0) + sale)

    def _cents(self, minor: int, currency: str) -> int | None:
        rate = self._euro_cents(currency)
        return None if rate is None else round(minor * rate)

    @staticmethod
    def _line(
        connection: Connection, sale: Sale, transfer: str, kind: str, gross: int, vat_minor: int, at: int
    ) -> None:
        connection.execute(
            insert(vat_lines).values(
                transfer=transfer, purchase=sale.purchase, kind=kind, scheme=sale.scheme, country=sale.country,
                rate=sale.rate, currency=sale.currency, net_minor=gross - vat_minor, vat_minor=vat_minor,
                quarter=quarter_of(at), sale_quarter=sale.quarter, at=at,
            )
        )  # fmt: skip

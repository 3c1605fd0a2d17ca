"""Receipts and credit notes. Their number is taken in the transaction of the payment or refund, so there is no gap."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, insert, select, update

from core.errors import NotFound
from core.identity import Person
from money.ads.documents import AdDocuments
from money.ads.vat.agreed import AdVat
from money.providers.provider import Purchase
from money.receipts.billing import billing_of
from money.tables import receipts, sales_years
from money.vat.quarters import year_of
from money.vat.sales import Sale, VatSales, lock_year
from money.vat.terms import Seller

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]
ReceiptKind = Literal["receipt", "credit_note"]
Reason = Literal["sale", "refund", "dispute"]

NUMBER_CHARS_MAX = 20
_LETTERS: Mapping[ReceiptKind, str] = {"receipt": "R", "credit_note": "C"}
_COUNTERS: Mapping[ReceiptKind, str] = {"receipt": "receipts", "credit_note": "credit_notes"}


class Party(msgspec.Struct, frozen=True):
    """`handle` is empty for the seller, and for an account that was deleted before."""

    name: str
    address: str
    vat_number: str
    handle: str = ""


class Content(msgspec.Struct, frozen=True):
    """What a receipt says, as it was when it was made. Amounts of a credit note are what went back.

    `rate` in hundredths of a percent; `country`: whose VAT it is, empty if there is none.
    """

    seller: Party
    buyer: Party
    reason: Reason
    coins: int
    gross_minor: int
    net_minor: int
    vat_minor: int
    currency: str
    country: str
    rate: int
    provider: str


class Receipt(msgspec.Struct, frozen=True):
    """`corrects`: the number of a credit note's receipt. `at`: Unix ms."""

    number: str
    kind: ReceiptKind
    purchase: str
    person: str
    corrects: str | None
    at: int
    content: Content


class ReceiptName(msgspec.Struct, frozen=True):
    number: str
    kind: ReceiptKind


_RECEIPT = select(*(receipts.c[field] for field in Receipt.__struct_fields__))


class Receipts:
    def __init__(self, sales: VatSales, seller: Seller, brief: Brief) -> None:
        self.sales = sales
        self.ads = AdDocuments(seller)
        self.ad_vat = AdVat(sales, self.ads)
        self._seller = Party(seller.name, seller.address, seller.vat_number)
        self._brief = brief

    def lock(self, connection: Connection, at: int) -> None:
        """Take the turn of whoever makes receipts in that year, before anything is posted. `at`: Unix ms."""
        lock_year(connection, year_of(at))

    def sell(self, connection: Connection, purchase: Purchase, country: str | None, card: str | None, at: int) -> Sale:
        """The VAT of a purchase that is being paid, and its receipt. The rest: see `VatSales.sell`."""
        sale = self.sales.sell(connection, purchase, country, card, at)
        content = self._content(connection, purchase, sale, "sale", sale.gross_minor, sale.vat_minor)
        self._issue(connection, "receipt", purchase, f"purchase:{purchase.id}", None, content, at)
        return sale

    def credit(
        self, connection: Connection, purchase: Purchase, transfer: str, reason: Reason, gross: int, at: int
    ) -> None:
        """The credit note for what a transfer has given back. None for a purchase without a receipt."""
        sale = self.sales.of(connection, purchase.id)
        found = select(receipts.c.number).where(receipts.c.purchase == purchase.id, receipts.c.kind == "receipt")
        number = connection.execute(found).scalar()
        if sale is None or number is None or gross <= 0:
            return
        vat_minor = -self.sales.vat_of_transfer(connection, transfer)
        content = self._content(connection, purchase, sale, reason, gross, vat_minor)
        self._issue(connection, "credit_note", purchase, transfer, number, content, at)

    def receipt(self, connection: Connection, number: str) -> Receipt:
        """Raises NotFound."""
        row = connection.execute(_RECEIPT.where(receipts.c.number == number)).first()
        if row is None:
            raise NotFound("There is no such receipt.")
        return msgspec.convert(dict(zip(Receipt.__struct_fields__, row, strict=True)), Receipt)

    @staticmethod
    def of(connection: Connection, purchases: Collection[str]) -> dict[str, list[ReceiptName]]:
        """The receipts and credit notes of purchases, oldest first."""
        found = (
            select(receipts.c.purchase, receipts.c.number, receipts.c.kind)
            .where(receipts.c.purchase.in_(purchases))
            .order_by(receipts.c.at, receipts.c.kind.desc(), receipts.c.sequence)
        )
        names: dict[str, list[ReceiptName]] = {}
        for row in connection.execute(found):
            names.setdefault(row.purchase, []).append(ReceiptName(row.number, row.kind))
        return names

    def _content(
        self, connection: Connection, purchase: Purchase, sale: Sale, reason: Reason, gross: int, vat_minor: int
    ) -> Content:
        billing = billing_of(connection, purchase.person)
        person = self._brief(connection, {purchase.person}).get(purchase.person)
        buyer = Party(billing.name, billing.address, billing.vat_number, person.handle if person else "")
        return Content(
            self._seller, buyer, reason, purchase.coins, gross, gross - vat_minor, vat_minor, sale.currency,
            sale.country, sale.rate, purchase.provider,
        )  # fmt: skip

    def _issue(
        self, connection: Connection, kind: ReceiptKind, purchase: Purchase, cause: str, corrects: str | None,
        content: Content, at: int,
    ) -> None:  # fmt: skip
        year, counter = year_of(at), sales_years.c[_COUNTERS[kind]]
        lock_year(connection, year)
        taken: dict[Any, Any] = {counter: counter + 1}
        number = update(sales_years).where(sales_years.c.year == year).values(taken).returning(counter)
        sequence = connection.execute(number).scalar_one()
        connection.execute(
            insert(receipts).values(
                number=f"{_LETTERS[kind]}{year}-{sequence:06}", kind=kind, year=year, sequence=sequence,
                purchase=purchase.id, person=purchase.person, cause=cause, corrects=corrects, at=at,
                content=msgspec.to_builtins(content),
            )
        )  # fmt: skip

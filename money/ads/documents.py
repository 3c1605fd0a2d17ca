"""Receipts for what advertisers pay in, and credit notes for what goes back: numbers without gaps, a frozen content.

Those that state VAT are invoices. The others confirm payments from before there was VAT here, or where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, tuple_

from core.errors import NotFound
from core.http import Page
from money.ads.billing import billing_of
from money.ledger.accounts import AD_CURRENCY
from money.providers.provider import Purchase
from money.tables import ad_documents
from money.vat.quarters import year_of
from money.vat.rules import Scheme
from money.vat.sales import lock_year
from money.vat.terms import Seller

DocumentKind = Literal["receipt", "credit_note"]
Reason = Literal["payment", "refund", "dispute"]
NUMBER_CHARS_MAX = 20
_LETTERS: Mapping[DocumentKind, str] = {"receipt": "A", "credit_note": "AC"}


class Buyer(msgspec.Struct, frozen=True):
    """An advertiser as its documents name it. `payer`: who pays, if somebody else does."""

    name: str = ""
    payer: str = ""
    country: str = ""
    address: str = ""
    vat_number: str = ""


class DocumentVat(msgspec.Struct, frozen=True):
    """`country`: whose VAT it is, empty for nobody's; `rate` in hundredths of a percent."""

    scheme: Scheme
    country: str
    rate: int
    net_minor: int
    vat_minor: int


class DocumentContent(msgspec.Struct, frozen=True):
    """What it says, as it was when it was made. `amount_minor` includes the VAT; without `vat` it is no invoice."""

    seller_name: str
    seller_address: str
    seller_vat_number: str
    buyer: Buyer
    reason: Reason
    amount_minor: int
    currency: str
    provider: str
    vat: DocumentVat | None = None


class Document(msgspec.Struct, frozen=True):
    """`corrects`: the number of a credit note's receipt. `at`: Unix ms."""

    number: str
    kind: DocumentKind
    advertiser: str
    purchase: str
    corrects: str | None
    at: int
    content: DocumentContent


Buyers = Callable[[Connection, str], Buyer]
"""(connection, advertiser) -> its name, payer and country."""

_DOCUMENT = select(*(ad_documents.c[field] for field in Document.__struct_fields__))


def _document(row: Row[Any]) -> Document:
    return msgspec.convert(dict(zip(Document.__struct_fields__, row, strict=True)), Document)


def _unnamed(_: Connection, __: str) -> Buyer:
    return Buyer()


class AdDocuments:
    """Every method does only SQL, in the caller's transaction. Those that make a number take the turn of whoever makes
    receipts, which the caller has taken before it posts anything."""

    def __init__(self, seller: Seller) -> None:
        self._seller = seller
        self._buyers: Buyers = _unnamed

    def name_buyers(self, buyers: Buyers) -> None:
        """Let a domain say who advertisers are."""
        self._buyers = buyers

    def buyer(self, connection: Connection, advertiser: str) -> Buyer:
        """An advertiser as a document would name it now: as it wants to be named there, or as viewers see it."""
        named, said = self._buyers(connection, advertiser), billing_of(connection, advertiser)
        return msgspec.structs.replace(
            named, name=said.name or named.name, country=said.country or named.country, address=said.address,
            vat_number=said.vat_number,
        )  # fmt: skip

    def receive(
        self, connection: Connection, purchase: Purchase, at: int, billed: Buyer | None = None,
        vat: DocumentVat | None = None,
    ) -> str:  # fmt: skip
        """The receipt of a payment that is being posted at `at`. Returns its number. `billed`: without it, the buyer as
        it is now."""
        cause, gross = f"purchase:{purchase.id}", purchase.price_minor
        return self._issue(connection, "receipt", purchase, cause, None, "payment", gross, at, billed, vat)

    def credit(
        self, connection: Connection, purchase: Purchase, cause: str, reason: Reason, minor: int, at: int,
        billed: Buyer | None = None, vat: DocumentVat | None = None,
    ) -> None:  # fmt: skip
        """The credit note for what a transfer has given back. None for a payment without a receipt."""
        paid = select(ad_documents.c.number).where(
            ad_documents.c.purchase == purchase.id, ad_documents.c.kind == "receipt"
        )
        corrects = connection.execute(paid).scalar()
        if corrects is not None and minor > 0:
            self._issue(connection, "credit_note", purchase, cause, str(corrects), reason, minor, at, billed, vat)

    def document(self, connection: Connection, advertiser: str, number: str) -> Document:
        """Raises NotFound."""
        found = _DOCUMENT.where(ad_documents.c.number == number, ad_documents.c.advertiser == advertiser)
        row = connection.execute(found).first() if len(number) <= NUMBER_CHARS_MAX else None
        if row is None:
            raise NotFound("There is no such document.")
        return _document(row)

    def page(self, connection: Connection, advertiser: str, cursor: str, limit: int) -> Page[Document]:
        """An advertiser's, the newest first. Raises NotFound for a cursor that is not one of ours."""
        columns = ad_documents.c
        found = _DOCUMENT.where(columns.advertiser == advertiser)
        if cursor:
            last = self.document(connection, advertiser, cursor)
            found = found.where(tuple_(columns.at, columns.number) < tuple_(last.at, last.number))
        rows = connection.execute(found.order_by(columns.at.desc(), columns.number.desc()).limit(limit + 1)).all()
        items = [_document(row) for row in rows[:limit]]
        return Page(items, items[-1].number if len(rows) > limit else None)

    def _issue(
        self, connection: Connection, kind: DocumentKind, purchase: Purchase, cause: str, corrects: str | None,
        reason: Reason, minor: int, at: int, billed: Buyer | None, vat: DocumentVat | None,
    ) -> str:  # fmt: skip
        advertiser = purchase.advertiser or ""
        year = year_of(at)
        lock_year(connection, year)
        columns = ad_documents.c
        last = select(func.max(columns.sequence)).where(columns.kind == kind, columns.year == year)
        sequence = int(connection.execute(last).scalar() or 0) + 1
        number = f"{_LETTERS[kind]}{year}-{sequence:06}"
        buyer = billed or self.buyer(connection, advertiser)
        content = DocumentContent(
            self._seller.name, self._seller.address, self._seller.vat_number, buyer, reason, minor, AD_CURRENCY,
            purchase.provider, vat,
        )  # fmt: skip
        connection.execute(
            insert(ad_documents).values(
                number=number, kind=kind, year=year, sequence=sequence, advertiser=advertiser,
                purchase=purchase.id, cause=cause, corrects=corrects, at=at, content=msgspec.to_builtins(content),
            )
        )  # fmt: skip
        return number

"""The VAT on a payment into an advertiser's balance: on top of what the balance gets, and agreed before it is paid.

What a campaign spends later is no new sale. The terms and the buyer's details are frozen when the checkout begins, so
that the total which somebody saw is the total which is charged, and the invoice names whom the VAT was decided for.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from money.ads.documents import AdDocuments, Buyer, DocumentVat, Reason
from money.ledger.accounts import AD_CURRENCY
from money.providers.provider import Purchase
from money.tables import ad_vat
from money.vat.rules import Scheme
from money.vat.sales import Agreed, Sale, VatSales

_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}
_FIELDS = tuple(ad_vat.c[field] for field in Agreed.__struct_fields__)


class TopUpQuote(msgspec.Struct, frozen=True):
    """What paying so much into the balance costs. `scheme`: `none` if there is no VAT here; `country`: whose VAT it is,
    empty for nobody's; `rate` in hundredths of a percent."""

    net_minor: int
    vat_minor: int
    total_minor: int
    currency: str
    scheme: Scheme
    country: str
    buyer_country: str
    rate: int


def agreed_of(connection: Connection, purchases: Collection[str]) -> dict[str, Agreed]:
    """By purchase; those without VAT are left out."""
    found = connection.execute(select(ad_vat.c.purchase, *_FIELDS).where(ad_vat.c.purchase.in_(purchases)))
    return {purchase: Agreed(*fields) for purchase, *fields in found}


class AdVat:
    """Every method does only SQL, in the caller's transaction."""

    def __init__(self, sales: VatSales, documents: AdDocuments) -> None:
        self._sales = sales
        self._documents = documents

    def agree(self, connection: Connection, advertiser: str, net_minor: int, at: int) -> Agreed | None:
        """The VAT on so much, now. A VAT number counts with an address, which an invoice to a business needs."""
        buyer = self._documents.buyer(connection, advertiser)
        number = buyer.vat_number if buyer.address else ""
        return self._sales.agree(connection, net_minor, AD_CURRENCY, buyer.country, number, at)

    def quote(self, connection: Connection, advertiser: str, net_minor: int, at: int) -> TopUpQuote:
        return _quote(net_minor, self.agree(connection, advertiser, net_minor, at))

    def quote_in(self, connection: Connection, country: str, net_minor: int, at: int) -> TopUpQuote:
        """For an advertiser in that country which has no VAT number."""
        return _quote(net_minor, self._sales.agree(connection, net_minor, AD_CURRENCY, country, "", at))

    def freeze(self, connection: Connection, purchase: Purchase, agreed: Agreed) -> None:
        """Whoever began the same purchase elsewhere has frozen it already."""
        buyer = self._documents.buyer(connection, purchase.advertiser or "")
        row = {"purchase": purchase.id, "billed": msgspec.to_builtins(buyer), **msgspec.structs.asdict(agreed)}
        connection.execute(_INSERT[connection.dialect.name](ad_vat).values(row).on_conflict_do_nothing())

    def sell(self, connection: Connection, purchase: Purchase, card: str | None, at: int) -> tuple[Sale | None, str]:
        """The VAT of a payment that is being posted at `at`, and the number of its receipt. None: it was begun before
        there was VAT."""
        frozen = self._frozen(connection, purchase)
        if frozen is None:
            return None, self._documents.receive(connection, purchase, at)
        agreed, billed = frozen
        sale = self._sales.sell_agreed(connection, purchase, agreed, billed.country, card, at)
        stated = DocumentVat(sale.scheme, sale.country, sale.rate, agreed.net_minor, agreed.vat_minor)
        return sale, self._documents.receive(connection, purchase, at, billed, stated)

    def credit(
        self, connection: Connection, purchase: Purchase, transfer: str, reason: Reason, minor: int, at: int
    ) -> None:
        """The credit note for what a transfer has given back, with the VAT in it."""
        frozen = self._frozen(connection, purchase)
        if frozen is None:
            return self._documents.credit(connection, purchase, transfer, reason, minor, at)
        agreed, billed = frozen
        gone = -self._sales.vat_of_transfer(connection, transfer)
        stated = DocumentVat(agreed.scheme, agreed.country, agreed.rate, minor - gone, gone)
        return self._documents.credit(connection, purchase, transfer, reason, minor, at, billed, stated)

    def _frozen(self, connection: Connection, purchase: Purchase) -> tuple[Agreed, Buyer] | None:
        row = connection.execute(select(*_FIELDS, ad_vat.c.billed).where(ad_vat.c.purchase == purchase.id)).first()
        return (Agreed(*row[:-1]), msgspec.convert(row.billed, Buyer)) if row else None


def _quote(net_minor: int, agreed: Agreed | None) -> TopUpQuote:
    if agreed is None:
        return TopUpQuote(net_minor, 0, net_minor, AD_CURRENCY, "none", "", "", 0)
    return TopUpQuote(
        net_minor, agreed.vat_minor, agreed.gross_minor, AD_CURRENCY, agreed.scheme, agreed.country,
        agreed.buyer_country, agreed.rate,
    )  # fmt: skip

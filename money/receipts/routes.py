"""Receipts and billing details over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from core.database import Database
from core.errors import NotFound
from core.executors import BoundedExecutor
from core.http import Call, Operation
from core.identity import Identity
from core.limits import Rate
from money.receipts.billing import Billing, billing_of, clean_billing, set_billing
from money.receipts.pdf import receipt_pdf
from money.receipts.receipts import NUMBER_CHARS_MAX, Content, Receipt, ReceiptKind, Receipts

PDF_RATE = Rate(30, 60)
BILLING_RATE = Rate(20, 60)
PDF_THREADS = 1
PDF_QUEUED_MAX = 32
_TEXT_CHARS_MAX = 1_200  # `clean_billing` sets the limits that people meet


class BillingRequest(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(max_length=_TEXT_CHARS_MAX)] = ""
    address: Annotated[str, Meta(max_length=_TEXT_CHARS_MAX)] = ""
    vat_number: Annotated[str, Meta(max_length=_TEXT_CHARS_MAX)] = ""
    country: Annotated[str, Meta(max_length=2)] = ""


class PdfQuery(msgspec.Struct, forbid_unknown_fields=True):
    language: Literal["en", "fr"] = "en"


class ReceiptView(msgspec.Struct):
    """A receipt as its buyer and admins see it. `corrects`: the number of a credit note's receipt."""

    number: str
    kind: ReceiptKind
    purchase: str
    corrects: str | None
    at: int
    content: Content


def pdf_executor() -> BoundedExecutor:
    """Drawing is CPU time: one at a time, and few that wait."""
    return BoundedExecutor("receipts", PDF_THREADS, PDF_QUEUED_MAX)


class ReceiptRoutes:
    def __init__(self, database: Database, receipts: Receipts, pdfs: BoundedExecutor) -> None:
        self._database = database
        self._receipts = receipts
        self._pdfs = pdfs

    def operations(self) -> list[Operation]:
        one = "/api/wallet/receipts/{number}"
        return [
            Operation("GET", one, self.receipt),
            Operation("GET", f"{one}/pdf", self.pdf, rate=PDF_RATE),
            Operation("GET", "/api/wallet/billing", self.billing),
            Operation("PUT", "/api/wallet/billing", self.set_billing, rate=BILLING_RATE),
        ]

    def receipt(self, call: Call, number: str) -> ReceiptView:
        """A receipt or credit note of yours. Admins see everybody's."""
        found = self._database.read(lambda c: self._seen(c, call.identity, number))
        return ReceiptView(found.number, found.kind, found.purchase, found.corrects, found.at, found.content)

    async def pdf(self, call: Call, number: str, query: PdfQuery) -> Response:
        """The same as a PDF."""
        found = await self._database.read_async(lambda c: self._seen(c, call.identity, number))
        drawn = await self._pdfs.run(receipt_pdf, found, query.language)
        return Response(
            drawn,
            media_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{found.number}.pdf"'},
        )

    def billing(self, call: Call) -> Billing:
        """What your receipts say about you."""
        return self._database.read(lambda c: billing_of(c, call.identity.id))

    def set_billing(self, call: Call, body: BillingRequest) -> Billing:
        """Change it. Receipts that exist stay as they are."""
        asked = clean_billing(Billing(body.name, body.address, body.vat_number, body.country))
        self._database.write(lambda c: set_billing(c, call.identity.id, asked))
        return asked

    def _seen(self, connection: Connection, who: Identity, number: str) -> Receipt:
        if len(number) > NUMBER_CHARS_MAX:
            raise NotFound("There is no such receipt.")
        found = self._receipts.receipt(connection, number)
        if found.person != who.id and who.role != "admin":
            raise NotFound("There is no such receipt.")
        return found

"""Money over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
import structlog
from starlette.responses import Response, StreamingResponse

from core.database import Database
from core.errors import AdultsOnly, NotFound
from core.http import BODY_BYTES_MAX, Access, Call, Operation, Page, Paging, read_body
from core.limits import Rate
from money.catalogue import COIN_PACKS, GIFTS, CoinPack, Gift
from money.errors import PaymentMismatch
from money.providers import Provider, Purchase, PurchaseState
from money.purchases import Purchases
from money.wallets import Line, LineKind, Wallet, Wallets

EXPORT_RATE = Rate(10, 60)
PURCHASE_RATE = Rate(20, 60)
WEBHOOK_RATE = Rate(6_000, 60)  # a provider sends all its webhooks from a few addresses

T = TypeVar("T")

log = structlog.get_logger("money")


class StatementQuery(Paging):
    kind: LineKind | None = None


class ExportQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    kind: LineKind | None = None


class PurchaseRequest(msgspec.Struct, forbid_unknown_fields=True):
    pack: str


class Shop(Page[CoinPack], kw_only=True):
    """`sandbox`: payments are only pretended, and nobody is charged."""

    sandbox: bool


class PurchaseAnswer(msgspec.Struct):
    id: str
    state: PurchaseState
    checkout_url: str | None


class MoneyRoutes:
    def __init__(self, database: Database, wallets: Wallets, purchases: Purchases, provider: Provider) -> None:
        self._database = database
        self._wallets = wallets
        self._purchases = purchases
        self._provider = provider

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/gifts", self.gifts, access=Access.ANYONE),
            Operation("GET", "/api/coins", self.coins, access=Access.ANYONE),
            Operation("GET", "/api/wallet", self.wallet),
            Operation("GET", "/api/wallet/statement", self.statement),
            Operation("GET", "/api/wallet/statement.csv", self.export, rate=EXPORT_RATE),
            Operation("POST", "/api/wallet/purchases", self.buy, status=201, money=True, rate=PURCHASE_RATE),
            Operation("GET", "/api/wallet/purchases/{id}", self.purchase),
            Operation("POST", "/api/payments/{provider}", self.webhook, access=Access.ANYONE, rate=WEBHOOK_RATE),
        ]

    def gifts(self, query: Paging) -> Page[Gift]:
        """List the gifts by price."""
        return _page(GIFTS, query)

    def coins(self, query: Paging) -> Shop:
        """List the coin packs by price."""
        page = _page(COIN_PACKS, query)
        return Shop(page.items, page.next, sandbox=self._provider.sandbox)

    def wallet(self, call: Call) -> Wallet:
        """Your balances in coins."""
        return self._database.read(lambda c: self._wallets.wallet(c, call.identity.id))

    def statement(self, call: Call, query: StatementQuery) -> Page[Line]:
        """Your wallet's statement, newest first."""
        return self._database.read(
            lambda c: self._wallets.statement(c, call.identity.id, query.kind, query.cursor, query.limit)
        )

    def export(self, call: Call, query: ExportQuery) -> Response:
        """Export your statement as a CSV file."""
        return StreamingResponse(
            self._database.executor.iterate(self._wallets.export(call.identity.id, query.kind)),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="statement.csv"'},
        )

    async def buy(self, call: Call, body: PurchaseRequest) -> PurchaseAnswer:
        """Buy a pack of coins."""
        if not call.identity.adult:
            raise AdultsOnly
        return _answer(await self._purchases.buy(call.identity.id, body.pack, call.key))

    def purchase(self, call: Call, id: str) -> PurchaseAnswer:
        """Get the state of a purchase."""
        return _answer(self._database.read(lambda c: self._purchases.purchase(c, call.identity.id, id)))

    async def webhook(self, call: Call, provider: str) -> None:
        """The payment provider's signed webhook."""
        if provider != self._provider.name:
            raise NotFound
        body = await read_body(call.request, BODY_BYTES_MAX)
        payment = self._provider.payment(body, call.request.headers.get(self._provider.signature_header, ""))
        if payment is None:
            return
        try:
            await self._database.write_async(lambda c: self._purchases.record_payment(c, payment))
        except PaymentMismatch as mismatch:  # signed, but not what we asked for: an operator must look into it
            log.error("payment mismatch", purchase=payment.purchase, ref=payment.ref, detail=mismatch.detail)
            raise


def _answer(purchase: Purchase) -> PurchaseAnswer:
    return PurchaseAnswer(purchase.id, purchase.state, purchase.checkout_url)


def _page(offers: Mapping[str, T], query: Paging) -> Page[T]:
    """A page of a catalogue; the cursor is the last name seen."""
    names = list(offers)
    start = names.index(query.cursor) + 1 if query.cursor in offers else 0
    shown = names[start : start + query.limit]
    more = start + query.limit < len(names)
    return Page([offers[name] for name in shown], shown[-1] if more else None)

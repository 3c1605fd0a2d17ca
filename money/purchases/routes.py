"""Purchases over HTTP: for buyers, for the provider, and for the people who run the platform."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from core.database import Database
from core.errors import AdultsOnly, InvalidRequest, NotAllowed, NotFound
from core.http import BODY_BYTES_MAX, Access, Call, Operation, Page, Paging, read_body
from core.limits import Rate
from core.text.clean import clean_lines
from money.providers.provider import Provider, Purchase, Refund
from money.purchases.lacking import Lack
from money.purchases.own import OwnPurchase, OwnPurchases, RefundView, refund_view
from money.purchases.purchases import Purchases
from money.purchases.review import PurchaseDetail, PurchaseRow, Review
from money.purchases.state import PublicState, PurchaseState, public
from money.reconciliation.differences import NotedDifference
from money.vat.rules import known_country

PURCHASE_RATE = Rate(20, 60)
WEBHOOK_RATE = Rate(6_000, 60)  # a provider sends all its webhooks from a few addresses
REFUND_NOTE_CHARS_MAX = 500

RefundReason = Literal["request", "duplicate", "fraud", "error", "goodwill"]
_Note = Annotated[str, Meta(max_length=REFUND_NOTE_CHARS_MAX)]


class PurchaseRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Either a pack, or just what a gift lacks. `country`: where the buyer says they live, for the VAT."""

    pack: str | None = None
    gift: str | None = None
    count: int | None = None
    country: Annotated[str, Meta(max_length=2)] = ""


class LackQuery(msgspec.Struct, forbid_unknown_fields=True):
    gift: Annotated[str, Meta(max_length=64)]
    count: int = 1


class PurchaseAnswer(msgspec.Struct):
    id: str
    state: PublicState
    checkout_url: str | None


class WithdrawalRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What was offered: when it has changed meanwhile, the request is refused."""

    coins: int
    amount_minor: int


class PurchasesQuery(Paging):
    state: PurchaseState | None = None
    person: Annotated[str, Meta(max_length=64)] = ""


class RefundRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Without an amount, everything that is left is refunded."""

    reason: RefundReason
    amount_minor: int | None = None
    note: _Note = ""


class DifferencesQuery(Paging):
    settled: Literal["0", "1"] = "0"


class SettleRequest(msgspec.Struct, forbid_unknown_fields=True):
    note: _Note


class PurchaseRoutes:
    def __init__(self, database: Database, purchases: Purchases, review: Review, provider: Provider) -> None:
        self._database = database
        self._purchases = purchases
        self._own = OwnPurchases(purchases.refunds, purchases.withdrawals)
        self._review = review
        self._provider = provider

    def operations(self) -> list[Operation]:
        one, admin = "/api/wallet/purchases/{id}", "/api/admin/purchases"
        differences = "/api/admin/differences"
        return [
            Operation("GET", "/api/wallet/lack", self.lack),
            Operation("GET", "/api/wallet/purchases", self.own),
            Operation("POST", "/api/wallet/purchases", self.buy, status=201, money=True, rate=PURCHASE_RATE),
            Operation("GET", one, self.purchase),
            Operation(
                "POST", f"{one}/withdrawal", self.withdraw, status=201, money=True, rate=PURCHASE_RATE, action="always"
            ),
            Operation("POST", "/api/payments/{provider}", self.webhook, access=Access.ANYONE, rate=WEBHOOK_RATE),
            Operation("GET", admin, self.all, access=Access.MODERATOR),
            Operation("GET", f"{admin}/{{id}}", self.detail, access=Access.MODERATOR),
            Operation(
                "POST", f"{admin}/{{id}}/refunds", self.refund, access=Access.MODERATOR, status=201, money=True
            ),
            Operation("GET", differences, self.differences, access=Access.MODERATOR),
            Operation("PUT", f"{differences}/{{id}}", self.settle, access=Access.MODERATOR),
        ]  # fmt: skip

    # -- buyers ----------------------------------------------------------------------------------

    async def buy(self, call: Call, body: PurchaseRequest) -> PurchaseAnswer:
        """Buy a pack of coins, or just what a gift lacks."""
        if not call.identity.adult:
            raise AdultsOnly
        who, country = call.identity.id, known_country(body.country)
        if body.country and not country:
            raise InvalidRequest("A country is named by its two letters, such as FR.")
        if body.pack is not None and body.gift is None and body.count is None:
            return _answer(await self._purchases.buy(who, body.pack, call.key, country))
        if body.pack is None and body.gift is not None:
            count = 1 if body.count is None else body.count
            return _answer(await self._purchases.buy_lacking(who, body.gift, count, call.key, country))
        raise InvalidRequest("Name either a pack, or a gift and its count.")

    def lack(self, call: Call, query: LackQuery) -> Lack:
        """What buying just the coins that a gift lacks would cost."""
        return self._database.read(lambda c: self._purchases.lack(c, call.identity.id, query.gift, query.count))

    def own(self, call: Call, query: Paging) -> Page[OwnPurchase]:
        """Your purchases, newest first."""
        return self._database.read(lambda c: self._own.page(c, call.identity.id, query.cursor, query.limit))

    def purchase(self, call: Call, id: str) -> PurchaseAnswer:
        """Get the state of a purchase."""
        return _answer(self._database.read(lambda c: self._purchases.purchase(c, call.identity.id, id)))

    async def withdraw(self, call: Call, id: str, body: WithdrawalRequest) -> RefundView:
        """Withdraw from the contract: the coins of a purchase that are not spent are refunded."""
        who = call.identity.id
        return refund_view(await self._purchases.withdraw(who, id, body.coins, body.amount_minor, call.key))

    # -- the provider ----------------------------------------------------------------------------

    async def webhook(self, call: Call, provider: str) -> None:
        """The payment provider's signed webhook."""
        if provider != self._provider.name:
            raise NotFound
        body = await read_body(call.request, BODY_BYTES_MAX)
        subject = self._provider.event(body, call.request.headers.get(self._provider.signature_header, ""))
        if subject is not None:
            await self._purchases.hear(subject)

    # -- the platform ----------------------------------------------------------------------------

    def all(self, call: Call, query: PurchasesQuery) -> Page[PurchaseRow]:
        """All purchases, newest first. Admins only."""
        _must_be_admin(call)
        return self._database.read(
            lambda c: self._review.page(
                c, state=query.state, person=query.person, cursor=query.cursor, limit=query.limit
            )
        )  # fmt: skip

    def detail(self, call: Call, id: str) -> PurchaseDetail:
        """A purchase with its refunds, disputes, and the coins taken back. Admins only."""
        _must_be_admin(call)
        return self._database.read(lambda c: self._review.detail(c, id))

    async def refund(self, call: Call, id: str, body: RefundRequest) -> Refund:
        """Refund a purchase, wholly or in part. Admins only."""
        _must_be_admin(call)
        return await self._purchases.ask_refund(
            id, by=call.identity.id, key=call.key, reason=body.reason, note=_clean(body.note),
            amount_minor=body.amount_minor,
        )  # fmt: skip

    def differences(self, call: Call, query: DifferencesQuery) -> Page[NotedDifference]:
        """Differences between the provider and the books, newest first. Admins only."""
        _must_be_admin(call)
        noted = self._purchases.differences
        return self._database.read(
            lambda c: noted.page(c, settled=query.settled == "1", cursor=query.cursor, limit=query.limit)
        )

    def settle(self, call: Call, id: str, body: SettleRequest) -> NotedDifference:
        """Explain a difference, which closes it. Admins only."""
        _must_be_admin(call)
        note = _clean(body.note)
        return self._database.write(lambda c: self._purchases.differences.settle(c, id, call.identity.id, note))


def _must_be_admin(call: Call) -> None:
    if call.identity.role != "admin":
        raise NotAllowed("Only admins may see and refund purchases.")


def _clean(note: str) -> str:
    cleaned = clean_lines(note, REFUND_NOTE_CHARS_MAX)
    if cleaned is None:
        raise InvalidRequest(f"A note has at most {REFUND_NOTE_CHARS_MAX} characters.")
    return cleaned


def _answer(purchase: Purchase) -> PurchaseAnswer:
    return PurchaseAnswer(purchase.id, public(purchase.state), purchase.checkout_url)

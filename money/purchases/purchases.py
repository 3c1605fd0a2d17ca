"""Coin purchases: paid for at a payment provider, then credited exactly once; and whatever becomes of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, IdempotencyKeyReused, NotFound, Unavailable
from core.executors import BoundedExecutor
from core.ids import new_id
from money.ads import top_ups
from money.catalogue import COIN_PACKS
from money.earnings import Earnings
from money.errors import AnotherAdminNeeded, NotRefundable, PaymentMismatch, TopUpTotalChanged, UnknownPack
from money.ledger import Ledger
from money.ledger.accounts import MICRO_PER_MINOR
from money.providers.provider import Checkout, Payment, Provider, Purchase, Refund, Subject
from money.purchases import rows
from money.purchases.lacking import Lack, lack
from money.purchases.methods.charging import Charging
from money.purchases.methods.methods import SavedMethods
from money.purchases.outcomes import Outcomes
from money.purchases.refunds import Refunds
from money.purchases.rows import NewCheckout
from money.purchases.state import REFUNDABLE
from money.purchases.take_back import TakeBack
from money.purchases.withdrawal import Withdrawals
from money.receipts.billing import billing_of
from money.receipts.receipts import Receipts
from money.reconciliation.differences import Difference, Differences
from money.tables import purchases

CHECKOUT_MS_MAX = 86_400_000  # a checkout page lives a day
LOOK_AFTER_EVERY_S = 60.0
OVERDUE_MAX = 100  # purchases asked about in one round
FRAUD_WARNING_KEY = " fraud_warning"  # no request has this key: theirs lose the spaces around them

log = structlog.get_logger("purchases")


class Purchases:
    def __init__(
        self, database: Database, clock: Clock, ledger: Ledger, earnings: Earnings, provider: Provider,
        payments: BoundedExecutor, receipts: Receipts,
    ) -> None:  # fmt: skip
        """`payments` runs the calls to the provider, so that a hanging provider delays only purchases."""
        self._database = database
        self._clock = clock
        self._provider = provider
        self._payments = payments
        self.take_back = TakeBack(clock, ledger, earnings)
        self.methods = SavedMethods(clock, provider.name)
        self.outcomes = Outcomes(clock, ledger, self.take_back, receipts, provider.name, self.methods)
        self._charging = Charging(database, provider, payments, self.methods)
        self.refunds = Refunds(database, clock, provider, payments, self.outcomes, self.take_back)
        self._ad_vat = receipts.ad_vat
        self.withdrawals = Withdrawals(clock, self.refunds)
        self.differences = Differences(clock)
        self._turns = rows.Turns(purchases.c.id, OVERDUE_MAX)

    async def buy(self, person: str, pack: str, key: str, country: str = "") -> Purchase:
        """Start a purchase of a pack. A repeated key resumes the same purchase. `country`: where the buyer says they
        live; empty: as in their billing details.

        Raises UnknownPack, IdempotencyKeyReused, or Unavailable (no answer from the provider: retry with the same key).
        """
        opened = await self._database.write_async(lambda c: self._open_pack(c, person, pack, key, country))
        return await self._check_out(opened)

    async def buy_lacking(self, person: str, gift: str, count: int, key: str, country: str = "") -> Purchase:
        """Start a purchase of just the coins that a gift lacks. Raises as `buy`, and UnknownGift, BadCount,
        NothingLacking."""
        opened = await self._database.write_async(lambda c: self._open_lacking(c, person, gift, count, key, country))
        return await self._check_out(opened)

    async def pay_in(
        self, person: str, advertiser: str, amount_minor: int, key: str, total_minor: int | None = None
    ) -> Purchase:
        """Start a payment into an advertiser's balance: so much, and the VAT on it; `total_minor`: both, as somebody
        saw it. Raises as `buy`, TopUpAmount and TopUpTotalChanged. The caller has checked that the person may act for
        the advertiser."""
        opened = await self._database.write_async(
            lambda c: self._open_top_up(c, person, advertiser, amount_minor, key, total_minor)
        )
        return await self._check_out(opened)

    def open_checkouts(self, connection: Connection, opened: Sequence[NewCheckout]) -> list[Purchase]:
        """Begin to pay for checkouts of the shop, in the transaction that places their orders; `check_out` goes on. The
        caller has checked whose the saved methods are."""
        return rows.open_checkouts(connection, opened, self._provider.name, self._clock())

    async def check_out(self, purchase: Purchase) -> Purchase:
        """Go to the provider. Repeated, it resumes. Raises Unavailable."""
        return await self._check_out(purchase)

    def end(self, id: str) -> None:
        """End the checkout of a purchase that is not paid. If it was paid just before, that counts. Blocks.

        Raises Unavailable: then it may still be paid.
        """
        purchase = self._database.read(lambda c: rows.find(c, id))
        if purchase is None or purchase.state != "pending":
            return
        if purchase.provider_ref is None:  # there is no page to pay at
            self._database.write(lambda c: self._expire(c, id))
            return
        if purchase.provider != self._provider.name:
            raise Unavailable("The payment provider of this purchase is not in use anymore.")
        payment = self._provider.end(purchase)
        if payment is not None:
            self._database.write(lambda c: self._move(c, payment))

    async def end_soon(self, id: str) -> None:
        """The same, for whoever waits for it."""
        await self._payments.run(self.end, id)

    @property
    def database(self) -> Database:
        return self._database

    def is_disputed(self, id: str) -> bool:
        purchase = self._database.read(lambda c: rows.find(c, id))
        return purchase is not None and purchase.state == "disputed"

    def asked_back(self, connection: Connection, id: str) -> int:
        """The minor units of a purchase that we have asked the provider to refund, and that are not refunded yet."""
        return sum(refund.amount_minor for refund in self.refunds.of(connection, id) if refund.state == "asked")

    def refund_for_shop(self, id: str, key: str, amount_minor: int, by: str | None) -> Refund:
        """Refund so much of a checkout; the same key again goes on with the same refund. Blocks.

        Raises NotRefundable, Conflict (another one is under way: later).
        """
        asked = self._database.write(
            lambda c: self.refunds.ask(
                c, self._locked(c, id), key=key, reason="order", amount_minor=amount_minor, by=by
            )
        )
        return self.refunds.carry_out_now(asked)

    async def pay_back(self, by: str, advertiser: str, id: str, amount_minor: int, key: str) -> Refund:
        """Refund what an advertiser has not spent to the card that paid. Raises NotFound, NotRefundable, Conflict."""
        asked = await self._database.write_async(lambda c: self._ask_back(c, by, advertiser, id, amount_minor, key))
        return await self.refunds.carry_out(asked)

    def purchase(self, connection: Connection, person: str, id: str) -> Purchase:
        """Raises NotFound, also for another person's purchase."""
        purchase = rows.find(connection, id)
        if purchase is None or purchase.person != person:
            raise NotFound("There is no such purchase.")
        return purchase

    async def hear(self, subject: Subject) -> Purchase | None:
        """An event names a payment: fetch it and move its purchase forward. None when it is not of a purchase of ours.

        Raises Unavailable, so that the provider repeats the event, and PaymentMismatch, which is noted for people.
        """
        payment = await self._payments.run(self._provider.payment, subject)
        if payment is None:
            return None
        try:
            purchase, refund = await self._database.write_async(lambda c: self._move(c, payment))
        except PaymentMismatch as mismatch:  # the provider's word, but not what we asked for: for a person to look into
            log.error("payment mismatch", purchase=payment.purchase, ref=payment.ref, detail=mismatch.detail)
            await self._database.write_async(lambda c: self._note_mismatch(c, payment))
            raise
        if refund is not None:
            await self.refunds.carry_out(refund)
        return purchase

    def catch_up(self, subject: Subject) -> None:
        """Make up for events of a payment that never came. Blocks. Raises Unavailable."""
        payment = self._provider.payment(subject)
        if payment is not None:
            self._take_down(payment)

    def _take_down(self, payment: Payment) -> None:
        try:
            self._database.write(lambda c: self._move(c, payment))  # what it asks for is carried out by `look_after`
        except PaymentMismatch as mismatch:
            log.error("payment mismatch", purchase=payment.purchase, ref=payment.ref, detail=mismatch.detail)
            self._database.write(lambda c: self._note_mismatch(c, payment))

    def record_payment(self, connection: Connection, payment: Payment) -> Purchase | None:
        """See `Outcomes.record`. After a bank's warning of fraud, everything that is left is refunded."""
        return self._move(connection, payment)[0]

    async def ask_refund(
        self, id: str, *, by: str, key: str, reason: str, note: str = "", amount_minor: int | None = None
    ) -> Refund:
        """Refund a purchase of somebody else, wholly or in part.

        Raises NotFound, AnotherAdminNeeded, NotRefundable, Conflict, IdempotencyKeyReused.
        """

        def ask(connection: Connection) -> Refund:
            purchase = self._locked(connection, id)
            if purchase.person == by:  # the coins may be spent already: then it is the platform's money
                raise AnotherAdminNeeded
            if purchase.checkout is not None:
                raise NotRefundable("It pays for orders in the shop: refund those.")
            return self.refunds.ask(
                connection, purchase, key=key, reason=reason, note=note, by=by, amount_minor=amount_minor
            )

        return await self.refunds.carry_out(await self._database.write_async(ask))

    async def withdraw(self, person: str, id: str, coins: int, amount_minor: int, key: str) -> Refund:
        """See `Withdrawals.confirm`."""
        asked = await self._database.write_async(
            lambda c: self.withdrawals.confirm(c, person, id, coins, amount_minor, key)
        )
        return await self.refunds.carry_out(asked)

    def look_after(self) -> None:
        """Carry out refunds that are still asked for, and ask about checkouts that should have ended. Blocks."""
        self.refunds.retry()
        before = self._clock() - CHECKOUT_MS_MAX
        overdue = rows.PURCHASE.where(
            purchases.c.state == "pending", purchases.c.at < before, purchases.c.provider == self._provider.name
        )
        for row in self._turns.next(self._database, overdue):
            self._ask_about(Purchase(*row))

    def _ask_about(self, purchase: Purchase) -> None:
        """Without a checkout nobody can have paid. A payment that arrives all the same still counts."""
        ended = Payment(purchase.id, purchase.provider_ref or "", "expired")
        try:
            if purchase.provider_ref is not None:
                ended = self._provider.payment(Subject("session", purchase.provider_ref)) or ended
            if ended.state == "open":
                return
            if purchase.provider_ref is None:
                self._database.write(lambda c: self._expire(c, purchase.id))
            else:
                self._take_down(ended)
        except Unavailable:
            return

    def _expire(self, connection: Connection, id: str) -> None:
        purchase = rows.find(connection, id, lock=True)
        if purchase is not None and purchase.state == "pending" and purchase.provider_ref is None:
            self.outcomes.expire(connection, purchase)

    def _move(self, connection: Connection, payment: Payment) -> tuple[Purchase | None, Refund | None]:
        purchase = self.outcomes.record(connection, payment)
        if purchase is None:
            return None, None
        if purchase.state == "won":
            purchase = self.refunds.restore_failed(connection, purchase)
        if not payment.suspicious or purchase.state not in REFUNDABLE:
            return purchase, None
        try:
            return purchase, self.refunds.ask(connection, purchase, key=FRAUD_WARNING_KEY, reason="fraud_warning")
        except (Conflict, NotRefundable):  # a refund is under way: the next report asks again
            return purchase, None

    def _note_mismatch(self, connection: Connection, payment: Payment) -> None:
        purchase = rows.find(connection, payment.purchase)
        ours = purchase.price_minor if purchase else None
        self.differences.note(
            connection,
            Difference(
                self._provider.name, "payment_mismatch", payment.ref, payment.purchase, ours, payment.amount_minor,
                payment.currency,
            ),
        )  # fmt: skip

    def _locked(self, connection: Connection, id: str) -> Purchase:
        purchase = rows.find(connection, id, lock=True)
        if purchase is None:
            raise NotFound("There is no such purchase.")
        return purchase

    # -- starting --------------------------------------------------------------------------------

    async def _check_out(self, purchase: Purchase) -> Purchase:
        if purchase.state != "pending" or (purchase.provider_ref is not None and purchase.method is None):
            return purchase
        if purchase.provider != self._provider.name:
            raise Unavailable("The payment provider of this purchase is not in use anymore.")
        if purchase.method is not None:
            purchase, charged = await self._charging.charge(purchase)
            if charged is not None:
                return await self._database.write_async(lambda c: self._record_checkout(c, purchase, charged))
            if purchase.state != "pending" or purchase.provider_ref is not None:
                return purchase
        checkout = await self._payments.run(self._provider.checkout, purchase)  # slow, so outside any transaction
        return await self._database.write_async(lambda c: self._record_checkout(c, purchase, checkout))

    def _open_pack(self, connection: Connection, person: str, pack: str, key: str, country: str) -> Purchase:
        earlier = rows.find_by_key(connection, person, key)
        if earlier is None:
            offer = COIN_PACKS.get(pack)
            if offer is None:
                raise UnknownPack
            earlier = self._insert(connection, person, key, msgspec.structs.asdict(offer), country)
        if earlier.pack != pack:
            raise IdempotencyKeyReused
        return earlier

    def _open_lacking(
        self, connection: Connection, person: str, gift: str, count: int, key: str, country: str
    ) -> Purchase:
        earlier = rows.find_by_key(connection, person, key)
        if earlier is None:
            offer = lack(connection, person, gift, count)
            earlier = self._insert(connection, person, key, {"pack": "", **msgspec.structs.asdict(offer)}, country)
        if (earlier.gift, earlier.count) != (gift, count):
            raise IdempotencyKeyReused
        return earlier

    def _open_top_up(
        self, connection: Connection, person: str, advertiser: str, amount_minor: int, key: str, total: int | None
    ) -> Purchase:
        earlier = rows.find_by_key(connection, person, key)
        if earlier is None:
            now = self._clock()
            top_ups.check_amount(connection, advertiser, amount_minor, now)
            agreed = self._ad_vat.agree(connection, advertiser, amount_minor, now)
            offer = top_ups.offer(advertiser, amount_minor, agreed.vat_minor if agreed else 0)
            if total not in (None, offer["price_minor"]):
                raise TopUpTotalChanged
            earlier = self._insert(connection, person, key, offer, agreed.buyer_country if agreed else "")
            if agreed is not None:
                self._ad_vat.freeze(connection, earlier, agreed)
        bought = amount_minor * MICRO_PER_MINOR
        if (earlier.advertiser, earlier.coins, total or earlier.price_minor) != (
            advertiser, bought, earlier.price_minor,
        ):  # fmt: skip
            raise IdempotencyKeyReused
        return earlier

    def _ask_back(
        self, connection: Connection, by: str, advertiser: str, id: str, amount_minor: int, key: str
    ) -> Refund:
        purchase = self._locked(connection, id)
        if purchase.advertiser != advertiser:
            raise NotFound("There is no such purchase.")
        repeated = self.refunds.by_key(connection, id, key)
        micro = 0 if repeated is not None else top_ups.check_refund(connection, purchase, amount_minor)
        return self.refunds.ask(
            connection, purchase, key=key, reason="withdrawal", amount_minor=amount_minor, coins=micro, by=by
        )

    def _insert(
        self, connection: Connection, person: str, key: str, offer: dict[str, object], country: str
    ) -> Purchase:
        declared = country or billing_of(connection, person).country or None
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(purchases).values(
                        id=new_id(), person=person, provider=self._provider.name, state="pending", key=key,
                        at=self._clock(), country=declared, **offer,
                    )
                )  # fmt: skip
        except IntegrityError:  # another node inserted the same key concurrently
            pass
        opened = rows.find_by_key(connection, person, key)
        assert opened is not None
        return opened

    def _record_checkout(self, connection: Connection, purchase: Purchase, checkout: Checkout) -> Purchase:
        current = rows.find(connection, purchase.id, lock=True)
        assert current is not None
        if current.provider_ref is None:
            current = rows.change(connection, current, provider_ref=checkout.ref, checkout_url=checkout.url)
        if checkout.payment is None:
            return current
        return self.record_payment(connection, checkout.payment) or current

    def lack(self, connection: Connection, person: str, gift: str, count: int) -> Lack:
        """See `lacking.lack`."""
        return lack(connection, person, gift, count)

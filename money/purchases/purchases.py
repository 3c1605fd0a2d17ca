"""Coin purchases: paid for at a payment provider, then credited exactly once; and whatever becomes of them."""

from __future__ import annotations

import msgspec
import structlog
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, IdempotencyKeyReused, NotFound, Unavailable
from core.executors import BoundedExecutor
from core.ids import new_id
from money.catalogue import COIN_PACKS
from money.earnings import Earnings
from money.errors import NotRefundable, PaymentMismatch, UnknownPack
from money.ledger import Ledger
from money.providers.provider import Checkout, Payment, Provider, Purchase, Refund, Subject
from money.purchases import rows
from money.purchases.lacking import Lack, lack
from money.purchases.outcomes import Outcomes
from money.purchases.refunds import Refunds
from money.purchases.state import REFUNDABLE
from money.purchases.take_back import TakeBack
from money.purchases.withdrawal import Withdrawals
from money.reconciliation.differences import Difference, Differences
from money.tables import purchases

CHECKOUT_MS_MAX = 86_400_000  # a checkout page lives a day
LOOK_AFTER_EVERY_S = 60.0
OVERDUE_MAX = 100  # purchases asked about in one round

log = structlog.get_logger("purchases")


class Purchases:
    def __init__(
        self, database: Database, clock: Clock, ledger: Ledger, earnings: Earnings, provider: Provider,
        payments: BoundedExecutor,
    ) -> None:  # fmt: skip
        """`payments` runs the calls to the provider, so that a hanging provider delays only purchases."""
        self._database = database
        self._clock = clock
        self._provider = provider
        self._payments = payments
        self.take_back = TakeBack(clock, ledger, earnings)
        self.outcomes = Outcomes(clock, ledger, self.take_back, provider.name)
        self.refunds = Refunds(database, clock, provider, payments, self.outcomes, self.take_back)
        self.withdrawals = Withdrawals(clock, self.refunds)
        self.differences = Differences(clock)

    async def buy(self, person: str, pack: str, key: str) -> Purchase:
        """Start a purchase of a pack. A repeated key resumes the same purchase.

        Raises UnknownPack, IdempotencyKeyReused, or Unavailable (no answer from the provider: retry with the same key).
        """
        return await self._check_out(await self._database.write_async(lambda c: self._open_pack(c, person, pack, key)))

    async def buy_lacking(self, person: str, gift: str, count: int, key: str) -> Purchase:
        """Start a purchase of just the coins that a gift lacks. Raises as `buy`, and UnknownGift, BadCount,
        NothingLacking."""
        opened = await self._database.write_async(lambda c: self._open_lacking(c, person, gift, count, key))
        return await self._check_out(opened)

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

    def record_payment(self, connection: Connection, payment: Payment) -> Purchase | None:
        """See `Outcomes.record`. After a bank's warning of fraud, everything that is left is refunded."""
        return self._move(connection, payment)[0]

    async def ask_refund(
        self, id: str, *, by: str, key: str, reason: str, note: str = "", amount_minor: int | None = None
    ) -> Refund:
        """Refund a purchase, wholly or in part. Raises NotFound, NotRefundable, Conflict, IdempotencyKeyReused."""
        asked = await self._database.write_async(
            lambda c: self.refunds.ask(
                c, self._locked(c, id), key=key, reason=reason, note=note, by=by, amount_minor=amount_minor
            )
        )
        return await self.refunds.carry_out(asked)

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
        overdue = (
            rows.PURCHASE.where(
                purchases.c.state == "pending", purchases.c.at < before, purchases.c.provider == self._provider.name
            )
            .order_by(purchases.c.id)
            .limit(OVERDUE_MAX)
        )
        for row in self._database.read(lambda c: c.execute(overdue).all()):
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
                self._database.write(lambda c: self._move(c, ended))
        except Unavailable:
            return
        except PaymentMismatch as mismatch:
            log.error("payment mismatch", purchase=purchase.id, detail=mismatch.detail)

    @staticmethod
    def _expire(connection: Connection, id: str) -> None:
        purchase = rows.find(connection, id, lock=True)
        if purchase is not None and purchase.state == "pending" and purchase.provider_ref is None:
            rows.move(connection, purchase, "expired")

    def _move(self, connection: Connection, payment: Payment) -> tuple[Purchase | None, Refund | None]:
        purchase = self.outcomes.record(connection, payment)
        if purchase is None:
            return None, None
        if purchase.state == "won":
            purchase = self.refunds.restore_failed(connection, purchase)
        if not payment.suspicious or purchase.state not in REFUNDABLE:
            return purchase, None
        try:
            return purchase, self.refunds.ask(connection, purchase, key="fraud_warning", reason="fraud_warning")
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
        if purchase.provider_ref is not None or purchase.state != "pending":
            return purchase
        if purchase.provider != self._provider.name:
            raise Unavailable("The payment provider of this purchase is not in use anymore.")
        checkout = await self._payments.run(self._provider.checkout, purchase)  # slow, so outside any transaction
        return await self._database.write_async(lambda c: self._record_checkout(c, purchase, checkout))

    def _open_pack(self, connection: Connection, person: str, pack: str, key: str) -> Purchase:
        earlier = rows.find_by_key(connection, person, key)
        if earlier is None:
            offer = COIN_PACKS.get(pack)
            if offer is None:
                raise UnknownPack
            earlier = self._insert(connection, person, key, msgspec.structs.asdict(offer))
        if earlier.pack != pack:
            raise IdempotencyKeyReused
        return earlier

    def _open_lacking(self, connection: Connection, person: str, gift: str, count: int, key: str) -> Purchase:
        earlier = rows.find_by_key(connection, person, key)
        if earlier is None:
            offer = lack(connection, person, gift, count)
            earlier = self._insert(connection, person, key, {"pack": "", **msgspec.structs.asdict(offer)})
        if (earlier.gift, earlier.count) != (gift, count):
            raise IdempotencyKeyReused
        return earlier

    def _insert(self, connection: Connection, person: str, key: str, offer: dict[str, object]) -> Purchase:
        try:
            with connection.begin_nested():
                connection.execute(
                    insert(purchases).values(
                        id=new_id(), person=person, provider=self._provider.name, state="pending", key=key,
                        at=self._clock(), **offer,
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
        if not checkout.paid:
            return current
        paid = Payment(current.id, checkout.ref, "paid", current.price_minor, current.currency)
        return self.record_payment(connection, paid) or current

    def lack(self, connection: Connection, person: str, gift: str, count: int) -> Lack:
        """See `lacking.lack`."""
        return lack(connection, person, gift, count)

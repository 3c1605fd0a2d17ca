"""Refunds that we ask for: after a bank's warning, by a withdrawal, or because a person of the platform decides so.

First the wish is committed, then the provider is asked, then its answer is committed. A crash or a silence in between
leaves the wish `asked`, and `retry` carries it out later; the provider does it once however often it is asked.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Connection, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, IdempotencyKeyReused, NotFound, Unavailable
from core.executors import BoundedExecutor
from core.ids import new_id
from money.errors import NotRefundable
from money.providers.provider import Provider, Purchase, Refund, RefundAnswer
from money.purchases import rows
from money.purchases.outcomes import Outcomes
from money.purchases.state import REFUNDABLE
from money.purchases.take_back import TakeBack
from money.tables import refunds

RETRY_AFTER_MS = 60_000
RETRIES_MAX = 100  # wishes carried out in one round

log = structlog.get_logger("refunds")

_REFUND = select(*(refunds.c[field] for field in Refund.__struct_fields__))


class Refunds:
    def __init__(
        self, database: Database, clock: Clock, provider: Provider, payments: BoundedExecutor, outcomes: Outcomes,
        take_back: TakeBack,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._provider = provider
        self._payments = payments
        self._outcomes = outcomes
        self._take_back = take_back
        self._turns = rows.Turns(refunds.c.id, RETRIES_MAX)

    def ask(
        self, connection: Connection, purchase: Purchase, *, key: str, reason: str, amount_minor: int | None = None,
        coins: int = 0, note: str = "", by: str | None = None,
    ) -> Refund:  # fmt: skip
        """Record the wish. Without an amount everything is refunded. `coins` are taken back now, so that they cannot
        be spent meanwhile. The caller has locked the purchase. A repeated key returns the same refund.

        Raises NotRefundable, Conflict (another refund of it is under way), IdempotencyKeyReused.
        """
        left = purchase.price_minor - purchase.refunded_minor
        amount = left if amount_minor is None else amount_minor
        earlier = self.by_key(connection, purchase.id, key)
        if earlier is not None:
            same = (earlier.reason, earlier.note, earlier.by) == (reason, note, by)
            if not same or amount_minor not in (None, earlier.amount_minor):
                raise IdempotencyKeyReused
            return earlier
        if purchase.state not in REFUNDABLE or not 1 <= amount <= left:
            raise NotRefundable
        if connection.execute(_REFUND.where(refunds.c.purchase == purchase.id, refunds.c.state == "asked")).first():
            raise Conflict("Another refund of this purchase is under way.")
        made = new_id()
        connection.execute(
            insert(refunds).values(
                id=made, purchase=purchase.id, amount_minor=amount, coins=coins, reason=reason, note=note, by=by,
                state="asked", detail="", key=key, at=self._clock(),
            )
        )  # fmt: skip
        if coins:
            self._take_back.take(connection, purchase, coins, f"withdrawal:{made}")
            rows.change(connection, purchase, taken_coins=purchase.taken_coins + coins)
        return self.refund(connection, made)

    def refund(self, connection: Connection, id: str) -> Refund:
        """Raises NotFound."""
        row = connection.execute(_REFUND.where(refunds.c.id == id)).first()
        if row is None:
            raise NotFound("There is no such refund.")
        return Refund(*row)

    def by_key(self, connection: Connection, purchase: str, key: str) -> Refund | None:
        """The refund that a request with this key asked for."""
        row = connection.execute(_REFUND.where(refunds.c.purchase == purchase, refunds.c.key == key)).first()
        return Refund(*row) if row else None

    def of(self, connection: Connection, purchase: str) -> list[Refund]:
        """The refunds of a purchase that we asked for, oldest first."""
        found = _REFUND.where(refunds.c.purchase == purchase).order_by(refunds.c.id)
        return [Refund(*row) for row in connection.execute(found)]

    async def carry_out(self, refund: Refund) -> Refund:
        """Ask the provider and record its answer. While it is silent, the refund stays `asked`."""
        if refund.state != "asked":
            return refund
        try:
            answer = await self._payments.run(self._request, refund)
        except Unavailable:
            return refund
        return await self._database.write_async(lambda c: self._record(c, refund, answer))

    def carry_out_now(self, refund: Refund) -> Refund:
        """The same, for jobs. Blocks."""
        if refund.state != "asked":
            return refund
        try:
            answer = self._request(refund)
        except Unavailable:
            return refund
        return self._database.write(lambda c: self._record(c, refund, answer))

    def retry(self) -> None:
        """Carry out what is still `asked`. Blocks."""
        before = self._clock() - RETRY_AFTER_MS
        due = _REFUND.where(refunds.c.state == "asked", refunds.c.at < before)
        for row in self._turns.next(self._database, due):
            self.carry_out_now(Refund(*row))

    def restore_failed(self, connection: Connection, purchase: Purchase) -> Purchase:
        """Give back the coins of withdrawals that failed, once the purchase is not disputed anymore; but not those
        whose money went back otherwise."""
        failed = select(refunds.c.id).where(refunds.c.purchase == purchase.id, refunds.c.state == "failed")
        for one in connection.execute(failed).scalars().all():
            back = self._take_back.restore(connection, purchase, f"withdrawal:{one}")
            if back:
                purchase = rows.change(connection, purchase, taken_coins=purchase.taken_coins - back)
                kept = self._outcomes.take_refunded(connection, purchase, purchase.refunded_minor, f"kept:{one}")
                purchase = rows.change(connection, purchase, taken_coins=purchase.taken_coins + kept)
        return purchase

    def _request(self, refund: Refund) -> RefundAnswer:
        purchase = self._database.read(lambda c: rows.find(c, refund.purchase))
        assert purchase is not None
        if purchase.provider != self._provider.name:
            raise Unavailable("The payment provider of this purchase is not in use anymore.")
        return self._provider.refund(purchase, refund)

    def _record(self, connection: Connection, refund: Refund, answer: RefundAnswer) -> Refund:
        purchase = rows.find(connection, refund.purchase, lock=True)
        assert purchase is not None
        state = answer.state
        if answer.payment is not None:
            before = purchase.refunded_minor
            purchase = self._outcomes.record(connection, answer.payment) or purchase
            # Somebody else may have refunded it at the provider: then it is done, by whomever.
            if state == "failed" and purchase.refunded_minor >= before + refund.amount_minor:
                state = "done"
        if state == "asked":
            connection.execute(update(refunds).where(refunds.c.id == refund.id).values(detail=answer.detail))
            return self.refund(connection, refund.id)
        moved = connection.execute(
            update(refunds)
            .where(refunds.c.id == refund.id, refunds.c.state == "asked")
            .values(state=state, detail=answer.detail, provider_ref=answer.ref, settled_at=self._clock())
        ).rowcount
        if moved and state == "failed":
            log.error("refund failed", purchase=purchase.id, refund=refund.id, detail=answer.detail)
            if purchase.state in (*REFUNDABLE, "won"):
                self.restore_failed(connection, purchase)
        return self.refund(connection, refund.id)

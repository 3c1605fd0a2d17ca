"""Coin purchases: a pack is paid for at a payment provider, then its coins are credited exactly once."""

from __future__ import annotations

from typing import cast

import msgspec
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import IdempotencyKeyReused, NotFound, Refusal, Unavailable
from core.executors import BoundedExecutor
from core.ids import new_id
from money.catalogue import COIN_PACKS
from money.errors import PaymentMismatch, UnknownPack
from money.ledger import Ledger
from money.ledger.accounts import MINT, cash, provider, wallet
from money.ledger.rules import Transfer
from money.providers import Checkout, Payment, Provider, Purchase
from money.tables import purchases


class Purchases:
    def __init__(
        self, database: Database, clock: Clock, ledger: Ledger, provider: Provider, payments: BoundedExecutor
    ) -> None:
        """`payments` runs the calls to the provider, so that a hanging provider delays only purchases."""
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._provider = provider
        self._payments = payments

    async def buy(self, person: str, pack: str, key: str) -> Purchase:
        """Start a purchase. A repeated key resumes the same purchase.

        Raises UnknownPack, IdempotencyKeyReused, or Unavailable (no answer from the provider: retry with the same key).
        """
        purchase = await self._database.write_async(lambda c: self._open(c, person, pack, key))
        if purchase.provider_ref is not None or purchase.state != "pending":
            return purchase
        if purchase.provider != self._provider.name:
            raise Unavailable("The payment provider of this purchase is not in use anymore.")
        checkout = await self._payments.run(self._provider.checkout, purchase)  # slow, so outside any transaction
        return await self._database.write_async(lambda c: self._record_checkout(c, purchase, checkout))

    def purchase(self, connection: Connection, person: str, id: str) -> Purchase:
        """Raises NotFound, also for another person's purchase."""
        purchase = _find(connection, id)
        if purchase is None or purchase.person != person:
            raise NotFound("There is no such purchase.")
        return purchase

    def record_payment(self, connection: Connection, payment: Payment) -> Purchase | None:
        """Complete or fail a purchase as its provider reports. A repeated report changes nothing.

        Returns None for a purchase that is not ours.

        Raises PaymentMismatch, and changes nothing, when it does not match the purchase. A late payment completes even
        a failed purchase: it was paid.
        """
        purchase = _find(connection, payment.purchase, lock=True)
        if purchase is None or purchase.provider != self._provider.name:
            return None
        if purchase.provider_ref not in (None, payment.ref):
            raise PaymentMismatch("The payment belongs to another checkout.")
        if payment.paid and (payment.amount_minor, payment.currency) != (purchase.price_minor, purchase.currency):
            raise PaymentMismatch("The amount paid does not match the price.")
        if purchase.state == "completed" or (purchase.state == "failed" and not payment.paid):
            return purchase
        if payment.paid:
            self._post(connection, purchase)
        return self._set(
            connection,
            purchase,
            provider_ref=payment.ref,
            state="completed" if payment.paid else "failed",
            settled_at=self._clock(),
        )

    def _open(self, connection: Connection, person: str, pack: str, key: str) -> Purchase:
        earlier = _find_by_key(connection, person, key)
        if earlier is None:
            offer = COIN_PACKS.get(pack)
            if offer is None:
                raise UnknownPack
            try:
                with connection.begin_nested():
                    connection.execute(
                        insert(purchases).values(
                            id=new_id(), person=person, provider=self._provider.name, state="pending", key=key,
                            at=self._clock(), **msgspec.structs.asdict(offer),
                        )
                    )  # fmt: skip
            except IntegrityError:  # another node inserted the same key concurrently
                pass
            earlier = _find_by_key(connection, person, key)
            assert earlier is not None
        if earlier.pack != pack:
            raise IdempotencyKeyReused
        return earlier

    def _record_checkout(self, connection: Connection, purchase: Purchase, checkout: Checkout) -> Purchase:
        current = _find(connection, purchase.id, lock=True)
        assert current is not None
        if current.provider_ref is None:
            current = self._set(connection, current, provider_ref=checkout.ref, checkout_url=checkout.url)
        if not checkout.paid:
            return current
        paid = Payment(current.id, checkout.ref, True, current.price_minor, current.currency)
        return self.record_payment(connection, paid) or current

    def _post(self, connection: Connection, purchase: Purchase) -> None:
        """Coins and money in one transfer: both units sum to zero."""
        [verdict] = self._ledger.post(
            connection,
            [
                Transfer(
                    key=f"purchase:{purchase.id}",
                    kind="purchase",
                    at=self._clock(),
                    request=purchase.id,
                    entries={
                        MINT: -purchase.coins,
                        wallet(purchase.person): purchase.coins,
                        provider(purchase.provider, purchase.currency): -purchase.price_minor,
                        cash(purchase.currency): purchase.price_minor,
                    },
                    detail={
                        "purchase": purchase.id,
                        "pack": purchase.pack,
                        "price_minor": purchase.price_minor,
                        "currency": purchase.currency,
                    },
                )
            ],
        )
        if isinstance(verdict, Refusal):
            raise verdict

    @staticmethod
    def _set(connection: Connection, purchase: Purchase, **changes: object) -> Purchase:
        connection.execute(update(purchases).where(purchases.c.id == purchase.id).values(**changes))
        return cast(Purchase, _find(connection, purchase.id))


_PURCHASE = select(*(purchases.c[field] for field in Purchase.__struct_fields__))


def _find(connection: Connection, id: str, *, lock: bool = False) -> Purchase | None:
    found = _PURCHASE.where(purchases.c.id == id)
    row = connection.execute(found.with_for_update() if lock else found).first()
    return Purchase(*row) if row else None


def _find_by_key(connection: Connection, person: str, key: str) -> Purchase | None:
    row = connection.execute(_PURCHASE.where(purchases.c.person == person, purchases.c.key == key)).first()
    return Purchase(*row) if row else None

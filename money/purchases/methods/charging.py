"""Paying with a saved method: the payment is made, noted, and only then confirmed, so none is ever lost.

Where the bank wants to see the buyer, or refuses, the payment is ended first; then the checkout page takes over.
"""

from __future__ import annotations

from sqlalchemy import Connection

from core.database import Database
from core.executors import BoundedExecutor
from money.providers.provider import Checkout, Provider, Purchase
from money.purchases import rows
from money.purchases.methods.methods import SavedMethods


class Charging:
    def __init__(
        self, database: Database, provider: Provider, payments: BoundedExecutor, methods: SavedMethods
    ) -> None:
        self._database = database
        self._provider = provider
        self._payments = payments
        self._methods = methods

    async def charge(self, purchase: Purchase) -> tuple[Purchase, Checkout | None]:
        """Repeated, it resumes. None: nothing was charged, and nothing will be; where the purchase is still pending, it
        is to be paid at a checkout page. Raises Unavailable (no answer: repeat it)."""
        begun = await self._begin(purchase)
        if begun is None:
            return await self._give_up(purchase), None
        if begun.state != "pending" or begun.method is None or begun.checkout_url is not None:
            return begun, None
        answer = await self._payments.run(self._provider.charge, begun)
        return (begun, answer) if answer is not None else (await self._give_up(begun), None)

    async def _begin(self, purchase: Purchase) -> Purchase | None:
        if purchase.provider_ref is not None:
            return purchase
        card = await self._database.read_async(lambda c: self._methods.card(c, purchase))
        if card is None:
            return None
        ref = await self._payments.run(self._provider.begin_charge, purchase, card)
        return await self._database.write_async(lambda c: self._note(c, purchase.id, ref)) if ref else None

    def _note(self, connection: Connection, id: str, ref: str) -> Purchase:
        """If the purchase has ended meanwhile, the payment is never confirmed."""
        current = rows.find(connection, id, lock=True)
        assert current is not None
        if current.provider_ref is not None or current.state != "pending":
            return current
        return rows.change(connection, current, provider_ref=ref)

    async def _give_up(self, purchase: Purchase) -> Purchase:
        def write(connection: Connection) -> Purchase:
            current = rows.find(connection, purchase.id, lock=True)
            assert current is not None
            if current.state != "pending" or current.provider_ref != purchase.provider_ref:
                return current
            return rows.change(connection, current, provider_ref=None, method=None)

        return await self._database.write_async(write)

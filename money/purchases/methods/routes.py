"""Saved payment methods over HTTP, for those whose they are."""

from __future__ import annotations

from core.database import Database
from core.errors import NotFound, Unavailable
from core.executors import BoundedExecutor
from core.http import Call, Operation, Page
from money.providers.provider import Provider
from money.purchases.methods.methods import SavedMethod, SavedMethods


class MethodRoutes:
    def __init__(
        self, database: Database, methods: SavedMethods, provider: Provider, payments: BoundedExecutor
    ) -> None:
        self._database = database
        self._methods = methods
        self._provider = provider
        self._payments = payments

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/wallet/methods", self.own),
            Operation("DELETE", "/api/wallet/methods/{id}", self.remove, action="always"),
        ]

    def own(self, call: Call) -> Page[SavedMethod]:
        """Your saved payment methods, the last one first."""
        return self._database.read(lambda c: Page(self._methods.of(c, call.identity.id)))

    async def remove(self, call: Call, id: str) -> None:
        """Remove a saved payment method: nothing can be paid with it anymore."""
        person = call.identity.id
        card = await self._database.write_async(lambda c: self._methods.remove(c, person, id))
        if card is None:
            raise NotFound("There is no such payment method.")
        try:
            await self._payments.run(self._provider.forget, card)
        except Unavailable:  # we have forgotten it, and only we could charge it
            return

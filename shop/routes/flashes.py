"""Flash prices over HTTP, for sellers. Buyers see them in carts, on cards and pages of products."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Call, Operation
from core.limits import Rate
from shop.flashes.flash import Flash
from shop.flashes.flashes import FlashDraft, Flashes
from shop.sellers.sellers import Sellers

FLASH_RATE = Rate(30, 60)


class FlashList(msgspec.Struct):
    items: list[Flash]


class FlashRoutes:
    def __init__(self, database: Database, sellers: Sellers, flashes: Flashes) -> None:
        self._database = database
        self._sellers = sellers
        self._flashes = flashes

    def operations(self) -> list[Operation]:
        of_product = "/api/shop/products/{id}/flashes"
        return [
            Operation("GET", of_product, self.list),
            Operation("POST", of_product, self.make, status=201, rate=FLASH_RATE),
            Operation("DELETE", "/api/shop/flashes/{id}", self.end),
        ]

    def list(self, call: Call, id: str) -> FlashList:
        """Flash prices of a product of yours, the newest first, also those to come."""

        def read(connection: Connection) -> FlashList:
            return FlashList(list(self._flashes.of(connection, self._sellers.own(connection, call.identity.id), id)))

        return self._database.read(read)

    def make(self, call: Call, id: str, body: FlashDraft) -> Flash:
        """Sell a product for less for a while."""

        def write(connection: Connection) -> Flash:
            return self._flashes.make(connection, self._sellers.own(connection, call.identity.id), id, body)

        return self._database.write(write)

    def end(self, call: Call, id: str) -> None:
        """End a flash price now, or let it not begin."""
        self._database.write(lambda c: self._flashes.end(c, self._sellers.own(c, call.identity.id), id))

"""Where to send what is bought with a saved payment method: to where the first order that it paid for went.

So whoever gets into an account cannot have things sent elsewhere with the owner's card.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from core.clock import Clock
from core.database.many import Pairs
from core.errors import NotFound
from shop.orders.addresses import Address
from shop.tables import shop_saved_addresses

_OF_PAIRS = Pairs(
    "SELECT s.person, s.method, CAST(s.address AS text) FROM {pairs} AS k "
    "JOIN shop_saved_addresses s ON s.person = k.a AND s.method = k.b"
)


class SavedAddresses:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def keep(self, connection: Connection, method: str, person: str, address: dict[str, str]) -> None:
        """A method that has one keeps it."""
        if self._find(connection, [method], person):
            return
        row = {"method": method, "person": person, "address": address, "at": self._clock()}
        connection.execute(insert(shop_saved_addresses).values(row))

    def of(self, connection: Connection, method: str, person: str) -> Address:
        """Raises NotFound."""
        found = self._find(connection, [method], person)
        if method not in found:
            raise NotFound("There is no such payment method.")
        return found[method]

    def of_pairs(self, connection: Connection, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Address]:
        """By person and method; what is not somebody's is missing."""
        return {
            (person, method): msgspec.json.decode(address, type=Address)
            for person, method, address in _OF_PAIRS.read(connection, wanted)
        }

    def of_all(self, connection: Connection, methods: Collection[str], person: str) -> dict[str, Address]:
        """By method."""
        return self._find(connection, methods, person) if methods else {}

    def forget(self, connection: Connection, method: str) -> None:
        """The method is removed."""
        connection.execute(delete(shop_saved_addresses).where(shop_saved_addresses.c.method == method))

    def _find(self, connection: Connection, methods: Collection[str], person: str) -> dict[str, Address]:
        found = select(shop_saved_addresses.c.method, shop_saved_addresses.c.address).where(
            shop_saved_addresses.c.method.in_(methods), shop_saved_addresses.c.person == person
        )
        return {method: msgspec.convert(address, Address) for method, address in connection.execute(found)}

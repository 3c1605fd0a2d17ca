"""Payment methods that buyers let the provider keep: with one, a payment needs no checkout page.

Only the provider has the card. What is kept here are its names for it, and what its owner knows it by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from core.clock import Clock
from core.database.many import Pairs
from core.ids import new_id
from money.providers.provider import Purchase, SavedCard
from money.tables import saved_methods

METHODS_MAX = 10  # of one person; with one more, the oldest is forgotten

_OWNED = Pairs(
    "SELECT m.person, m.id, m.provider FROM {pairs} AS k JOIN saved_methods m ON m.person = k.a AND m.id = k.b"
)


class SavedMethod(msgspec.Struct, frozen=True):
    """`label`: such as `Visa 4242`."""

    id: str
    label: str
    at: int


class SavedMethods:
    def __init__(self, clock: Clock, provider: str) -> None:
        """`provider`: the one in use; what another one keeps cannot be paid with."""
        self._clock = clock
        self._provider = provider
        self._listeners: list[Callable[[Connection, str], None]] = []

    def listen(self, listener: Callable[[Connection, str], None]) -> None:
        """Call `listener` with a method that is removed, in the same transaction."""
        self._listeners.append(listener)

    def of(self, connection: Connection, person: str) -> list[SavedMethod]:
        """The last one first."""
        found = (
            select(saved_methods.c.id, saved_methods.c.label, saved_methods.c.at)
            .where(saved_methods.c.person == person, saved_methods.c.provider == self._provider)
            .order_by(saved_methods.c.id.desc())
        )
        return [SavedMethod(*row) for row in connection.execute(found)]

    def owned(self, connection: Connection, wanted: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Of these persons and methods, those that belong together and can be paid with."""
        found = _OWNED.read(connection, wanted)
        return {(person, method) for person, method, provider in found if provider == self._provider}

    def cards(self, connection: Connection, person: str) -> dict[str, SavedCard]:
        """What the provider in use keeps for somebody, by our ids."""
        found = select(
            saved_methods.c.id, saved_methods.c.customer, saved_methods.c.method, saved_methods.c.label
        ).where(saved_methods.c.person == person, saved_methods.c.provider == self._provider)
        return {row.id: SavedCard(row.customer, row.method, row.label) for row in connection.execute(found)}

    def card(self, connection: Connection, purchase: Purchase) -> SavedCard | None:
        """What a purchase is to be paid with; None if its owner has removed it since."""
        found = select(saved_methods.c.customer, saved_methods.c.method, saved_methods.c.label).where(
            saved_methods.c.id == purchase.method, saved_methods.c.person == purchase.person,
            saved_methods.c.provider == self._provider,
        )  # fmt: skip
        row = connection.execute(found).first()
        return SavedCard(*row) if row else None

    def keep(self, connection: Connection, person: str, card: SavedCard) -> str:
        """Returns its id. The same card again stays the same."""
        known = select(saved_methods.c.id).where(
            saved_methods.c.person == person, saved_methods.c.provider == self._provider,
            saved_methods.c.method == card.method,
        )  # fmt: skip
        found: str | None = connection.execute(known).scalar()
        if found is not None:
            return found
        made = new_id()
        connection.execute(
            insert(saved_methods).values(
                id=made, person=person, provider=self._provider, customer=card.customer, method=card.method,
                label=card.label, at=self._clock(),
            )
        )  # fmt: skip
        for old in self.of(connection, person)[METHODS_MAX:]:
            self.remove(connection, person, old.id)
        return made

    def remove(self, connection: Connection, person: str, id: str) -> SavedCard | None:
        """Returns what the provider is to forget, too; None if there is no such method of this person."""
        gone = (
            delete(saved_methods)
            .where(saved_methods.c.id == id, saved_methods.c.person == person)
            .returning(saved_methods.c.customer, saved_methods.c.method, saved_methods.c.label)
        )
        row = connection.execute(gone).first()
        for listener in self._listeners if row else ():
            listener(connection, id)
        return SavedCard(*row) if row else None

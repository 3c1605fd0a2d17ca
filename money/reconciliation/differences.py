"""Differences between a provider and our books. Each is noted once, and stays until a person settles it."""

from __future__ import annotations

from typing import Literal

import msgspec
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.errors import NotFound
from core.http import Page
from core.ids import new_id
from money.tables import differences

DifferenceKind = Literal[
    "unknown_here",  # moved at the provider, and no transfer of ours says why
    "unknown_there",  # in our books, and not in the provider's list
    "amount_differs",
    "fee_differs",
    "currency_differs",
    "purchase_differs",  # what our books say of a purchase is not the sum of what moved for it
    "payment_mismatch",  # the provider reports a payment that is not what we asked for: nothing was credited
]


class Difference(msgspec.Struct, frozen=True):
    """`ref`: the provider's id of what moved, or the purchase. Amounts in the currency's minor unit."""

    provider: str
    kind: DifferenceKind
    ref: str
    purchase: str | None
    ours_minor: int | None
    theirs_minor: int | None
    currency: str


class NotedDifference(msgspec.Struct, frozen=True):
    id: str
    provider: str
    kind: DifferenceKind
    ref: str
    purchase: str | None
    ours_minor: int | None
    theirs_minor: int | None
    currency: str
    found_at: int
    settled_at: int | None
    settled_by: str | None
    note: str


_NOTED = select(*(differences.c[field] for field in NotedDifference.__struct_fields__))


class Differences:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def note(self, connection: Connection, difference: Difference) -> bool:
        """Returns whether it is a new one."""
        try:
            with connection.begin_nested():
                values = msgspec.structs.asdict(difference)
                connection.execute(insert(differences).values(id=new_id(), found_at=self._clock(), note="", **values))
        except IntegrityError:
            return False
        return True

    def page(self, connection: Connection, *, settled: bool, cursor: str, limit: int) -> Page[NotedDifference]:
        """Newest first."""
        found = _NOTED.where(differences.c.settled_at.is_not(None) if settled else differences.c.settled_at.is_(None))
        if cursor:
            found = found.where(differences.c.id < cursor)
        rows = connection.execute(found.order_by(differences.c.id.desc()).limit(limit + 1)).all()
        items = [NotedDifference(*row) for row in rows[:limit]]
        return Page(items, items[-1].id if len(rows) > limit else None)

    def settle(self, connection: Connection, id: str, by: str, note: str) -> NotedDifference:
        """A person explains it. Raises NotFound. A second word on it replaces nothing."""
        connection.execute(
            update(differences)
            .where(differences.c.id == id, differences.c.settled_at.is_(None))
            .values(settled_at=self._clock(), settled_by=by, note=note)
        )
        row = connection.execute(_NOTED.where(differences.c.id == id)).first()
        if row is None:
            raise NotFound("There is no such difference.")
        return NotedDifference(*row)

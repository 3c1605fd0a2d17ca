"""Where a person's money goes. Details are never changed: new ones are another row, which waits before it is used.

Whoever takes over an account changes its bank details first. So changed ones can be used only after 72 hours, and the
person is told at once. The first ones need no wait: they come with the identity that is verified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from core.clock import Clock
from core.ids import new_id
from money.errors import BadDestination
from money.payouts.rails import Rail
from money.payouts.rails.rail import Details
from money.payouts.terms import DESTINATION_WAIT_MS
from money.tables import payout_destinations as table


class Destination(msgspec.Struct, frozen=True):
    """`shown`: what the person may see of it. `usable_at`: Unix ms."""

    id: str
    person: str
    rail: str
    details: Details
    shown: str
    fingerprint: str
    at: int
    usable_at: int


class Destinations:
    def __init__(self, clock: Clock, rails: Mapping[str, Rail]) -> None:
        self._clock = clock
        self._rails = rails

    def of(self, connection: Connection, person: str) -> Destination | None:
        """The newest one, whether it can be used yet or not."""
        newest = _DESTINATION.where(table.c.person == person).order_by(table.c.id.desc()).limit(1)
        row = connection.execute(newest).first()
        return _destination(row) if row else None

    def put(self, connection: Connection, person: str, rail: str, given: Details) -> tuple[Destination, bool]:
        """Use these details from now on; returns whether they differ from the ones before. Raises BadDestination."""
        if rail not in self._rails:
            raise BadDestination("Nobody is paid this way here.")
        details, shown = self._rails[rail].destination(given)
        fingerprint = fingerprint_of(rail, details)
        earlier = self.of(connection, person)
        if earlier is not None and earlier.rail == rail and earlier.details == details:
            return earlier, False
        now = self._clock()
        row = {
            "id": new_id(), "person": person, "rail": rail, "details": dict(details), "shown": shown,
            "fingerprint": fingerprint, "at": now, "usable_at": now + (DESTINATION_WAIT_MS if earlier else 0),
        }  # fmt: skip
        connection.execute(insert(table).values(row))
        return Destination(**row), True  # type: ignore[arg-type]


_DESTINATION = select(*(table.c[field] for field in Destination.__struct_fields__))


def fingerprint_of(rail: str, details: Details) -> str:
    """The same for the same account, whatever name somebody gives it."""
    account = details.get("iban") or details.get("account") or details.get("text", "").casefold()
    return hashlib.blake2b(f"{rail}\n{account}".encode(), digest_size=16).hexdigest()


def _destination(row: Row[*tuple[Any, ...]]) -> Destination:
    return Destination(*row)

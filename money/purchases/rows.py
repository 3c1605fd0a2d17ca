"""Purchases as rows: finding and locking them, and moving their state forward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Row, Select, select, update

from core.database import Database
from core.database.many import Many
from core.ids import new_id
from money.providers.provider import Purchase
from money.purchases.state import PurchaseState, is_forward
from money.tables import purchases

PURCHASE = select(*(purchases.c[field] for field in Purchase.__struct_fields__))
_ADD_CHECKOUTS = Many.insert(
    "purchases",
    {"id": "text", "person": "text", "pack": "text", "coins": "bigint", "price_minor": "bigint", "currency": "text",
     "provider": "text", "state": "text", '"key"': "text", "at": "bigint", "country": "text", "checkout": "text",
     "method": "text", "saves": "boolean"},
)  # fmt: skip


class NewCheckout(msgspec.Struct, frozen=True):
    """What a checkout of the shop costs, and the country that it goes to. `method`: the saved one to pay with; `saves`:
    what the buyer pays with is to be one."""

    person: str
    checkout: str
    amount_minor: int
    currency: str
    country: str
    method: str | None = None
    saves: bool = False


class Turns:
    """Takes rows some at a time: each round goes on after the last one of the round before, and begins anew when there
    are no more, so that rows that stay keep none of the others waiting."""

    def __init__(self, id: Column[str], rows_max: int) -> None:
        self._id = id
        self._rows_max = rows_max
        self._last = ""

    def next(self, database: Database, found: Select[*tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
        """Blocks."""
        page = found.where(self._id > self._last).order_by(self._id).limit(self._rows_max)
        rows = list(database.read(lambda c: c.execute(page).all()))
        self._last = rows[-1]._mapping[self._id] if len(rows) == self._rows_max else ""
        return rows


def find(connection: Connection, id: str, *, lock: bool = False) -> Purchase | None:
    """`lock`: until the transaction ends. Whoever changes a purchase locks it first, so that refund, dispute and
    withdrawal of one payment take their turns."""
    found = PURCHASE.where(purchases.c.id == id)
    row = connection.execute(found.with_for_update() if lock else found).first()
    return Purchase(*row) if row else None


def find_by_key(connection: Connection, person: str, key: str) -> Purchase | None:
    row = connection.execute(PURCHASE.where(purchases.c.person == person, purchases.c.key == key)).first()
    return Purchase(*row) if row else None


def open_checkouts(connection: Connection, opened: Sequence[NewCheckout], provider: str, at: int) -> list[Purchase]:
    """In one statement: a hot product has hundreds at once."""
    made = [
        Purchase(
            new_id(), one.person, "", 0, one.amount_minor, one.currency, provider, None, None, "pending", at,
            country=one.country, checkout=one.checkout, method=one.method, saves=one.saves,
        )
        for one in opened
    ]  # fmt: skip
    _ADD_CHECKOUTS.write(connection, [
        (
            one.id, one.person, one.pack, one.coins, one.price_minor, one.currency, one.provider, one.state,
            f"checkout:{one.checkout}", one.at, one.country, one.checkout, one.method, one.saves,
        )
        for one in made
    ])  # fmt: skip
    return made


def change(connection: Connection, purchase: Purchase, **values: object) -> Purchase:
    connection.execute(update(purchases).where(purchases.c.id == purchase.id).values(**values))
    changed = find(connection, purchase.id)
    assert changed is not None
    return changed


def move(connection: Connection, purchase: Purchase, state: PurchaseState, **values: object) -> Purchase:
    """Move to a state if that is forward; `values` change in any case. The purchase is locked."""
    if is_forward(purchase.state, state):
        values["state"] = state
    return change(connection, purchase, **values) if values else purchase

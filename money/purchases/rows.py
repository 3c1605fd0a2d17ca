"""Purchases as rows: finding and locking them, and moving their state forward."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from money.providers.provider import Purchase
from money.purchases.state import PurchaseState, is_forward
from money.tables import purchases

PURCHASE = select(*(purchases.c[field] for field in Purchase.__struct_fields__))


def find(connection: Connection, id: str, *, lock: bool = False) -> Purchase | None:
    """`lock`: until the transaction ends. Whoever changes a purchase locks it first, so that refund, dispute and
    withdrawal of one payment take their turns."""
    found = PURCHASE.where(purchases.c.id == id)
    row = connection.execute(found.with_for_update() if lock else found).first()
    return Purchase(*row) if row else None


def find_by_key(connection: Connection, person: str, key: str) -> Purchase | None:
    row = connection.execute(PURCHASE.where(purchases.c.person == person, purchases.c.key == key)).first()
    return Purchase(*row) if row else None


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

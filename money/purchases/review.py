"""Purchases as the people who run the platform see them: a list with filters, and one with all that became of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec
from sqlalchemy import Connection, select

from core.errors import NotFound
from core.http import Page
from core.identity import Person
from money.providers.provider import DisputeState, Purchase, Refund
from money.purchases import rows
from money.purchases.refunds import Refunds
from money.purchases.state import PurchaseState
from money.tables import disputes, purchases, takes

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]


class DisputeView(msgspec.Struct, frozen=True):
    ref: str
    state: DisputeState
    amount_minor: int
    currency: str
    reason: str
    due_at: int | None
    at: int
    settled_at: int | None


class Taken(msgspec.Struct, frozen=True):
    """Where the coins that were taken back came from. `restored_at`: when they were given again."""

    cause: str
    wallet_coins: int
    gift_coins: int
    debt_coins: int
    at: int
    restored_at: int | None


class PurchaseRow(msgspec.Struct, frozen=True):
    """`person` is null for a deleted account. For the ads of an `advertiser`, coins are millionths of the currency."""

    id: str
    person: Person | None
    pack: str
    gift: str | None
    coins: int
    price_minor: int
    currency: str
    provider: str
    state: PurchaseState
    refunded_minor: int
    taken_coins: int
    at: int
    settled_at: int | None
    advertiser: str | None


class PurchaseDetail(msgspec.Struct, frozen=True):
    purchase: PurchaseRow
    refunds: list[Refund]
    disputes: list[DisputeView]
    taken: list[Taken]


_DISPUTE = select(*(disputes.c[field] for field in DisputeView.__struct_fields__))
_TAKEN = select(*(takes.c[field] for field in Taken.__struct_fields__))


class Review:
    def __init__(self, brief: Brief, refunds: Refunds) -> None:
        self._brief = brief
        self._refunds = refunds

    def page(
        self, connection: Connection, *, state: PurchaseState | None, person: str, cursor: str, limit: int
    ) -> Page[PurchaseRow]:
        """Newest first. `person`: only this one's, by id."""
        found = rows.PURCHASE
        if state is not None:
            found = found.where(purchases.c.state == state)
        if person:
            found = found.where(purchases.c.person == person)
        if cursor:
            found = found.where(purchases.c.id < cursor)
        newest = connection.execute(found.order_by(purchases.c.id.desc()).limit(limit + 1)).all()
        shown = [Purchase(*row) for row in newest[:limit]]
        people = self._brief(connection, {purchase.person for purchase in shown})
        items = [_row(purchase, people) for purchase in shown]
        return Page(items, items[-1].id if len(newest) > limit else None)

    def detail(self, connection: Connection, id: str) -> PurchaseDetail:
        """Raises NotFound."""
        purchase = rows.find(connection, id)
        if purchase is None:
            raise NotFound("There is no such purchase.")
        people = self._brief(connection, {purchase.person})
        disputed = connection.execute(_DISPUTE.where(disputes.c.purchase == id).order_by(disputes.c.at, disputes.c.ref))
        taken = connection.execute(_TAKEN.where(takes.c.purchase == id).order_by(takes.c.at, takes.c.cause))
        return PurchaseDetail(
            _row(purchase, people),
            self._refunds.of(connection, id),
            [DisputeView(*row) for row in disputed],
            [Taken(*row) for row in taken],
        )


def _row(purchase: Purchase, people: Mapping[str, Person]) -> PurchaseRow:
    fields = {name: getattr(purchase, name) for name in PurchaseRow.__struct_fields__}
    return PurchaseRow(**{**fields, "person": people.get(purchase.person)})

"""Sales whose proofs of place are not what the law asks for. They stay until an admin has looked at them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec
from sqlalchemy import Connection, select, update

from core.clock import Clock
from core.errors import NotFound
from core.http import Page
from core.identity import Person
from money.tables import purchases, vat_sales
from money.vat.rules import Flag, Scheme

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]


class FlaggedSale(msgspec.Struct, frozen=True):
    """`address_country` and `card_country` are the proofs; `country`: whose VAT was taken. `person` is null for a
    deleted account."""

    purchase: str
    person: Person | None
    flag: Flag
    scheme: Scheme
    country: str
    rate: int
    address_country: str | None
    card_country: str | None
    gross_minor: int
    vat_minor: int
    currency: str
    at: int
    reviewed_at: int | None
    note: str


_FLAGGED = select(
    vat_sales, purchases.c.person, purchases.c.country.label("address_country"), purchases.c.card_country
).join(purchases, purchases.c.id == vat_sales.c.purchase)


class Flags:
    def __init__(self, clock: Clock, brief: Brief) -> None:
        self._clock = clock
        self._brief = brief

    def page(self, connection: Connection, *, reviewed: bool, cursor: str, limit: int) -> Page[FlaggedSale]:
        """Newest first."""
        looked = vat_sales.c.reviewed_at
        found = _FLAGGED.where(vat_sales.c.flag != "", looked.is_not(None) if reviewed else looked.is_(None))
        if cursor:
            found = found.where(vat_sales.c.purchase < cursor)
        rows = connection.execute(found.order_by(vat_sales.c.purchase.desc()).limit(limit + 1)).all()
        people = self._brief(connection, {row.person for row in rows[:limit]})
        items = [_view(row._asdict(), people) for row in rows[:limit]]
        return Page(items, items[-1].purchase if len(rows) > limit else None)

    def review(self, connection: Connection, purchase: str, by: str, note: str) -> FlaggedSale:
        """Somebody has looked at it. Raises NotFound. A second word on it replaces nothing."""
        connection.execute(
            update(vat_sales)
            .where(vat_sales.c.purchase == purchase, vat_sales.c.flag != "", vat_sales.c.reviewed_at.is_(None))
            .values(reviewed_at=self._clock(), reviewed_by=by, note=note)
        )
        row = connection.execute(_FLAGGED.where(vat_sales.c.purchase == purchase, vat_sales.c.flag != "")).first()
        if row is None:
            raise NotFound("There is no such sale.")
        return _view(row._asdict(), self._brief(connection, {row.person}))


def _view(row: dict[str, object], people: Mapping[str, Person]) -> FlaggedSale:
    fields = {name: row[name] for name in FlaggedSale.__struct_fields__}
    return FlaggedSale(**{**fields, "person": people.get(str(row["person"]))})  # type: ignore[arg-type]

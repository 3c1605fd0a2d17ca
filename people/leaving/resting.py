"""Accounts that rest: their owner has asked to be erased, or that nothing is done with their data but keeping it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, select, update

from people.tables import people

Rest = Literal["closing", "restricted"]

COLUMNS = {"closing": people.c.closing_at, "restricted": people.c.restricted_at}


def rests(account: Row[Any]) -> bool:
    """Of a row with these columns: whether nobody else sees the account."""
    return bool(account.closing_at or account.restricted_at or account.erased_at)


def is_shown() -> ColumnElement[bool]:
    """The accounts that others may find."""
    return (people.c.closing_at == 0) & (people.c.restricted_at == 0) & (people.c.erased_at == 0)


def shown_among(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of these people whom others may find."""
    shown = select(people.c.id).where(people.c.id.in_(ids), is_shown())
    return set(connection.execute(shown).scalars()) if ids else set()


def rest(connection: Connection, person: str, why: Rest, since: int) -> None:
    """`since`: Unix ms; 0: not any more. Announce it after the commit (`SignOuts.announce_person`)."""
    connection.execute(update(people).where(people.c.id == person).values({COLUMNS[why]: since}))


class RestState(NamedTuple):
    closing: bool
    restricted: bool


def rest_state(connection: Connection, person: str) -> RestState:
    """Why an account rests."""
    row = connection.execute(select(*COLUMNS.values()).where(people.c.id == person)).first()
    return RestState(False, False) if row is None else RestState(bool(row.closing_at), bool(row.restricted_at))

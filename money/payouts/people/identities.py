"""Who a creator is, as far as payouts go: none, started, verified, restricted or rejected.

Only who is verified is paid. A provider that verifies people says so itself; otherwise an admin does. Who is
restricted keeps everything, and is told why and until when something is due.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.errors import InvalidRequest, NotFound
from core.text import clean_line
from money.payouts.rails.rail import IdentityState, Standing
from money.tables import payout_identities as table

NAME_CHARS_MAX = 140
REASON_CHARS_MAX = 200
IDENTITIES_SHOWN_MAX = 100
_COUNTRY = re.compile(r"[A-Z]{2}\Z")


class Identity(msgspec.Struct, frozen=True):
    """`by`: the admin or the rail whose word it is; empty: nobody's yet."""

    person: str
    state: IdentityState
    name: str
    country: str
    reason: str
    until: int | None
    account: str | None
    at: int
    by: str = ""


class Identities:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of(self, connection: Connection, person: str, *, lock: bool = False) -> Identity:
        """`lock`: until the transaction ends, so that whatever is decided about a person is decided in turn."""
        found = _IDENTITY.where(table.c.person == person)
        row = connection.execute(found.with_for_update() if lock else found).first()
        return _identity(row) if row else Identity(person, "none", "", "", "", None, None, 0)

    def start(self, connection: Connection, person: str, name: str, country: str, standing: Standing) -> Identity:
        """Say who one is, once: afterwards only an admin or the provider changes it. Raises InvalidRequest."""
        cleaned = clean_line(name, NAME_CHARS_MAX)
        if not cleaned or not _COUNTRY.match(country):
            raise InvalidRequest(f"A name has at most {NAME_CHARS_MAX} characters, and a country two capital letters.")
        row = {
            "person": person, "state": standing.state, "name": cleaned, "country": country, "reason": standing.reason,
            "until": standing.until, "account": None, "by": "", "at": self._clock(),
        }  # fmt: skip
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        new = dialect.insert(table).values(row).on_conflict_do_nothing(index_elements=["person"])
        connection.execute(new)
        return self.of(connection, person)

    def attach(self, connection: Connection, person: str, account: str) -> None:
        """Remember the person's account at the provider that verifies them."""
        connection.execute(
            update(table).where(table.c.person == person, table.c.account.is_(None)).values(account=account)
        )

    def by_account(self, connection: Connection, account: str) -> Identity | None:
        row = connection.execute(_IDENTITY.where(table.c.account == account)).first()
        return _identity(row) if row else None

    def judge(self, connection: Connection, person: str, standing: Standing, by: str) -> Identity:
        """An admin's or a provider's word. Raises NotFound, InvalidRequest."""
        reason = clean_line(standing.reason, REASON_CHARS_MAX)
        if reason is None:
            raise InvalidRequest(f"A reason has at most {REASON_CHARS_MAX} characters.")
        changed = connection.execute(
            update(table)
            .where(table.c.person == person)
            .values(state=standing.state, reason=reason, until=standing.until, by=by, at=self._clock())
        )
        if not changed.rowcount:
            raise NotFound("This person has not said who they are.")
        return self.of(connection, person)

    def all(self, connection: Connection, state: str) -> list[Identity]:
        """Those in a state, who have waited longest first."""
        rows = connection.execute(
            _IDENTITY.where(table.c.state == state).order_by(table.c.at).limit(IDENTITIES_SHOWN_MAX)
        )
        return [_identity(row) for row in rows]


_IDENTITY = select(*(table.c[field] for field in Identity.__struct_fields__))


def _identity(row: Row[*tuple[Any, ...]]) -> Identity:
    return Identity(*row)

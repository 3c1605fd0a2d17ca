"""Tickets: what a browser has begun, kept here. It has a cookie that finds it once, within ten minutes."""

from __future__ import annotations

import hashlib
import secrets

import msgspec
from sqlalchemy import Connection, delete, insert, select

from core.clock import Clock
from core.database import Database
from people.errors import OidcSpent
from people.tables import oidc_tickets

TOKEN_BYTES = 32
LIFE_MS = 10 * 60 * 1000
EXPIRED_BATCH_MAX = 1_000


class Start(msgspec.Struct, frozen=True):
    """A browser is at the provider. `link`: to link the identity to whoever is signed in."""

    state: str
    nonce: str
    verifier: str
    next: str
    link: bool = False
    person: str | None = None


class Enter(msgspec.Struct, frozen=True):
    """It is back. `person`: who it is, if only their second factor is missing; None: an identity nobody has yet."""

    digest: bytes
    has_account: bool
    handle: str
    name: str
    person: str | None = None


class Tickets:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def make(self, ticket: Start | Enter) -> str:
        """Returns what goes into the cookie. Blocks."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = {
            "digest": _digest(type(ticket), token), "person": ticket.person,
            "data": msgspec.json.encode(ticket).decode(), "expires_at": self._clock() + LIFE_MS,
        }  # fmt: skip
        self._database.write(lambda c: c.execute(insert(oidc_tickets).values(row)))
        return token

    def read(self, token: str) -> Enter:
        """A ticket that stays. Blocks. Raises OidcSpent."""
        mine = oidc_tickets.c.digest == _digest(Enter, token), oidc_tickets.c.expires_at > self._clock()
        data = self._database.read(lambda c: c.execute(select(oidc_tickets.c.data).where(*mine)).scalar())
        if data is None:
            raise OidcSpent
        return msgspec.json.decode(data, type=Enter)

    def start(self, token: str) -> Start:
        """What was begun, the first time that it is asked for. Blocks. Raises OidcSpent."""
        data = self._database.write(lambda c: self._take(c, Start, token))
        if data is None:  # raised here, or the row of one that is too old would come back
            raise OidcSpent
        return msgspec.json.decode(data, type=Start)

    def spend(self, connection: Connection, token: str) -> None:
        """Use up a ticket that was read. Raises OidcSpent."""
        if self._take(connection, Enter, token) is None:
            raise OidcSpent

    def forget_expired(self) -> None:
        """Delete in batches. Blocks."""
        old = select(oidc_tickets.c.digest).where(oidc_tickets.c.expires_at <= self._clock())
        some = delete(oidc_tickets).where(oidc_tickets.c.digest.in_(old.limit(EXPIRED_BATCH_MAX)))
        while self._database.write(lambda c: c.execute(some).rowcount):
            pass

    def _take(self, connection: Connection, kind: type[Start | Enter], token: str) -> str | None:
        this = delete(oidc_tickets).where(oidc_tickets.c.digest == _digest(kind, token))
        row = connection.execute(this.returning(oidc_tickets.c.data, oidc_tickets.c.expires_at)).first()
        return str(row.data) if row is not None and row.expires_at > self._clock() else None


def _digest(kind: type[Start | Enter], token: str) -> bytes:
    return hashlib.sha256(f"{kind.__name__}\n{token}".encode()).digest()

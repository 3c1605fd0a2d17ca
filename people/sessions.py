"""Sessions: a random token, of which only the digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from core.clock import Clock
from core.database import Database
from core.identity import Identity, Person
from people.accounts import is_adult
from people.errors import WrongCredentials
from people.passwords import matches
from people.tables import people, sessions

TOKEN_BYTES = 32
TOKEN_CHARS_MAX = 100
LIFE_MS = 90 * 24 * 3600 * 1000
SESSIONS_PER_PERSON_MAX = 50


class Sessions:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(self, person: str) -> str:
        """A new session's token. The oldest ones go when somebody has too many."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock()

        def write(connection: Connection) -> None:
            connection.execute(
                insert(sessions).values(
                    token_digest=_digest(token), person=person, created_at=now, expires_at=now + LIFE_MS
                )
            )
            newest = (
                select(sessions.c.token_digest)
                .where(sessions.c.person == person)
                .order_by(sessions.c.created_at.desc())
                .limit(SESSIONS_PER_PERSON_MAX)
            )
            connection.execute(
                delete(sessions).where(sessions.c.person == person, sessions.c.token_digest.not_in(newest))
            )

        self._database.write(write)
        return token

    def sign_in(self, handle: str, password: str) -> tuple[Person, str]:
        """Raises WrongCredentials, which does not tell whether the handle exists."""
        row = self._database.read(
            lambda c: c.execute(
                select(people.c.id, people.c.handle, people.c.name, people.c.password).where(people.c.handle == handle)
            ).first()
        )
        if not matches(password, row.password if row else None) or row is None:
            raise WrongCredentials
        return Person(row.id, row.handle, row.name), self.open(row.id)

    def close(self, token: str) -> None:
        self._database.write(lambda c: c.execute(delete(sessions).where(sessions.c.token_digest == _digest(token))))

    def identity(self, token: str) -> Identity | None:
        """Who a token belongs to, or None when it is not, or no longer, good."""
        if not token or len(token) > TOKEN_CHARS_MAX:
            return None
        row = self._database.read(lambda c: self._find(c, token))
        if row is None:
            return None
        return Identity(row.id, row.handle, row.name, row.role, is_adult(row.birthdate, self._clock()))

    def _find(self, connection: Connection, token: str) -> Row[*tuple[Any, ...]] | None:
        return connection.execute(
            select(people.c.id, people.c.handle, people.c.name, people.c.role, people.c.birthdate)
            .join(sessions, sessions.c.person == people.c.id)
            .where(sessions.c.token_digest == _digest(token), sessions.c.expires_at > self._clock())
        ).first()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

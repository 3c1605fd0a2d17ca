"""Sessions: random tokens, stored only as digests."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Select, delete, insert, select, update

from core.clock import Clock
from core.database import Database
from core.executors import BoundedExecutor, password_executor
from core.identity import Person
from core.outages import is_outage
from people.accounts import normal_handle
from people.errors import WrongCredentials
from people.passwords import matches
from people.tables import people, sessions

TOKEN_BYTES = 32
TOKEN_CHARS_MAX = 100
LIFE_MS = 90 * 24 * 3600 * 1000
SESSIONS_PER_PERSON_MAX = 50
EXPIRED_BATCH_MAX = 1_000
DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in, and what their password is checked against."""

    person: Person
    password_hash: str


class Sessions:
    def __init__(self, database: Database, clock: Clock, passwords: BoundedExecutor | None = None) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords or password_executor()

    def open(self, person: str, device: tuple[str, str] = ("", ""), password_hash: str | None = None) -> str:
        """Open a session and return its token. Beyond SESSIONS_PER_PERSON_MAX the oldest are deleted.

        `device`: browser and system, in a word each. `password_hash`: what the password was checked against. Raises
        WrongCredentials if it has been changed since, so that no session survives a change of the password.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock()

        def write(connection: Connection) -> None:
            if password_hash is not None:
                current = select(people.c.password).where(people.c.id == person).with_for_update()
                if connection.execute(current).scalar() != password_hash:
                    raise WrongCredentials
            connection.execute(
                insert(sessions).values(
                    token_digest=digest_of(token), person=person, created_at=now, expires_at=now + LIFE_MS,
                    browser=device[0], system=device[1], seen_at=now - now % DAY_MS,
                )
            )  # fmt: skip
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

    async def account(self, handle: str) -> Account | None:
        """Whom `sign_in` would sign in."""
        row = await self._database.read_async(
            lambda c: c.execute(
                select(people.c.id, people.c.handle, people.c.name, people.c.password).where(
                    people.c.handle == normal_handle(handle)
                )
            ).first()
        )
        return None if row is None else Account(Person(row.id, row.handle, row.name), row.password)

    async def sign_in(self, account: Account | None, password: str, device: tuple[str, str] = ("", "")) -> str:
        """Open a session. Raises WrongCredentials, which does not reveal whether there is such an account."""
        right = await self._passwords.run(matches, password, account.password_hash if account else None)
        if account is None or not right:
            raise WrongCredentials
        return await self._database.executor.run(self.open, account.person.id, device, account.password_hash)

    def close(self, token: str) -> None:
        self._database.write(lambda c: c.execute(delete(sessions).where(sessions.c.token_digest == digest_of(token))))

    def find(self, token: str) -> Select[tuple[str, int]] | None:
        """Select the person of a valid token and the day it was last seen; None if the text cannot be a token."""
        if not token or len(token) > TOKEN_CHARS_MAX:
            return None
        good = sessions.c.token_digest == digest_of(token), sessions.c.expires_at > self._clock()
        return select(sessions.c.person, sessions.c.seen_at).where(*good)

    def note_seen(self, token: str, seen_at: int) -> None:
        """Note the day on which a session was last used: one write a day, because more would not be shown. Blocks."""
        now = self._clock()
        today = now - now % DAY_MS
        if seen_at >= today:
            return
        mine = update(sessions).where(sessions.c.token_digest == digest_of(token), sessions.c.seen_at < today)
        try:
            self._database.write(lambda c: c.execute(mine.values(seen_at=today)))
        except Exception as error:
            if not is_outage(error):  # what cannot be written now does not keep anybody from reading
                raise

    def delete_expired(self) -> int:
        """Delete sessions that have expired, in batches; returns how many. Blocks."""
        old = select(sessions.c.token_digest).where(sessions.c.expires_at <= self._clock()).limit(EXPIRED_BATCH_MAX)
        expired = delete(sessions).where(sessions.c.token_digest.in_(old))
        deleted = 0
        while batch := self._database.write(lambda c: c.execute(expired).rowcount):
            deleted += batch
        return deleted


def digest_of(token: str) -> bytes:
    """What is stored and announced instead of a token."""
    return hashlib.sha256(token.encode()).digest()

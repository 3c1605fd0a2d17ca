"""Challenges for passkeys: each is for one holder and one purpose, is used once, and lives for minutes."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from people.tables import passkey_challenges

CHALLENGE_BYTES = 32
LIFE_MS = 5 * 60 * 1000
EXPIRED_BATCH_MAX = 1_000


class Challenges:
    """`holder`: a session's token, or, for who is not signed in, a random ticket that only they know. All block."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def make(self, purpose: str, holder: str) -> bytes:
        """It replaces the one that this holder has for this purpose."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)

        def write(connection: Connection) -> None:
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            fresh = {"challenge": challenge, "expires_at": self._clock() + LIFE_MS}
            row = insert(passkey_challenges).values(holder=_digest(purpose, holder), **fresh)
            connection.execute(row.on_conflict_do_update(index_elements=["holder"], set_=fresh))

        self._database.write(write)
        return challenge

    def take(self, purpose: str, holder: str) -> bytes | None:
        """The challenge, the first time that it is asked for; else None."""
        this = delete(passkey_challenges).where(passkey_challenges.c.holder == _digest(purpose, holder))
        taken = this.returning(passkey_challenges.c.challenge, passkey_challenges.c.expires_at)
        row = self._database.write(lambda c: c.execute(taken).first())
        return bytes(row.challenge) if row is not None and row.expires_at > self._clock() else None

    def forget_expired(self) -> None:
        """Delete in batches."""
        old = select(passkey_challenges.c.holder).where(passkey_challenges.c.expires_at <= self._clock())
        some = delete(passkey_challenges).where(passkey_challenges.c.holder.in_(old.limit(EXPIRED_BATCH_MAX)))
        while self._database.write(lambda c: c.execute(some).rowcount):
            pass


def _digest(purpose: str, holder: str) -> bytes:
    return hashlib.sha256(f"{purpose}\n{holder}".encode()).digest()

"""The devices somebody is signed in on: one session each."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, delete, select, update

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from people.errors import WrongPassword
from people.sessions import DAY_MS, SESSIONS_PER_PERSON_MAX, digest_of, end_sessions, over
from people.tables import people, sessions

ID_CHARS = 24


class Device(msgspec.Struct, frozen=True):
    """A session. `first_seen` and `last_seen` are the starts of days (Unix ms). `browser` and `system` are empty where
    they are not known. `current`: the one that asks."""

    id: str
    browser: str
    system: str
    first_seen: int
    last_seen: int
    current: bool


class Devices:
    """All methods block. Those that end sessions return the digests of their tokens, for `SignOuts`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, person: str, token: str) -> list[Device]:
        """The one that asks first, then the last seen. At most SESSIONS_PER_PERSON_MAX."""
        rows = self._database.read(
            lambda c: c.execute(
                select(sessions)
                .where(sessions.c.person == person, ~over(self._clock()))
                .order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc())
                .limit(SESSIONS_PER_PERSON_MAX)
            ).all()
        )
        current = digest_of(token)
        devices = [
            Device(
                id_of(row.token_digest), row.browser, row.system, row.created_at - row.created_at % DAY_MS,
                max(row.seen_at, row.created_at - row.created_at % DAY_MS), bytes(row.token_digest) == current,
            )
            for row in rows
        ]  # fmt: skip
        return sorted(devices, key=lambda device: not device.current)

    def end(self, person: str, id: str) -> bytes:
        """Sign one of a person's devices out. Raises NotFound."""

        def write(connection: Connection) -> bytes:
            mine = select(sessions.c.token_digest).where(sessions.c.person == person)
            for digest in connection.execute(mine).scalars():
                if id_of(digest) == id:
                    connection.execute(delete(sessions).where(sessions.c.token_digest == digest))
                    return bytes(digest)
            raise NotFound("You are not signed in on such a device.")

        return self._database.write(write)

    def end_others(self, person: str, token: str) -> list[bytes]:
        """Sign all devices out but the one with this token."""
        return self._database.write(lambda c: end_sessions(c, person, but=digest_of(token)))

    def change_password(self, person: str, old_hash: str, new_hash: str, token: str) -> list[bytes]:
        """Replace the password and sign all other devices out. Raises WrongPassword if `old_hash` is not it."""

        def write(connection: Connection) -> list[bytes]:
            mine = update(people).where(people.c.id == person, people.c.password == old_hash)
            if connection.execute(mine.values(password=new_hash)).rowcount == 0:
                raise WrongPassword
            return end_sessions(connection, person, but=digest_of(token))

        return self._database.write(write)


def id_of(token_digest: bytes) -> str:
    """A name for a session. It reveals part of the digest, which nobody can turn back into a token."""
    return bytes(token_digest).hex()[:ID_CHARS]

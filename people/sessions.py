"""Sessions: random tokens, stored only as digests."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    distinct,
    func,
    insert,
    select,
    update,
)

from core.clock import Clock
from core.database import Database
from core.errors import NotSignedIn
from core.executors import BoundedExecutor, password_executor
from core.identity import Person
from core.outages import is_outage
from people.accounts import normal_handle
from people.errors import WrongCredentials
from people.leaving.unused import day_of, note_used
from people.passwords import matches
from people.tables import people, sessions

TOKEN_BYTES = 32
TOKEN_CHARS_MAX = 100
LIFE_MS = 90 * 24 * 3600 * 1000
IDLE_MS_MAX = 30 * 24 * 3600 * 1000  # without use
STEP_UP_MS = 5 * 60 * 1000  # how long a session may do what needs one
SESSIONS_PER_PERSON_MAX = 50
EXPIRED_BATCH_MAX = 1_000
RECIPIENT_DAYS = 30
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
                    browser=device[0], system=device[1], seen_at=now - now % DAY_MS, stepped_up_at=now,
                )
            )  # fmt: skip
            note_used(connection, person, now)
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
        """Whom this handle would sign in."""
        return await self._account(people.c.handle == normal_handle(handle))

    async def account_of(self, person: str) -> Account:
        """Raises NotSignedIn if there is no such person any more."""
        account = await self._account(people.c.id == person)
        if account is None:
            raise NotSignedIn
        return account

    async def _account(self, which: ColumnElement[bool]) -> Account | None:
        query = select(people.c.id, people.c.handle, people.c.name, people.c.password).where(which)
        row = await self._database.read_async(lambda c: c.execute(query).first())
        return None if row is None else Account(Person(row.id, row.handle, row.name), row.password)

    async def verified(self, account: Account | None, password: str) -> Account:
        """The account, if this is its password. Raises WrongCredentials, which does not reveal whether there is one."""
        right = await self._passwords.run(matches, password, account.password_hash if account else None)
        if account is None or not right:
            raise WrongCredentials
        return account

    def renew_hash(self, account: Account, fresh: str) -> bool:
        """Keep the same password at another cost. Whether it was still that one. Blocks."""
        same = people.c.id == account.person.id, people.c.password == account.password_hash
        renewed = update(people).where(*same).values(password=fresh)
        return self._database.write(lambda c: c.execute(renewed).rowcount) == 1

    def close(self, token: str) -> None:
        self._database.write(lambda c: c.execute(delete(sessions).where(sessions.c.token_digest == digest_of(token))))

    def named(self, token: str) -> dict[str, object] | None:
        """What `VALID` needs to find the session of a token; None if the text cannot be one."""
        if not token or len(token) > TOKEN_CHARS_MAX:
            return None
        return {"digest": digest_of(token), "now": self._clock()}

    def stepped_up(self, at: int) -> bool:
        """Whether a session that proved at this time who it is still may do what needs that."""
        return 0 <= self._clock() - at < STEP_UP_MS

    def step_up(self, token: str) -> None:
        """The session has just proved again who it is. Blocks."""
        mine = update(sessions).where(sessions.c.token_digest == digest_of(token))
        self._database.write(lambda c: c.execute(mine.values(stepped_up_at=self._clock())))

    def note_seen(self, token: str, person: str, seen_at: int) -> None:
        """Note the day on which a session, and its person's account, were last used: one write a day, because more
        would not be shown. Blocks."""
        now = self._clock()
        today = day_of(now)
        if seen_at >= today:
            return
        mine = update(sessions).where(sessions.c.token_digest == digest_of(token), sessions.c.seen_at < today)

        def write(connection: Connection) -> None:
            note_used(connection, person, now)  # the person first, as when a session is opened
            connection.execute(mine.values(seen_at=today))

        try:
            self._database.write(write)
        except Exception as error:
            if not is_outage(error):  # what cannot be written now does not keep anybody from reading
                raise

    def delete_expired(self) -> int:
        """Delete sessions that have expired or were not used for long, in batches; returns how many. Blocks."""
        old = select(sessions.c.token_digest).where(over(self._clock())).limit(EXPIRED_BATCH_MAX)
        expired = delete(sessions).where(sessions.c.token_digest.in_(old))
        deleted = 0
        while batch := self._database.write(lambda c: c.execute(expired).rowcount):
            deleted += batch
        return deleted


def end_sessions(connection: Connection, person: str, but: bytes | None = None) -> list[bytes]:
    """Sign somebody out everywhere, `but` on one device; the digests are for `SignOuts`."""
    ended = delete(sessions).where(sessions.c.person == person)
    if but is not None:
        ended = ended.where(sessions.c.token_digest != but)
    return [bytes(digest) for digest in connection.execute(ended.returning(sessions.c.token_digest)).scalars()]


def over(now: int | BindParameter[int]) -> ColumnElement[bool]:
    """Which sessions have ended by themselves. The day of a session's last use begins up to a day before that."""
    unused_since = now - IDLE_MS_MAX
    unused = (sessions.c.seen_at < unused_since - DAY_MS) & (sessions.c.created_at < unused_since)
    return (sessions.c.expires_at <= now) | unused


VALID = and_(
    sessions.c.token_digest == bindparam("digest"), ~over(bindparam("now", type_=BigInteger))
)  # fmt: skip
"""The session of a token, if it has not ended: `Sessions.named` has its parameters."""


def signed_in(connection: Connection, now: int) -> int:
    """How many people have used a session that is still open in the last RECIPIENT_DAYS."""
    since = now - now % DAY_MS - RECIPIENT_DAYS * DAY_MS
    who = select(func.count(distinct(sessions.c.person))).where(sessions.c.seen_at > since)
    return connection.execute(who).scalar_one()


def digest_of(token: str) -> bytes:
    """What is stored and announced instead of a token."""
    return hashlib.sha256(token.encode()).digest()

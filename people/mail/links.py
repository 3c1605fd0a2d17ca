"""Links in mails: 32 random bytes, of which only a digest is stored. Each counts once, and a person has one open link
of each purpose."""

from __future__ import annotations

import hashlib
import secrets
from typing import Literal, NamedTuple

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from people.tables import mail_links

Purpose = Literal["verify", "undo", "reset"]

SECRET_BYTES = 32
SECRET_CHARS_MAX = 100
HOUR_MS = 3_600_000
LIFE_MS: dict[Purpose, int] = {"verify": 24 * HOUR_MS, "undo": 7 * 24 * HOUR_MS, "reset": HOUR_MS // 6}
UNSENT_MS = 24 * HOUR_MS  # how long a link waits for the mail that brings it
EXPIRED_BATCH_MAX = 1_000


class Taken(NamedTuple):
    """Whose link it was, and which address it is about."""

    person: str
    address: str


class Links:
    """Each method is one step inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def expect(self, connection: Connection, person: str, purpose: Purpose, address: str) -> None:
        """A link will be sent: an older one of this purpose counts no more. Its secret is made when the mail is, so it
        is stored nowhere."""
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        fresh = {"address": address, "digest": None, "expires_at": self._clock() + UNSENT_MS}
        row = insert(mail_links).values(person=person, purpose=purpose, **fresh)
        connection.execute(row.on_conflict_do_update(index_elements=["person", "purpose"], set_=fresh))

    def issue(self, connection: Connection, person: str, purpose: Purpose) -> str | None:
        """The secret of the link that is expected; None if it is no longer wanted."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        now = self._clock()
        this = update(mail_links).where(
            mail_links.c.person == person, mail_links.c.purpose == purpose, mail_links.c.expires_at > now
        )
        issued = this.values(digest=_digest(secret), expires_at=now + LIFE_MS[purpose])
        return secret if connection.execute(issued).rowcount else None

    def take(self, connection: Connection, purpose: Purpose, secret: str) -> Taken | None:
        """Spend a link. None if it was spent before, replaced, or is too old."""
        this = delete(mail_links).where(mail_links.c.digest == _digest(secret), mail_links.c.purpose == purpose)
        row = connection.execute(
            this.returning(mail_links.c.person, mail_links.c.address, mail_links.c.expires_at)
        ).first()
        return Taken(row.person, row.address) if row is not None and row.expires_at > self._clock() else None

    def holder(self, connection: Connection, purpose: Purpose, secret: str) -> str | None:
        """Whose open link it is, without spending it."""
        this = select(mail_links.c.person).where(
            mail_links.c.digest == _digest(secret), mail_links.c.purpose == purpose,
            mail_links.c.expires_at > self._clock(),
        )  # fmt: skip
        return connection.execute(this).scalar()

    def pending(self, connection: Connection, person: str, purpose: Purpose) -> str:
        """The address of the open link; empty if there is none."""
        mine = select(mail_links.c.address).where(
            mail_links.c.person == person, mail_links.c.purpose == purpose, mail_links.c.expires_at > self._clock()
        )
        return connection.execute(mine).scalar() or ""

    def drop(self, connection: Connection, person: str, *purposes: Purpose) -> None:
        mine = mail_links.c.person == person, mail_links.c.purpose.in_(purposes)
        connection.execute(delete(mail_links).where(*mine))

    def forget_expired(self, connection: Connection) -> int:
        """Delete a batch; returns how many."""
        old = select(mail_links.c.person, mail_links.c.purpose).where(mail_links.c.expires_at <= self._clock())
        rows = connection.execute(old.limit(EXPIRED_BATCH_MAX)).all()
        for person, purpose in rows:
            self.drop(connection, person, purpose)
        return len(rows)


def link_to(url: str, purpose: Purpose, secret: str) -> str:
    """The secret is in the fragment: browsers send it to no server, and no log holds it. The page's POST spends it."""
    return f"{url}/reset#{secret}" if purpose == "reset" else f"{url}/mail#{purpose}={secret}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

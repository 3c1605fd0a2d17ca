"""A person's e-mail address: optional, proved by a link, and given back to its owner for a week after a change."""

from __future__ import annotations

import hashlib
import re

import msgspec
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from people.errors import AddressTaken, LinkSpent
from people.mail.links import Links
from people.mail.outbox import Outbox
from people.sessions import end_sessions
from people.tables import mail_addresses

ADDRESS_CHARS_MAX = 254  # RFC 5321, 4.5.3.1.3
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")


class MailAddress(msgspec.Struct, frozen=True):
    """`pending`: one that waits for its link; empty if none does."""

    address: str
    pending: str


class Addresses:
    """All methods block, except `of`."""

    def __init__(self, database: Database, clock: Clock, links: Links, outbox: Outbox) -> None:
        self._database = database
        self._clock = clock
        self._links = links
        self._outbox = outbox

    def of(self, connection: Connection, person: str) -> MailAddress:
        mine = select(mail_addresses.c.address).where(mail_addresses.c.person == person)
        return MailAddress(connection.execute(mine).scalar() or "", self._links.pending(connection, person, "verify"))

    def ask(self, person: str, address: str) -> None:
        """Send a link to a new address. It counts when the link is spent. Raises InvalidRequest."""
        address = checked_address(address)

        def write(connection: Connection) -> None:
            if self._outbox.add(connection, person, "verify", address):
                self._links.expect(connection, person, "verify", address)

        self._database.write(write)
        self._outbox.wake()

    def confirm(self, secret: str) -> None:
        """Raises LinkSpent, AddressTaken."""

        def write(connection: Connection) -> None:
            taken = self._links.take(connection, "verify", secret)
            if taken is None:
                raise LinkSpent
            self._replace(connection, taken.person, taken.address)

        try:
            self._database.write(write)
        except IntegrityError:
            raise AddressTaken from None
        self._outbox.wake()

    def remove(self, person: str) -> None:
        """The old address can undo it."""
        self._database.write(lambda c: self._replace(c, person, ""))
        self._outbox.wake()

    def undo(self, secret: str) -> list[bytes]:
        """Give the account back to its former address and end its sessions: returns the digests of their tokens, for
        `SignOuts`. Raises LinkSpent, AddressTaken."""

        def write(connection: Connection) -> list[bytes]:
            taken = self._links.take(connection, "undo", secret)
            if taken is None:
                raise LinkSpent
            self._links.drop(connection, taken.person, "verify", "reset")
            self._set(connection, taken.person, taken.address)
            return end_sessions(connection, taken.person)

        try:
            return self._database.write(write)
        except IntegrityError:
            raise AddressTaken from None

    def _replace(self, connection: Connection, person: str, address: str) -> None:
        before = self.of(connection, person).address
        self._links.drop(connection, person, "reset")
        self._set(connection, person, address)
        # A second change within the week leaves the first address its link: whoever took the account over made both.
        if before and before != address and not self._links.pending(connection, person, "undo"):
            kind = "address_changed" if address else "address_removed"
            if self._outbox.add(connection, person, kind, before):  # type: ignore[arg-type]
                self._links.expect(connection, person, "undo", before)

    def _set(self, connection: Connection, person: str, address: str) -> None:
        connection.execute(delete(mail_addresses).where(mail_addresses.c.person == person))
        if address:
            row = {"person": person, "address": address, "digest": digest_of(address), "verified_at": self._clock()}
            connection.execute(insert(mail_addresses).values(row))


def checked_address(text: str) -> str:
    """Raises InvalidRequest."""
    address = text.strip()
    if len(address) > ADDRESS_CHARS_MAX or not _ADDRESS.match(address):
        raise InvalidRequest("This is not an e-mail address.")
    return address


def digest_of(address: str) -> bytes:
    """By which an address is found, however its letters were typed."""
    return hashlib.sha256(address.strip().lower().encode()).digest()

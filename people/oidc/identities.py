"""Who has which identity at the provider. An identity is an issuer and a subject, and nothing else: an e-mail address
can pass to somebody else.

Of an erased person the digest of their identity stays, with the id of the account, which stays erased: whoever signs
in with it again begins as a newcomer with an account of their own, as they could with a password and another handle.
The row then is the new account's.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, delete, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from people.errors import OidcLastWayIn, OidcTaken
from people.passwords import is_one
from people.tables import mail_addresses, oidc_identities, passkeys, people

_LIVING = people.c.erased_at == 0


class Identities:
    def __init__(self, database: Database, clock: Clock, issuer: str) -> None:
        self._database = database
        self._clock = clock
        self._issuer = issuer

    def digest(self, subject: str) -> bytes:
        return hashlib.sha256(f"{self._issuer}\n{subject}".encode()).digest()

    def signed_in(self, digest: bytes) -> str | None:
        """Whose identity this is; they have just used it. Blocks."""

        def write(connection: Connection) -> str | None:
            person = self._owner(connection, digest)
            if person is not None:
                mine = update(oidc_identities).where(oidc_identities.c.digest == digest)
                connection.execute(mine.values(last_at=self._clock()))
            return person

        return self._database.write(write)

    def link(self, connection: Connection, digest: bytes, person: str) -> None:
        """Raises OidcTaken if it is somebody else's, or if the person has another one of this provider."""
        owner = self._owner(connection, digest)
        if owner == person:
            return
        if owner is not None or self.linked(connection, person):
            raise OidcTaken
        now = self._clock()
        connection.execute(delete(oidc_identities).where(oidc_identities.c.digest == digest))  # an erased person's
        row = {"digest": digest, "issuer": self._issuer, "person": person, "at": now, "last_at": now}
        connection.execute(insert(oidc_identities).values(row))

    def linked(self, connection: Connection, person: str) -> bool:
        mine = oidc_identities.c.person == person, oidc_identities.c.issuer == self._issuer
        return connection.execute(select(oidc_identities.c.digest).where(*mine)).first() is not None

    def unlink(self, person: str) -> None:
        """Blocks. Raises NotFound, and OidcLastWayIn if nothing is left to sign in with."""

        def write(connection: Connection) -> None:
            password = select(people.c.password).where(people.c.id == person).with_for_update()
            stored = connection.execute(password).scalar_one()
            keys = select(func.count()).select_from(passkeys).where(passkeys.c.person == person)
            if not is_one(stored) and not connection.execute(keys).scalar_one():
                raise OidcLastWayIn
            mine = oidc_identities.c.person == person, oidc_identities.c.issuer == self._issuer
            if not connection.execute(delete(oidc_identities).where(*mine)).rowcount:
                raise NotFound("No identity is linked.")

        self._database.write(write)

    def has_account(self, address_digest: bytes) -> bool:
        """Whether an account has proved that it has this e-mail address. Blocks."""
        there = select(mail_addresses.c.person).where(mail_addresses.c.digest == address_digest)
        return self._database.read(lambda c: c.execute(there).first()) is not None

    def _owner(self, connection: Connection, digest: bytes) -> str | None:
        both = oidc_identities.join(people, people.c.id == oidc_identities.c.person)
        found = select(people.c.id).select_from(both).where(oidc_identities.c.digest == digest, _LIVING)
        return connection.execute(found).scalar()

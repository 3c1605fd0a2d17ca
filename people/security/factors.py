"""A person's second factors: codes of an app, passkeys, and recovery codes for when both are lost."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select

from core.clock import Clock
from core.database import Database
from people.errors import WrongCode
from people.passwords import is_one
from people.security import recovery
from people.security.totp import Totp
from people.tables import oidc_identities, passkeys, people, totp_secrets

CODE_CHARS_MAX = 40  # as typed


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which a person has. `recovery_codes`: how many are left."""

    totp: bool
    passkeys: int
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Whether a password alone is not enough."""
        return self.totp or self.passkeys > 0


class Factors:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self.totp = Totp(clock)

    def kinds(self, connection: Connection, person: str) -> Kinds:
        keys = select(func.count()).select_from(passkeys).where(passkeys.c.person == person)
        return Kinds(
            self.totp.is_on(connection, person),
            connection.execute(keys).scalar_one(),
            recovery.left(connection, person),
        )

    def of(self, person: str) -> Kinds:
        """`kinds`, with a connection of its own. Blocks."""
        return self._database.read(lambda c: self.kinds(c, person))

    def spend(self, person: str, code: str) -> None:
        """Use up a code of the app, or a recovery code. Blocks. Raises WrongCode."""
        typed = "".join(code.split())
        if not self._database.write(lambda c: self.totp.spend(c, person, typed) or recovery.spend(c, person, code)):
            raise WrongCode

    def first_codes(self, connection: Connection, person: str) -> list[str]:
        """Recovery codes for whom has none; for others none."""
        return [] if recovery.left(connection, person) else recovery.renew(connection, person)

    def can_sign_in(self, connection: Connection, person: str) -> bool:
        """Whether a password, a passkey or an identity at a provider is there."""
        stored = connection.execute(select(people.c.password).where(people.c.id == person)).scalar() or ""
        mine = select(oidc_identities.c.digest).where(oidc_identities.c.person == person)
        return is_one(stored) or bool(self.kinds(connection, person).passkeys) or bool(connection.execute(mine).first())

    def tidy(self, connection: Connection, person: str) -> None:
        """After a factor is gone: recovery codes are for who has another."""
        if not self.kinds(connection, person).any:
            recovery.forget(connection, person)


def has_factor(connection: Connection, person: str) -> bool:
    """Whether a password alone is not enough for this person."""
    app = exists().where(totp_secrets.c.person == person, totp_secrets.c.confirmed_at.is_not(None))
    key = exists().where(passkeys.c.person == person)
    return bool(connection.execute(select(app | key)).scalar())

"""Codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds). Each counts once."""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

from sqlalchemy import Connection, delete, insert, select, update

from core.clock import Clock
from core.errors import Conflict
from people.errors import WrongCode
from people.tables import totp_secrets

SECRET_BYTES = 20
STEP_MS = 30_000
DIGITS = 6
STEPS_AROUND = 1  # a clock may be half a minute wrong


class Totp:
    """Each method is one step inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def start(self, connection: Connection, person: str) -> bytes:
        """A new secret, which counts once `confirm` has seen a code of it. Raises Conflict if one counts already."""
        if self.is_on(connection, person):
            raise Conflict("Codes of an authenticator app are on already.")
        connection.execute(delete(totp_secrets).where(totp_secrets.c.person == person))
        secret = secrets.token_bytes(SECRET_BYTES)
        connection.execute(insert(totp_secrets).values(person=person, secret=secret))
        return secret

    def confirm(self, connection: Connection, person: str, code: str) -> None:
        """Raises WrongCode, Conflict. The code is used up, too."""
        if not self._spend(connection, person, code, confirmed=False):
            if self.is_on(connection, person):
                raise Conflict("Codes of an authenticator app are on already.")
            raise WrongCode
        mine = update(totp_secrets).where(totp_secrets.c.person == person)
        connection.execute(mine.values(confirmed_at=self._clock()))

    def spend(self, connection: Connection, person: str, code: str) -> bool:
        """Whether the code is right, and newer than any that was used."""
        return self._spend(connection, person, code, confirmed=True)

    def is_on(self, connection: Connection, person: str) -> bool:
        mine = select(totp_secrets.c.person).where(totp_secrets.c.person == person)
        return connection.execute(mine.where(totp_secrets.c.confirmed_at.is_not(None))).first() is not None

    def stop(self, connection: Connection, person: str) -> bool:
        """Whether it was on or being set up."""
        return bool(connection.execute(delete(totp_secrets).where(totp_secrets.c.person == person)).rowcount)

    def _spend(self, connection: Connection, person: str, code: str, *, confirmed: bool) -> bool:
        wanted = totp_secrets.c.confirmed_at.is_not(None) if confirmed else totp_secrets.c.confirmed_at.is_(None)
        mine = totp_secrets.c.person == person, wanted
        secret = connection.execute(select(totp_secrets.c.secret).where(*mine)).scalar()
        if secret is None:
            return False
        now = self._clock() // STEP_MS
        for step in range(now - STEPS_AROUND, now + STEPS_AROUND + 1):
            if hmac.compare_digest(code_at(bytes(secret), step).encode(), code.encode()):
                newer = update(totp_secrets).where(*mine, totp_secrets.c.last_step < step)
                return connection.execute(newer.values(last_step=step)).rowcount == 1
        return False


def code_at(secret: bytes, step: int) -> str:
    """RFC 4226, 5.3."""
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    at = digest[-1] & 15
    return str((int.from_bytes(digest[at : at + 4]) & 0x7FFFFFFF) % 10**DIGITS).zfill(DIGITS)


def shown(secret: bytes) -> str:
    """As apps let people type it."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, issuer: str, handle: str) -> str:
    """What the QR code says: otpauth, as all apps read it."""
    return f"otpauth://totp/{quote(f'{issuer}:{handle}')}?{urlencode({'secret': shown(secret), 'issuer': issuer})}"

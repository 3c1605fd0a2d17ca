"""Passkeys (WebAuthn, level 2): they are on the person's device, and it has verified who uses them.

Their relying party is the host of CADEAU_PUBLIC_URL: whoever changes it loses all of them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
import webauthn
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, NotFound
from people.errors import OidcLastWayIn, PasskeyRefused
from people.security.factors import Factors
from people.tables import passkeys

PASSKEYS_PER_PERSON_MAX = 20
CREDENTIAL_BYTES_MAX = 1_023  # WebAuthn, 5.8.3
SITE_NAME = "Cadeau"
_VERIFIED = UserVerificationRequirement.REQUIRED
_SELECTION = AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED)

Options = dict[str, Any]
Credential = Mapping[str, Any]


class PasskeyView(msgspec.Struct, frozen=True):
    """`id`: of this list. Times are in Unix ms."""

    id: str
    name: str
    created_at: int
    used_at: int


class Passkeys:
    """All methods block. Those that take a credential raise PasskeyRefused."""

    def __init__(self, database: Database, clock: Clock, factors: Factors, url: str) -> None:
        """`url`: where people reach this server."""
        self._database = database
        self._clock = clock
        self._factors = factors
        parts = urlsplit(url)
        self._rp = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"

    @property
    def possible(self) -> bool:
        """Browsers make passkeys for names only, over https or for this machine."""
        return can_have_passkeys(self._origin)

    def registration(self, person: str, handle: str, name: str, challenge: bytes) -> Options:
        """What the browser needs to make a passkey."""
        mine = select(passkeys.c.id).where(passkeys.c.person == person)
        known = self._database.read(lambda c: c.execute(mine).scalars().all())
        options = webauthn.generate_registration_options(
            rp_id=self._rp, rp_name=SITE_NAME, user_id=person.encode(), user_name=handle, user_display_name=name,
            challenge=challenge, authenticator_selection=_SELECTION,
            exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one)) for one in known],
        )  # fmt: skip
        return options_to_json_dict(options)

    def add(self, person: str, name: str, credential: Credential, challenge: bytes) -> list[str]:
        """Keep a passkey that the browser has made. Returns recovery codes, if they are the person's first."""
        try:
            made = webauthn.verify_registration_response(
                credential=dict(credential), expected_challenge=challenge, expected_rp_id=self._rp,
                expected_origin=self._origin, require_user_verification=True,
            )  # fmt: skip
        except Exception:  # it parses what a stranger sent, and raises whatever that makes it trip over
            raise PasskeyRefused from None
        if len(made.credential_id) > CREDENTIAL_BYTES_MAX:
            raise PasskeyRefused
        now = self._clock()
        row = {
            "id": made.credential_id, "person": person, "public_key": made.credential_public_key,
            "sign_count": made.sign_count, "name": name, "created_at": now, "used_at": now,
        }  # fmt: skip

        def write(connection: Connection) -> list[str]:
            mine = select(func.count()).select_from(passkeys).where(passkeys.c.person == person)
            if connection.execute(mine).scalar_one() >= PASSKEYS_PER_PERSON_MAX:
                raise Conflict(f"You can have at most {PASSKEYS_PER_PERSON_MAX} passkeys.")
            connection.execute(insert(passkeys).values(row))
            return self._factors.first_codes(connection, person)

        try:
            return self._database.write(write)
        except IntegrityError:
            raise PasskeyRefused from None

    def authentication(self, challenge: bytes, person: str = "") -> Options:
        """What the browser needs to use one: any that it has for this site, or one of a person's."""
        allowed: list[PublicKeyCredentialDescriptor] = []
        if person:
            mine = select(passkeys.c.id).where(passkeys.c.person == person)
            allowed = [
                PublicKeyCredentialDescriptor(id=bytes(one))
                for one in self._database.read(lambda c: c.execute(mine).scalars().all())
            ]
        options = webauthn.generate_authentication_options(
            rp_id=self._rp, challenge=challenge, allow_credentials=allowed, user_verification=_VERIFIED
        )
        return options_to_json_dict(options)

    def verify(self, credential: Credential, challenge: bytes) -> str:
        """Whose passkey has signed this challenge."""
        try:
            wanted = webauthn.base64url_to_bytes(str(credential["id"]))
        except Exception:
            raise PasskeyRefused from None
        this = passkeys.c.id == wanted
        row = self._database.read(lambda c: c.execute(select(passkeys).where(this)).first())
        if row is None:
            raise PasskeyRefused
        try:
            used = webauthn.verify_authentication_response(
                credential=dict(credential), expected_challenge=challenge, expected_rp_id=self._rp,
                expected_origin=self._origin, credential_public_key=bytes(row.public_key),
                credential_current_sign_count=row.sign_count, require_user_verification=True,
            )  # fmt: skip
        except Exception:
            raise PasskeyRefused from None
        # Whoever copied it would count on from an older number. Some devices always say 0.
        same = update(passkeys).where(this, passkeys.c.sign_count == row.sign_count)
        seen = same.values(sign_count=used.new_sign_count, used_at=self._clock())
        if self._database.write(lambda c: c.execute(seen).rowcount) != 1:
            raise PasskeyRefused
        return str(row.person)

    def of(self, person: str) -> list[PasskeyView]:
        mine = select(passkeys).where(passkeys.c.person == person).order_by(passkeys.c.created_at)
        rows = self._database.read(lambda c: c.execute(mine).all())
        return [PasskeyView(bytes(row.id).hex(), row.name, row.created_at, row.used_at) for row in rows]

    def remove(self, person: str, id: str) -> None:
        """Raises NotFound."""
        try:
            wanted = bytes.fromhex(id)
        except ValueError:
            raise NotFound from None

        def write(connection: Connection) -> None:
            this = passkeys.c.id == wanted, passkeys.c.person == person
            if connection.execute(delete(passkeys).where(*this)).rowcount == 0:
                raise NotFound("You have no such passkey.")
            if not self._factors.can_sign_in(connection, person):
                raise OidcLastWayIn
            self._factors.tidy(connection, person)

        self._database.write(write)


def can_have_passkeys(url: str) -> bool:
    """Whether browsers make passkeys for pages at this address."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
    return False

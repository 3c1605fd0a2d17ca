"""Passkeys over HTTP: making one, signing in with one, confirming with one that it is you."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

import msgspec
import structlog

from core.executors import Executors
from core.http import Access, Call, Operation, RequestGate
from core.limits import Rate
from people.errors import PasskeyRefused
from people.security.challenges import Challenges
from people.security.changes import FactorChanges
from people.security.passkeys import Passkeys
from people.security.routes import FACTOR_RATE, RecoveryCodes
from people.sessions import Sessions
from people.settings.welcome import SignedIn, Welcome

PASSKEY_SIGN_IN_RATE = Rate(30, 300)
NAME_CHARS_MAX = 40
TICKET_BYTES = 32

Credential = dict[str, Any]
"""As the browser makes it (`PublicKeyCredential.toJSON()`)."""
log = structlog.get_logger("security")


class PasskeyOptions(msgspec.Struct, frozen=True):
    """`options`: for the browser (WebAuthn, 5.4 and 5.5, as JSON). `ticket`: to be sent back; empty for who is signed
    in."""

    options: dict[str, Any]
    ticket: str = ""


class NewPasskey(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARS_MAX)]
    credential: Credential


class UsedPasskey(msgspec.Struct, forbid_unknown_fields=True):
    credential: Credential


class PasskeySignIn(UsedPasskey, forbid_unknown_fields=True, kw_only=True):
    ticket: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class PasskeyRoutes:
    def __init__(
        self,
        executors: Executors,
        sessions: Sessions,
        passkeys: Passkeys,
        challenges: Challenges,
        changes: FactorChanges,
        welcome: Welcome,
    ) -> None:
        self._sql = executors.sql
        self._sessions = sessions
        self._passkeys = passkeys
        self._challenges = challenges
        self._changes = changes
        self._welcome = welcome

    def operations(self) -> list[Operation]:
        mine, anyone, often = "/api/security/passkeys", Access.ANYONE, PASSKEY_SIGN_IN_RATE
        confirm = "/api/sessions/current/step-up"
        return [
            Operation("POST", "/api/security/passkey-options", self.options, rate=FACTOR_RATE, step_up=True),
            Operation("POST", mine, self.add, status=201, rate=FACTOR_RATE, step_up=True),
            Operation("DELETE", f"{mine}/{{id}}", self.remove, rate=FACTOR_RATE, step_up=True),
            Operation("POST", "/api/passkey-sessions/options", self.sign_in_options, access=anyone, rate=often),
            Operation(
                "POST", "/api/passkey-sessions", self.sign_in, access=anyone, status=201, rate=often, signs_in=True
            ),
            Operation("POST", f"{confirm}/options", self.step_up_options, rate=often, action="always"),
            Operation("POST", f"{confirm}/passkey", self.step_up, rate=often, action="always"),
        ]  # fmt: skip

    def options(self, call: Call) -> PasskeyOptions:
        """Begin to make a passkey."""
        who = call.identity
        challenge = self._challenges.make("register", _token(call))
        return PasskeyOptions(self._passkeys.registration(who.id, who.handle, who.name, challenge))

    async def add(self, call: Call, body: NewPasskey) -> RecoveryCodes:
        """Keep a passkey that the browser has made. All other devices are signed out."""
        challenge = await self._sql.run(self._taken, "register", _token(call))
        name = body.name.strip() or "Passkey"
        codes = await self._sql.run(self._passkeys.add, call.identity.id, name, body.credential, challenge)
        await self._changes.made(call, "passkey_added")
        return RecoveryCodes(codes)

    async def remove(self, call: Call, id: str) -> None:
        """Remove a passkey. All other devices are signed out."""
        await self._sql.run(self._passkeys.remove, call.identity.id, id)
        await self._changes.made(call, "passkey_removed")

    def sign_in_options(self) -> PasskeyOptions:
        """Begin to sign in with a passkey."""
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        return PasskeyOptions(self._passkeys.authentication(self._challenges.make("sign in", ticket)), ticket)

    async def sign_in(self, call: Call, body: PasskeySignIn) -> SignedIn:
        """Sign in with a passkey. It is both factors: the device has verified who uses it."""
        challenge = await self._sql.run(self._taken, "sign in", body.ticket)
        person = await self._sql.run(self._passkeys.verify, body.credential, challenge)
        account = await self._sessions.account_of(person)
        return await self._welcome.enter(call, account, factor="passkey")

    def step_up_options(self, call: Call) -> PasskeyOptions:
        """Begin to confirm with a passkey that it is you."""
        challenge = self._challenges.make("step up", _token(call))
        return PasskeyOptions(self._passkeys.authentication(challenge, call.identity.id))

    def step_up(self, call: Call, body: UsedPasskey) -> None:
        """Confirm with a passkey that it is you."""
        challenge = self._taken("step up", _token(call))
        if self._passkeys.verify(body.credential, challenge) != call.identity.id:
            raise PasskeyRefused
        self._sessions.step_up(_token(call))
        log.info("stepped_up", person=call.identity.id, factor="passkey")

    def _taken(self, purpose: str, holder: str) -> bytes:
        challenge = self._challenges.take(purpose, holder)
        if challenge is None:
            raise PasskeyRefused
        return challenge


def _token(call: Call) -> str:
    gate: RequestGate = call.request.app.state.gate
    return gate.token(call.request, unsafe=True)

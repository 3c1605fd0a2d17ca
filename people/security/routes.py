"""Confirming that it is you, and second factors, over HTTP."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated

import msgspec
import segno
import structlog
from sqlalchemy import Connection

from core.database import Database
from core.errors import Conflict
from core.executors import Executors
from core.http import Call, Operation, RequestGate
from core.limits import Rate
from people.devices import Attempts, device_in
from people.errors import SecondFactorNeeded, WrongPassword
from people.mail.addresses import Addresses, MailAddress
from people.mail.outbox import Outbox
from people.passwords import is_one, matches
from people.security import recovery
from people.security.changes import FactorChanges
from people.security.factors import CODE_CHARS_MAX, Factors
from people.security.passkeys import SITE_NAME, Passkeys, PasskeyView
from people.security.staff import StaffRule
from people.security.totp import shown, uri
from people.sessions import Sessions

STEP_UP_RATE = Rate(20, 300)
FACTOR_RATE = Rate(30, 3_600)

Code = Annotated[str, msgspec.Meta(max_length=CODE_CHARS_MAX)]
log = structlog.get_logger("security")


class Security(msgspec.Struct, frozen=True):
    """How an account is kept safe. `password`: whether it has one. `mail`: null where this server sends none.
    `passkeys_possible`: whether browsers make them for this server's address. `factor_due_at`: until when staff must
    have a second factor (Unix ms); 0 for others."""

    password: bool
    mail: MailAddress | None
    totp: bool
    recovery_codes: int
    passkeys: list[PasskeyView]
    passkeys_possible: bool
    factor_due_at: int


class StepUp(msgspec.Struct, forbid_unknown_fields=True):
    """`code`: of the app, or a recovery code; needed by whom has a second factor."""

    password: Annotated[str, msgspec.Meta(max_length=256)]
    code: Code = ""


class AppSecret(msgspec.Struct, frozen=True):
    """`secret` to be typed, or `uri` as the picture `qr` (SVG) says it."""

    secret: str
    uri: str
    qr: str


class AppCode(msgspec.Struct, forbid_unknown_fields=True):
    code: Code


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Shown once. Empty for whom has some already."""

    recovery_codes: list[str]


class SecurityRoutes:
    def __init__(
        self,
        database: Database,
        executors: Executors,
        sessions: Sessions,
        attempts: Attempts,
        factors: Factors,
        passkeys: Passkeys,
        addresses: Addresses,
        outbox: Outbox,
        staff: StaffRule,
        changes: FactorChanges,
    ) -> None:
        self._database = database
        self._sql, self._passwords = executors.sql, executors.passwords
        self._sessions = sessions
        self._attempts = attempts
        self._factors = factors
        self._passkeys = passkeys
        self._addresses = addresses
        self._outbox = outbox
        self._staff = staff
        self._changes = changes

    def operations(self) -> list[Operation]:
        rate = FACTOR_RATE
        return [
            Operation("GET", "/api/security", self.security),
            # Always: who is suspended or rests may copy and erase their data, which needs it.
            Operation("POST", "/api/sessions/current/step-up", self.step_up, rate=STEP_UP_RATE, action="always"),
            Operation("POST", "/api/security/totp", self.start_app, rate=rate, step_up=True),
            Operation("POST", "/api/security/totp/confirm", self.confirm_app, rate=rate, step_up=True),
            Operation("DELETE", "/api/security/totp", self.stop_app, rate=rate, step_up=True),
            Operation("POST", "/api/security/recovery-codes", self.renew_codes, rate=rate, step_up=True),
        ]

    async def security(self, call: Call) -> Security:
        """See how your account is kept safe."""
        account = await self._sessions.account_of(call.identity.id)
        return await self._sql.run(self._security, account.person.id, is_one(account.password_hash))

    def _security(self, person: str, has_password: bool) -> Security:
        kinds = self._factors.of(person)
        return Security(
            has_password,
            self._database.read(lambda c: self._addresses.of(c, person)) if self._outbox.enabled else None,
            kinds.totp, kinds.recovery_codes, self._passkeys.of(person), self._passkeys.possible,
            self._database.read(lambda c: self._staff.due_at(c, person)),
        )  # fmt: skip

    async def step_up(self, call: Call, body: StepUp) -> None:
        """Confirm that it is you: for five minutes this session may do what needs that."""
        gate: RequestGate = call.request.app.state.gate
        who, token = call.identity, gate.token(call.request, unsafe=True)
        account = await self._sessions.account_of(who.id)
        device = device_in(call.request.cookies.get(gate.device_cookie, ""), account.password_hash) or "session"
        await self._sql.run(self._attempts.count, who.handle, gate.address(call.request), device)
        if not await self._passwords.run(matches, body.password, account.password_hash):
            raise WrongPassword
        if (await self._sql.run(self._factors.of, who.id)).any:
            if not body.code:
                raise SecondFactorNeeded
            await self._sql.run(self._attempts.count_code, who.id, device)
            await self._sql.run(self._factors.spend, who.id, body.code)
        await self._sql.run(self._sessions.step_up, token)
        log.info("stepped_up", person=who.id)

    def start_app(self, call: Call) -> AppSecret:
        """Begin with an authenticator app: its secret counts once `confirm` has seen a code."""
        who = call.identity
        secret = self._database.write(lambda c: self._factors.totp.start(c, who.id))
        text = uri(secret, SITE_NAME, who.handle)
        picture = BytesIO()
        segno.make(text, error="m").save(picture, kind="svg", xmldecl=False, border=2, dark="#000", light="#fff")
        return AppSecret(shown(secret), text, picture.getvalue().decode())

    async def confirm_app(self, call: Call, body: AppCode) -> RecoveryCodes:
        """Switch the authenticator app on with a code of it. All other devices are signed out."""
        person = call.identity.id
        await self._sql.run(self._attempts.count_code, person, "session")

        def write(connection: Connection) -> list[str]:
            self._factors.totp.confirm(connection, person, "".join(body.code.split()))
            return self._factors.first_codes(connection, person)

        codes = await self._sql.run(self._database.write, write)
        await self._changes.made(call, "app_added")
        return RecoveryCodes(codes)

    async def stop_app(self, call: Call) -> None:
        """Switch the authenticator app off. All other devices are signed out."""
        person = call.identity.id

        def write(connection: Connection) -> bool:
            stopped = self._factors.totp.stop(connection, person)
            self._factors.tidy(connection, person)
            return stopped

        if await self._sql.run(self._database.write, write):
            await self._changes.made(call, "app_removed")

    async def renew_codes(self, call: Call) -> RecoveryCodes:
        """Replace your recovery codes."""
        person = call.identity.id

        def write(connection: Connection) -> list[str]:
            if not self._factors.kinds(connection, person).any:
                raise Conflict("Recovery codes are for who has a second factor.")
            return recovery.renew(connection, person)

        codes = await self._sql.run(self._database.write, write)
        await self._changes.made(call, "recovery_codes_renewed")
        return RecoveryCodes(codes)

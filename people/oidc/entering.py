"""What follows the provider where something is missing: an account, or a second factor. The ticket is spent in the
transaction that needs it, so a handle that is taken or a wrong password can be tried again."""

from __future__ import annotations

from datetime import date

import structlog
from sqlalchemy import Connection

from core.database import Database
from core.errors import Conflict
from core.executors import Executors
from core.http import Call, RequestGate
from people.accounts import Accounts
from people.errors import OidcSpent, WrongCode
from people.oidc import cookie
from people.oidc.identities import Identities
from people.oidc.tickets import Enter, Tickets
from people.passwords import none
from people.security.password_check import PasswordCheck
from people.sessions import Account, Sessions
from people.settings.welcome import SignedIn, Welcome

log = structlog.get_logger("security")


class Entering:
    def __init__(
        self,
        database: Database,
        executors: Executors,
        accounts: Accounts,
        sessions: Sessions,
        identities: Identities,
        tickets: Tickets,
        passwords: PasswordCheck,
        welcome: Welcome,
    ) -> None:
        self._database, self._sql = database, executors.sql
        self._accounts = accounts
        self._sessions = sessions
        self._identities = identities
        self._tickets = tickets
        self._passwords = passwords
        self._welcome = welcome

    async def waiting(self, call: Call) -> Enter:
        """Raises OidcSpent."""
        return await self._sql.run(self._tickets.read, cookie.ticket_in(call))

    async def join(self, call: Call, handle: str, birthdate: date, name: str) -> SignedIn:
        """Raises OidcSpent, OidcTaken, and what joining does."""
        token, digest = await self._newcomer(call)
        await self._sql.run(self._accounts.check_new, handle, birthdate, name)
        stored = none()

        def also(connection: Connection, person: str) -> None:
            self._tickets.spend(connection, token)
            self._identities.link(connection, digest, person)

        person = await self._sql.run(self._accounts.add, handle, stored, birthdate, name, also)
        cookie.drop(call)
        return await self._welcome.enter(call, Account(person, stored), factor="oidc", joined=True)

    async def link(self, call: Call, handle: str, password: str, code: str) -> SignedIn:
        """Raises OidcSpent, OidcTaken, and what signing in does."""
        token, digest = await self._newcomer(call)
        account, factor = await self._passwords.proved(call, handle, password, code)

        def write(connection: Connection) -> None:
            self._tickets.spend(connection, token)
            self._identities.link(connection, digest, account.person.id)

        await self._sql.run(self._database.write, write)
        cookie.drop(call)
        log.info("oidc_linked", person=account.person.id)
        return await self._welcome.enter(call, account, factor=factor)

    async def code(self, call: Call, code: str) -> SignedIn:
        """Raises OidcSpent, SecondFactorNeeded, WrongCode, RateExceeded."""
        token, ticket = cookie.ticket_in(call), await self.waiting(call)
        if ticket.person is None:
            raise Conflict("No code is asked for.")
        account = await self._sessions.account_of(ticket.person)
        if await self._sql.run(self._identities.signed_in, ticket.digest) != ticket.person:
            raise OidcSpent  # unlinked or erased meanwhile
        try:
            await self._passwords.second_step(account, code, self._passwords.device(call, account))
        except WrongCode as refusal:
            gate: RequestGate = call.request.app.state.gate
            address = gate.address(call.request)
            gate.security.write("sign_in_refused", address=address, person=ticket.person, reason=refusal.code)
            refusal.noted = True
            raise
        await self._sql.run(self._database.write, lambda c: self._tickets.spend(c, token))
        cookie.drop(call)
        return await self._welcome.enter(call, account, factor="oidc and code")

    async def _newcomer(self, call: Call) -> tuple[str, bytes]:
        """The ticket and the identity, which is nobody's yet."""
        ticket = await self.waiting(call)
        if ticket.person is not None:
            raise Conflict("This identity has an account already.")
        return cookie.ticket_in(call), ticket.digest

"""To the provider and back: whoever returns is signed in, asked for what is missing, or linked."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Any
from urllib.parse import quote

import structlog
from sqlalchemy import Connection

from core.database import Database
from core.executors import Executors
from core.http import Call, RequestGate
from core.text import clean_line
from people.accounts import NAME_CHARS_MAX, normal_handle
from people.errors import OidcCancelled, OidcRefused
from people.mail.addresses import digest_of
from people.oidc import cookie
from people.oidc.identities import Identities
from people.oidc.provider import Provider
from people.oidc.tickets import Enter, Start, Tickets
from people.oidc.tokens import Claims
from people.security.changes import FactorChanges
from people.security.factors import Factors
from people.sessions import Sessions
from people.settings.welcome import Welcome

_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*\Z")
SETTINGS_PAGE, SIGN_IN_PAGE, ENTER_PAGE = "/settings", "/signin", "/signin/oidc"
log = structlog.get_logger("security")


class Journey:
    def __init__(
        self,
        database: Database,
        executors: Executors,
        sessions: Sessions,
        provider: Provider,
        identities: Identities,
        tickets: Tickets,
        factors: Factors,
        changes: FactorChanges,
        welcome: Welcome,
    ) -> None:
        self._database, self._sql = database, executors.sql
        self._sessions = sessions
        self._provider = provider
        self._identities = identities
        self._tickets = tickets
        self._factors = factors
        self._changes = changes
        self._welcome = welcome

    async def begin(self, call: Call, next: str, *, link: bool = False) -> str:
        """The provider's address to go to. Raises OidcOff, OidcUnavailable."""
        self._provider.must_be_on()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address = await self._provider.address(state, nonce, verifier, again=call.who is not None)
        person = call.who.id if link and call.who else None
        start = Start(state, nonce, verifier, local(next), link, person)
        cookie.give(call, await self._sql.run(self._tickets.make, start))
        return address

    async def start(self, call: Call) -> Start:
        """What this browser has begun, once. Raises OidcOff, OidcSpent."""
        self._provider.must_be_on()
        token = cookie.ticket_in(call)
        cookie.drop(call)
        return await self._sql.run(self._tickets.start, token)

    async def back(self, call: Call, start: Start, state: str, issuer: str, error: str, code: str) -> str:
        """The page to go on with. Raises a Refusal."""
        if not hmac.compare_digest(state.encode(), start.state.encode()) or issuer not in ("", self._provider.issuer):
            raise OidcRefused
        if error:
            raise OidcCancelled
        claims = await self._provider.redeem(code, start.verifier, start.nonce)
        digest = self._identities.digest(claims.sub)
        if start.link:
            return await self._link(call, start, digest)
        person = await self._sql.run(self._identities.signed_in, digest)
        if person is not None and not (await self._sql.run(self._factors.of, person)).any:
            account = await self._sessions.account_of(person)
            await self._welcome.enter(call, account, factor="oidc")
            return start.next
        ticket = Enter(digest, await self._knows(claims), *_suggested(claims), person)
        cookie.give(call, await self._sql.run(self._tickets.make, ticket))
        return with_next(ENTER_PAGE, start.next)

    async def _link(self, call: Call, start: Start, digest: bytes) -> str:
        if call.who is None or call.who.id != start.person:  # signed out meanwhile
            raise OidcRefused
        person = call.who.id

        def write(connection: Connection) -> None:
            self._identities.link(connection, digest, person)

        await self._sql.run(self._database.write, write)
        gate: RequestGate = call.request.app.state.gate
        await self._changes.made(call, "oidc_linked", gate.token(call.request, unsafe=False))
        return SETTINGS_PAGE

    async def _knows(self, claims: Claims) -> bool:
        """Whether somebody here has proved the address that the provider vouches for. It only says what to offer
        first: who is not signed in to that account links nothing to it."""
        if claims.email_verified is not True or not isinstance(claims.email, str):
            return False
        return await self._sql.run(self._identities.has_account, digest_of(claims.email))


def local(path: str) -> str:
    """The path, if it is one of this site; else the first page."""
    return path if _LOCAL.match(path) else "/"


def with_next(page: str, next: str) -> str:
    return f"{page}?next={quote(next, safe='')}"


def _suggested(claims: Claims) -> tuple[str, str]:
    """A handle and a name that a newcomer may like."""
    handle, name = claims.preferred_username, claims.name
    short = isinstance(name, str) and len(name) <= 4 * NAME_CHARS_MAX
    return _text(handle, normal_handle), clean_line(name, NAME_CHARS_MAX) or "" if short else ""


def _text(given: Any, read: Any) -> str:
    return str(read(given)) if isinstance(given, str) else ""

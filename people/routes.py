"""People over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
import structlog

from core.database import Database
from core.executors import Executors
from core.http import Access, Call, Operation, Page, Paging, RequestGate
from core.identity import Person
from core.limits import Rate
from people.accounts import (
    HANDLE_CHARS_MAX,
    Accounts,
    Bio,
    Language,
    Name,
    OwnProfile,
    Password,
    Profile,
)
from people.follows import Follows
from people.passwords import hashed
from people.security.factors import CODE_CHARS_MAX
from people.security.part import AccountSecurity
from people.sessions import Account, Sessions
from people.settings.welcome import SignedIn, set_cookie
from people.sign_outs import SignOuts

JOIN_RATE = Rate(20, 3600)
SIGN_IN_RATE = Rate(20, 300)
PROFILE_RATE = Rate(60, 3_600)  # search reads each again
log = structlog.get_logger("security")


COUNTRY = r"^([A-Z]{2})?\Z"


class Join(msgspec.Struct, forbid_unknown_fields=True):
    handle: Annotated[str, msgspec.Meta(max_length=HANDLE_CHARS_MAX)]
    password: Password
    birthdate: date
    name: Name | None = None


class SignIn(msgspec.Struct, forbid_unknown_fields=True):
    handle: Annotated[str, msgspec.Meta(max_length=HANDLE_CHARS_MAX)]  # it becomes a key of the rate limits
    password: Annotated[str, msgspec.Meta(max_length=256)]
    code: Annotated[str, msgspec.Meta(max_length=CODE_CHARS_MAX)] = ""  # of a second factor, where there is one


class Change(msgspec.Struct, forbid_unknown_fields=True):
    name: Name | None = None
    bio: Bio | None = None
    language: Language | None = None
    country: Annotated[str, msgspec.Meta(pattern=COUNTRY)] | None = None  # ISO 3166-1; empty: not said


class CurrentSession(msgspec.Struct):
    """`person`: who is signed in; null for a visitor."""

    person: OwnProfile | None


class PeopleRoutes:
    def __init__(
        self,
        database: Database,
        executors: Executors,
        accounts: Accounts,
        sessions: Sessions,
        sign_outs: SignOuts,
        follows: Follows,
        security: AccountSecurity,
    ) -> None:
        self._database = database
        self._executors = executors
        self._accounts = accounts
        self._sessions = sessions
        self._sign_outs = sign_outs
        self._follows = follows
        self._policy = security.policy
        self._passwords = security.passwords
        self._welcome = security.welcome

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "POST", "/api/people", self.join, access=Access.ANYONE, status=201, rate=JOIN_RATE, signs_in=True
            ),
            Operation(
                "POST",
                "/api/sessions",
                self.sign_in,
                access=Access.ANYONE,
                status=201,
                rate=SIGN_IN_RATE,
                signs_in=True,
            ),
            Operation("GET", "/api/sessions/current", self.session, access=Access.ANYONE),
            Operation("DELETE", "/api/sessions/current", self.sign_out),
            Operation("GET", "/api/people/me", self.me),
            Operation("PATCH", "/api/people/me", self.change, rate=PROFILE_RATE, action="post"),
            Operation("GET", "/api/people/{handle}", self.person, access=Access.ANYONE),
            Operation("PUT", "/api/people/{handle}/follow", self.follow),
            Operation("DELETE", "/api/people/{handle}/follow", self.unfollow),
            Operation("GET", "/api/people/{handle}/followers", self.followers, access=Access.ANYONE),
            Operation("GET", "/api/people/{handle}/following", self.following, access=Access.ANYONE),
        ]

    async def join(self, call: Call, body: Join) -> SignedIn:
        """Create an account and sign in."""
        sql = self._executors.sql
        await sql.run(self._accounts.check_new, body.handle, body.birthdate, body.name or "")
        await sql.run(self._policy.check, body.password, body.handle, body.name or "")
        digest = await self._executors.passwords.run(hashed, body.password)
        person = await sql.run(self._accounts.add, body.handle, digest, body.birthdate, body.name or "")
        return await self._welcome.enter(call, Account(person, digest), factor="password", joined=True)

    async def sign_in(self, call: Call, body: SignIn) -> SignedIn:
        """Sign in."""
        account, factor = await self._passwords.proved(call, body.handle, body.password, body.code)
        entered = await self._welcome.enter(call, account, factor=factor)
        await self._passwords.renew(call, account, body.password)
        return entered

    def session(self, call: Call) -> CurrentSession:
        """See who is signed in. Unlike your own profile, a visitor can ask for it, too."""
        return CurrentSession(self.me(call) if call.who else None)

    async def sign_out(self, call: Call) -> None:
        """End the current session."""
        gate: RequestGate = call.request.app.state.gate
        token = gate.token(call.request, unsafe=True)
        await self._executors.sql.run(self._sessions.close, token)
        self._sign_outs.announce(token)
        log.info("signed_out", person=call.identity.id)
        set_cookie(call, gate.cookie, "", 0)

    def me(self, call: Call) -> OwnProfile:
        """Get your own profile."""
        return self._accounts.own(call.identity.id)

    def change(self, call: Call, body: Change) -> OwnProfile:
        """Change your name, bio or language."""
        return self._accounts.change(call.identity.id, body.name, body.bio, body.language, body.country)

    def person(self, call: Call, handle: str) -> Profile:
        """Get a person's profile."""
        viewer = call.who.id if call.who else None
        return self._database.read(lambda c: self._accounts.profile(c, handle, viewer))

    def follow(self, call: Call, handle: str) -> None:
        """Follow a person."""
        self._follows.follow_as(call.identity, handle)

    def unfollow(self, call: Call, handle: str) -> None:
        """Unfollow a person."""
        self._follows.unfollow(call.identity.id, handle)

    def followers(self, call: Call, handle: str, query: Paging) -> Page[Person]:
        """List a person's followers."""
        viewer = call.who.id if call.who else None
        return self._follows.page(handle, viewer, followers=True, cursor=query.cursor, limit=query.limit)

    def following(self, call: Call, handle: str, query: Paging) -> Page[Person]:
        """List whom a person follows."""
        viewer = call.who.id if call.who else None
        return self._follows.page(handle, viewer, followers=False, cursor=query.cursor, limit=query.limit)

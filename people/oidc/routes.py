"""Signing in with the provider, over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse

from core.database import Database
from core.errors import InvalidRequest, Refusal
from core.http import Access, Call, Operation, RequestGate
from core.limits import Rate
from people.accounts import HANDLE_CHARS_MAX, Name
from people.oidc.entering import Entering
from people.oidc.identities import Identities
from people.oidc.journey import SETTINGS_PAGE, SIGN_IN_PAGE, Journey, with_next
from people.oidc.provider import Provider
from people.security.changes import FactorChanges
from people.security.factors import CODE_CHARS_MAX
from people.security.routes import FACTOR_RATE
from people.settings.welcome import SignedIn

OIDC_RATE = Rate(30, 300)
NEXT_CHARS_MAX = 1_000

Handle = Annotated[str, msgspec.Meta(max_length=HANDLE_CHARS_MAX)]
AuthorizationCode = Annotated[str, msgspec.Meta(max_length=2_000)]  # all of the address has 8 KB
Short = Annotated[str, msgspec.Meta(max_length=500)]
log = structlog.get_logger("security")


class Offer(msgspec.Struct, frozen=True):
    """`name`: of the provider, empty if there is none. `linked`: whether whoever asks signs in with it."""

    name: str
    linked: bool


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    next: Annotated[str, msgspec.Meta(max_length=NEXT_CHARS_MAX)] = "/"


class Back(msgspec.Struct):
    code: AuthorizationCode = ""
    state: Short = ""
    error: Short = ""
    iss: Short = ""


class There(msgspec.Struct, frozen=True):
    """`url`: of the provider, for the browser to go to."""

    url: str


class Waiting(msgspec.Struct, frozen=True):
    """What is missing. `code`: a second factor; else an account. `has_account`: one has proved the same e-mail address.
    `handle`, `name`: what the provider suggests."""

    provider: str
    code: bool
    has_account: bool
    handle: str
    name: str


class Newcomer(msgspec.Struct, forbid_unknown_fields=True):
    handle: Handle
    birthdate: date
    name: Name | None = None


class Known(msgspec.Struct, forbid_unknown_fields=True):
    handle: Handle
    password: Annotated[str, msgspec.Meta(max_length=256)]
    code: Annotated[str, msgspec.Meta(max_length=CODE_CHARS_MAX)] = ""


class Code(msgspec.Struct, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(max_length=CODE_CHARS_MAX)]


class _Callback(Operation):
    """Providers add parameters of their own, which it is not ours to refuse."""

    def _query(self, request: Request) -> Any:
        given = {name: value for name, value in request.query_params.items() if name in self._query_fields}
        try:
            return msgspec.convert(given, self.query_type)
        except msgspec.ValidationError as error:
            raise InvalidRequest(str(error)) from None


class OidcRoutes:
    def __init__(
        self,
        database: Database,
        provider: Provider,
        identities: Identities,
        journey: Journey,
        entering: Entering,
        changes: FactorChanges,
        sql: Any,
    ) -> None:
        self._database, self._sql = database, sql
        self._provider = provider
        self._identities = identities
        self._journey = journey
        self._entering = entering
        self._changes = changes

    def operations(self) -> list[Operation]:
        anyone: dict[str, Any] = {"access": Access.ANYONE, "rate": OIDC_RATE}
        enters = {**anyone, "status": 201, "signs_in": True}
        return [
            Operation("GET", "/api/oidc", self.offer, access=Access.ANYONE),
            Operation("GET", "/api/oidc/start", self.start, **anyone),
            _Callback("GET", "/api/oidc/callback", self.callback, **anyone),
            Operation("GET", "/api/oidc/ticket", self.waiting, **anyone),
            Operation("POST", "/api/oidc/people", self.join, **enters),
            Operation("POST", "/api/oidc/sessions", self.link_and_enter, **enters),
            Operation("POST", "/api/oidc/sessions/code", self.enter_code, **enters),
            Operation("POST", "/api/oidc/link", self.link, rate=FACTOR_RATE, step_up=True),
            Operation("DELETE", "/api/oidc/link", self.unlink, rate=FACTOR_RATE, step_up=True),
        ]

    def offer(self, call: Call) -> Offer:
        """See with which provider people sign in here, and whether you do."""
        name, who = self._provider.name, call.who
        linked = bool(name and who and self._database.read(lambda c: self._identities.linked(c, who.id)))
        return Offer(name, linked)

    async def start(self, call: Call, query: Begin) -> RedirectResponse:
        """Go to the provider to sign in."""
        try:
            return RedirectResponse(await self._journey.begin(call, query.next), 303)
        except Refusal as refusal:
            return self._refused(call, SIGN_IN_PAGE, refusal)

    async def callback(self, call: Call, query: Back) -> RedirectResponse:
        """Come back from the provider."""
        page = SIGN_IN_PAGE
        try:
            start = await self._journey.start(call)
            page = SETTINGS_PAGE if start.link else with_next(SIGN_IN_PAGE, start.next)
            to = await self._journey.back(call, start, query.state, query.iss, query.error, query.code)
            return RedirectResponse(to, 303)
        except Refusal as refusal:
            return self._refused(call, page, refusal)

    def _refused(self, call: Call, page: str, refusal: Refusal) -> RedirectResponse:
        """A person looks at this, so a page says it."""
        gate: RequestGate = call.request.app.state.gate
        address = gate.address(call.request)
        gate.security.write("sign_in_refused", address=address, person="", reason=refusal.code)
        return RedirectResponse(f"{page}{'&' if '?' in page else '?'}refused={refusal.code}", 303)

    async def waiting(self, call: Call) -> Waiting:
        """See what is missing to sign in, after the provider."""
        ticket = await self._entering.waiting(call)
        return Waiting(
            self._provider.name, ticket.person is not None, ticket.has_account, ticket.handle, ticket.name
        )  # fmt: skip

    async def join(self, call: Call, body: Newcomer) -> SignedIn:
        """Create an account for the identity, and sign in."""
        return await self._entering.join(call, body.handle, body.birthdate, body.name or "")

    async def link_and_enter(self, call: Call, body: Known) -> SignedIn:
        """Sign in with the password of an account, once, to link the identity to it."""
        return await self._entering.link(call, body.handle, body.password, body.code)

    async def enter_code(self, call: Call, body: Code) -> SignedIn:
        """Give the code of the second factor."""
        return await self._entering.code(call, body.code)

    async def link(self, call: Call) -> There:
        """Begin to link an identity to your account."""
        return There(await self._journey.begin(call, SETTINGS_PAGE, link=True))

    async def unlink(self, call: Call) -> None:
        """Unlink your identity. All other devices are signed out."""
        await self._sql.run(self._identities.unlink, call.identity.id)
        await self._changes.made(call, "oidc_unlinked")

"""The door: an `Operation` is one method of one address, checked and typed on the way in and out.

A handler is an ordinary function. Its parameters say what it needs: `call` (the request and who asks), `body` and
`query` (msgspec structs, validated before it runs), and the placeholders of its path by name. What it returns is the
answer; a `Refusal` it raises is a problem document. `def` handlers run in the thread pool, `async def` ones do not.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from core.errors import (
    BodyTooLarge,
    IdempotencyKeyMissing,
    InvalidRequest,
    NotAllowed,
    NotSignedIn,
    UnsupportedMediaType,
    WrongOrigin,
)
from core.identity import Identity
from core.limits import Limiter, Rate

BODY_BYTES_MAX = 64 * 1024
PAGE_ITEMS_MAX = 100
PAGE_ITEMS = 20
IDEMPOTENCY_KEY_CHARS_MAX = 64
READ_RATE = Rate(600, 60)
WRITE_RATE = Rate(120, 60)

T = TypeVar("T")


class Access(Enum):
    ANYONE = "anyone"
    MEMBER = "member"
    MODERATOR = "moderator"


class Page(msgspec.Struct, Generic[T]):
    """A list as every address answers it. `next` is the cursor of the following page."""

    items: list[T]
    next: str | None = None


class Paging(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What every list takes. Subclass it to take more."""

    cursor: str = ""
    limit: int = PAGE_ITEMS

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= PAGE_ITEMS_MAX:
            raise ValueError(f"limit must be between 1 and {PAGE_ITEMS_MAX}")
        if len(self.cursor) > 100:
            raise ValueError("cursor is not one of ours")


@dataclass(slots=True)
class Call:
    """One request on its way through the door."""

    request: Request
    who: Identity | None
    key: str = ""  # the Idempotency-Key, where the operation asks for one
    headers: dict[str, str] = field(default_factory=dict)  # to send with the answer

    @property
    def identity(self) -> Identity:
        """Who asks, for operations that need somebody."""
        if self.who is None:
            raise NotSignedIn
        return self.who


@dataclass(frozen=True, slots=True)
class Door:
    """What the door asks others for; made once by the application."""

    authenticate: Callable[[str], Identity | None]  # token -> who; blocks, so it runs in the thread pool
    limiter: Limiter
    origins: frozenset[str]  # sites whose pages may use the cookie
    secure_cookie: bool = False  # only over HTTPS; off on a plain local address, where browsers would drop it
    cookie: str = "cadeau_session"

    def token(self, request: HTTPConnection, *, unsafe: bool) -> str:
        """The token of a request; a cookie counts only when the page that used it is ours. Raises WrongOrigin."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        token = request.cookies.get(self.cookie, "")
        if token and unsafe and not self.same_origin(request):
            raise WrongOrigin
        return token

    def same_origin(self, request: HTTPConnection) -> bool:
        origin = request.headers.get("origin")
        if origin is None:
            return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        return origin in self.origins or origin.partition("://")[2] == request.headers.get("host", "")

    def address(self, request: HTTPConnection) -> str:
        """Where a request comes from; behind a proxy that is trusted, what it says (uvicorn has seen to that)."""
        return request.client.host if request.client else ""


class Operation(Route):
    """A route that knows its types: the OpenAPI document is generated from these."""

    def __init__(
        self,
        method: str,
        path: str,
        handler: Callable[..., Any],
        *,
        access: Access = Access.MEMBER,
        status: int = 200,
        money: bool = False,
        rate: Rate | None = None,
        body_bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        hints = get_type_hints(handler)
        self.method = method
        self.handler = handler
        self.access = access
        self.status = status
        self.money = money
        self.rate = rate or (READ_RATE if method == "GET" else WRITE_RATE)
        self.body_bytes_max = body_bytes_max
        self.body_type: Any = hints.get("body")
        self.query_type: Any = hints.get("query")
        self.answer_type: Any = hints.get("return")
        self.summary = (inspect.getdoc(handler) or "").partition("\n")[0]
        self._decode = msgspec.json.Decoder(self.body_type) if self.body_type else None
        self._parameters = frozenset(inspect.signature(handler).parameters)
        self._blocking = not inspect.iscoroutinefunction(handler)
        super().__init__(path, self._answer, methods=[method], name=f"{method} {path}")
        self.methods = {method}  # Starlette adds HEAD to GET; a list of operations is clearer without
        if self.query_type is not None:
            self._query_fields = frozenset(f.encode_name for f in msgspec.structs.fields(self.query_type))
        else:
            self._query_fields = frozenset()

    async def _answer(self, request: Request) -> Response:
        door: Door = request.app.state.door
        unsafe = self.method != "GET"
        token = door.token(request, unsafe=unsafe)
        who = await run_in_threadpool(door.authenticate, token) if token else None
        door.limiter.take(self.name, who.id if who else door.address(request), self.rate)
        self._check_access(who)
        call = Call(request, who, self._idempotency_key(request))
        arguments = {"call": call, "query": self._query(request), **request.path_params}
        if self._decode is not None:
            arguments["body"] = self._body(await read_body(request, self.body_bytes_max), request)
        arguments = {name: value for name, value in arguments.items() if name in self._parameters}
        result = (
            await run_in_threadpool(self.handler, **arguments) if self._blocking else await self.handler(**arguments)
        )
        if isinstance(result, Response):
            result.headers.update(call.headers)
            return result
        if result is None:
            return Response(status_code=204, headers=call.headers)
        return Response(msgspec.json.encode(result), self.status, call.headers, "application/json")

    def _check_access(self, who: Identity | None) -> None:
        if self.access is Access.ANYONE:
            return
        if who is None:
            raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
        if self.access is Access.MODERATOR and not who.moderates:
            raise NotAllowed("Only moderators may do this.")

    def _idempotency_key(self, request: Request) -> str:
        if not self.money:
            return ""
        key = request.headers.get("idempotency-key", "").strip()
        if not key:
            raise IdempotencyKeyMissing
        if len(key) > IDEMPOTENCY_KEY_CHARS_MAX:
            raise InvalidRequest(f"An Idempotency-Key has at most {IDEMPOTENCY_KEY_CHARS_MAX} characters.")
        return key

    def _query(self, request: Request) -> Any:
        given = dict(request.query_params)
        unknown = given.keys() - self._query_fields
        if unknown:
            raise InvalidRequest(f"This address does not know the parameter {sorted(unknown)[0][:50]!r}.")
        if self.query_type is None:
            return None
        try:
            return msgspec.convert(given, self.query_type, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidRequest(str(error)) from None

    def _body(self, body: bytes, request: Request) -> Any:
        if request.headers.get("content-type", "application/json").partition(";")[0].strip() != "application/json":
            raise UnsupportedMediaType("This address takes application/json.")
        assert self._decode is not None
        try:
            return self._decode.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:  # ValidationError is a DecodeError
            raise InvalidRequest(str(error)) from None


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body. Raises BodyTooLarge as soon as it is known to be, without reading on."""
    try:
        declared = int(request.headers.get("content-length", "0"))
    except ValueError:
        raise InvalidRequest("Content-Length is not a number.") from None
    if declared > bytes_max:
        raise BodyTooLarge(f"At most {bytes_max} bytes.", headers={"Connection": "close"})
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > bytes_max:
            raise BodyTooLarge(f"At most {bytes_max} bytes.", headers={"Connection": "close"})
        chunks.append(chunk)
    return b"".join(chunks)

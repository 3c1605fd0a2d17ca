"""An `Operation` is one method of one path, with typed and validated requests and answers.

A handler is an ordinary function. Its parameters say what it needs: `call` (the request and who asks), `body` and
`query` (msgspec structs, validated before it runs), and the placeholders of its path by name. It returns the answer;
a `Refusal` it raises becomes a problem document. `def` handlers run on the SQL pool, so they may use the blocking
`Database.read` and `write` but wait for nothing slower; `async def` handlers run on the event loop.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import AsyncIterator, Callable
from typing import Any, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from core.errors import IdempotencyKeyMissing, InvalidRequest, NotAllowed, NotSignedIn, UnsupportedMediaType
from core.http.body import BODY_BYTES_MAX, media_type, read_body
from core.http.call import Access, Call
from core.http.request_gate import RequestGate
from core.identity import Action, Identity, may
from core.limits import Rate

IDEMPOTENCY_KEY_CHARS_MAX = 64
READ_RATE = Rate(600, 60)
WRITE_RATE = Rate(120, 60)
_JSON = "application/json"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # an escaped NUL: not one behind an escaped backslash


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
        signs_in: bool = False,
        action: Action | None = None,
        step_up: bool = False,
    ) -> None:
        """`action`: what is asked of `may`; without it `act`, but `always` for reading, deleting and strangers.

        `step_up`: only for a session that has confirmed a short while ago who it is (`must_have_stepped_up`).

        `signs_in`: it sets the session cookie, so its body must declare its type. A page of another site can send
        a body without one, and must not sign anybody in."""
        self.method = method
        self.handler = handler
        self.access = access
        free = method in ("GET", "DELETE") or access is Access.ANYONE
        self.action: Action = action or ("always" if free else "act")
        self.step_up = step_up
        self.status = status
        self.money = money
        self.rate = rate or (READ_RATE if method == "GET" else WRITE_RATE)
        self.body_bytes_max = body_bytes_max
        self._default_type = "" if signs_in else _JSON
        hints, self._parameters, self.summary = _read(getattr(handler, "__func__", handler))
        self.body_type: Any = hints.get("body")
        self.query_type: Any = hints.get("query")
        self.answer_type: Any = hints.get("return")
        self._decode = msgspec.json.Decoder(self.body_type) if self.body_type else None
        self._blocking = not inspect.iscoroutinefunction(handler)
        super().__init__(path, self._answer, methods=[method], name=f"{method} {path}")
        if self.query_type is not None:
            self._query_fields = frozenset(f.encode_name for f in msgspec.structs.fields(self.query_type))
        else:
            self._query_fields = frozenset()

    async def _answer(self, request: Request) -> Response:
        gate: RequestGate = request.app.state.gate
        gate.limit_address(request)
        who = await gate.identify(gate.token(request, unsafe=self.method != "GET"))
        if who is not None:
            request.scope.setdefault("state", {})["person"] = who.id  # for the security log, if this is refused
        gate.limiter.consume(self.name, who.id if who else gate.address(request), self.rate)
        self._check_access(who)
        call = Call(request, who, self._idempotency_key(request))
        response = self._response(request, await self._run(gate, call))
        response.headers.update(call.headers)
        response.headers.setdefault("Cache-Control", "no-store")  # what it says may depend on who asks
        for cookie in call.cookies:
            response.headers.append("Set-Cookie", cookie)
        return response

    async def _run(self, gate: RequestGate, call: Call) -> Any:
        """Call the handler with what its parameters ask for."""
        request = call.request
        arguments = {"call": call, "query": self._query(request), **request.path_params}
        if self._decode is not None:
            arguments["body"] = self._body(await read_body(request, self.body_bytes_max), request)
        arguments = {name: value for name, value in arguments.items() if name in self._parameters}
        if self._blocking:
            return await gate.executors.sql.run(self.handler, **arguments)
        return await self.handler(**arguments)

    def _response(self, request: Request, result: Any) -> Response:
        if result is None:
            return Response(status_code=204)
        if not isinstance(result, Response):
            return Response(msgspec.json.encode(result), self.status, media_type=_JSON)
        response: Response = result
        if request.method == "HEAD" and isinstance(response, StreamingResponse):
            response.body_iterator = _nothing()
        return response

    def _check_access(self, who: Identity | None) -> None:
        if who is not None:
            may(who, self.action)
        if self.access is Access.ANYONE:
            return
        if who is None:
            raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
        if self.access is Access.MODERATOR and not who.moderates:
            raise NotAllowed("Only moderators may do this.")
        if self.step_up:
            who.must_have_stepped_up()

    def _idempotency_key(self, request: Request) -> str:
        if not self.money:
            return ""
        key = request.headers.get("idempotency-key", "").strip()
        if not key:
            raise IdempotencyKeyMissing
        if len(key) > IDEMPOTENCY_KEY_CHARS_MAX:
            raise InvalidRequest(f"An Idempotency-Key must have at most {IDEMPOTENCY_KEY_CHARS_MAX} characters.")
        return key

    def _query(self, request: Request) -> Any:
        given = dict(request.query_params)
        unknown = given.keys() - self._query_fields
        if unknown:
            raise InvalidRequest(f"Unknown query parameter {sorted(unknown)[0][:50]!r}.")
        if self.query_type is None:
            return None
        try:
            return msgspec.convert(given, self.query_type, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidRequest(str(error)) from None

    def _body(self, body: bytes, request: Request) -> Any:
        if media_type(request.headers.get("content-type", self._default_type)) != _JSON:
            raise UnsupportedMediaType("The content type must be application/json.")
        assert self._decode is not None
        if b"\\u0000" in body and _NUL.search(body):  # PostgreSQL's text cannot hold it
            raise InvalidRequest("Text must not contain NUL.")
        try:
            return self._decode.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:  # ValidationError is a DecodeError
            raise InvalidRequest(str(error)) from None


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield b""


@functools.cache
def _read(handler: Callable[..., Any]) -> tuple[dict[str, Any], frozenset[str], str]:
    """Its type hints, the names of its parameters and its summary. Tests open the same routes thousands of times."""
    summary = (inspect.getdoc(handler) or "").partition("\n")[0]
    return get_type_hints(handler), frozenset(inspect.signature(handler).parameters), summary

"""Checks every request: its token, its origin, its rate."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

from core.errors import Refusal, WrongOrigin
from core.executors import Executors
from core.http.refusals.security_log import SecurityLog
from core.identity import Identity
from core.limits import Limiter, Rate, network_of

ADDRESS_RATE = Rate(6_000, 60)  # an address may stand for many people


@dataclass(frozen=True, slots=True)
class RequestGate:
    """Created once by the application, which keeps it in `app.state.gate`."""

    authenticate: Callable[[str], Identity | None]  # resolves a token; blocks, so `identify` runs it on the SQL pool
    limiter: Limiter
    origins: frozenset[str]  # origins whose pages may use the cookie
    secure_cookie: bool = False  # only over HTTPS; off on a plain local address, where browsers would drop it
    cookie: str = "cadeau_session"
    device_cookie: str = "cadeau_device"
    country_header: str = ""  # in which a trusted proxy names the country; empty: none does
    executors: Executors = field(default_factory=Executors)
    security: SecurityLog = field(default_factory=SecurityLog)
    watch: Callable[[str, Callable[[], None]], Callable[[], None]] = lambda _token, _on_end: lambda: None
    """(token, on_end) -> unwatch: calls `on_end` when the token's session ends, for what outlives a request."""
    watch_person: Callable[[str, Callable[[], None]], Callable[[], None]] = lambda _person, _on_change: lambda: None
    """(person, on_change) -> unwatch: calls `on_change` when what this person may do has changed."""

    def limit_address(self, request: HTTPConnection) -> None:
        """Before anything that costs a query: whoever asks is not known yet. Raises RateExceeded."""
        self.limiter.consume("address", self.address(request), ADDRESS_RATE)

    async def identify(self, token: str) -> Identity | None:
        """Resolve a token to a person. Raises the refusal of `authenticate`."""
        return await self.executors.sql.run(self.authenticate, token) if token else None

    def token(self, request: HTTPConnection, *, unsafe: bool) -> str:
        """The request's token. With `unsafe`, a cookie counts only from our own pages. Raises WrongOrigin."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        token = request.cookies.get(self.cookie, "")
        if token and unsafe and not self.same_origin(request):
            raise WrongOrigin
        return token

    def note_refusal(self, request: Request, refusal: Refusal) -> None:
        """Write it to the security log, if it is an event for it."""
        shown = bool(request.headers.get("authorization") or request.cookies.get(self.cookie))
        self.security.note(request, refusal, address=self.address(request), shown=shown)

    def opted_out(self, request: HTTPConnection) -> bool:
        """Whether the browser asks for privacy (Global Privacy Control)."""
        return request.headers.get("sec-gpc", "").strip() == "1"

    def same_origin(self, request: HTTPConnection) -> bool:
        given = request.headers.get("origin")
        if given is None:
            return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        asked = origin_of(f"{_HTTP.get(request.scope['scheme'], '')}://{request.headers.get('host', '')}")
        return origin_of(given) in {asked, *map(origin_of, self.origins)} - {None}

    def address(self, request: HTTPConnection) -> str:
        """Where the client is, for rate limits. uvicorn has already applied a trusted proxy's X-Forwarded-For."""
        return network_of(request.client.host) if request.client else ""

    def country(self, request: HTTPConnection) -> str:
        """Where the client is (ISO 3166-1), as far as a trusted proxy says; empty if nobody knows.

        uvicorn sets the port of an address to 0 when it comes from a trusted proxy's X-Forwarded-For. Whoever connects
        directly has another port, and can claim nothing."""
        if not self.country_header or request.client is None or request.client.port != 0:
            return ""
        code = request.headers.get(self.country_header, "").strip().upper()
        return code if _COUNTRY.match(code) and code not in _NOWHERE else ""


_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_NOWHERE = frozenset({"XX", "ZZ", "T1", "AP", "EU"})  # what proxies say when they do not know
_PORTS = {"http": 80, "https": 443}
_HTTP = {"http": "http", "https": "https", "ws": "http", "wss": "https"}


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL (RFC 6454, 4): in lower case, and with the port that a scheme stands for. None if
    it has no such origin."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, _PORTS[parts.scheme] if port is None else port

"""Checks every request: its token, its origin, its rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from core.errors import WrongOrigin
from core.executors import Executors
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
    executors: Executors = field(default_factory=Executors)
    watch: Callable[[str, Callable[[], None]], Callable[[], None]] = lambda _token, _on_end: lambda: None
    """(token, on_end) -> unwatch: calls `on_end` when the token's session ends, for what outlives a request."""

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

    def same_origin(self, request: HTTPConnection) -> bool:
        given = request.headers.get("origin")
        if given is None:
            return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        asked = origin_of(f"{_HTTP.get(request.scope['scheme'], '')}://{request.headers.get('host', '')}")
        return origin_of(given) in {asked, *map(origin_of, self.origins)} - {None}

    def address(self, request: HTTPConnection) -> str:
        """Where the client is, for rate limits. uvicorn has already applied a trusted proxy's X-Forwarded-For."""
        return network_of(request.client.host) if request.client else ""


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

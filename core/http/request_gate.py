"""Checks every request: its token, its origin, its rate."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from core.errors import WrongOrigin
from core.executors import Executors
from core.identity import Identity
from core.limits import Limiter


@dataclass(frozen=True, slots=True)
class RequestGate:
    """Created once by the application, which keeps it in `app.state.gate`."""

    authenticate: Callable[[str], Identity | None]  # resolves a token; blocks, so `identify` runs it on the SQL pool
    limiter: Limiter
    origins: frozenset[str]  # origins whose pages may use the cookie
    secure_cookie: bool = False  # only over HTTPS; off on a plain local address, where browsers would drop it
    cookie: str = "cadeau_session"
    executors: Executors = field(default_factory=Executors)

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
        origin = request.headers.get("origin")
        if origin is None:
            return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        return origin in self.origins or origin.partition("://")[2] == request.headers.get("host", "")

    def address(self, request: HTTPConnection) -> str:
        """Where the client is, for rate limits. uvicorn has already applied a trusted proxy's X-Forwarded-For.

        Of an IPv6 address the /64 network, because a customer has all of its addresses.
        """
        host = request.client.host if request.client else ""
        if ":" not in host:
            return host
        try:
            address = ipaddress.IPv6Address(host.partition("%")[0])
        except ValueError:
            return host
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False))

"""Answers what no route does: 405 where the address is known but not with this method (RFC 9110, 15.5.6), else 404."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from core.errors import MethodNotAllowed, NotFound


class NoOperation(BaseRoute):
    """Comes after the routes of the server and before those of the web client, which answer every address.

    What is below the first part of a server's address, such as /api, belongs to the server.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        routes = list(routes)
        self._routes = [route for route in routes if isinstance(route, Route)]
        paths = [route.path for route in routes if isinstance(route, Route | WebSocketRoute)]
        self._prefixes = tuple({f"/{path.split('/')[1]}/" for path in paths if path.count("/") > 1})

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http":
            return Match.NONE, {}
        path: str = scope["path"]
        below = path.startswith(self._prefixes) and path not in self._prefixes
        return (Match.FULL, {}) if below or self._allowed(scope) else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        allowed = self._allowed(scope)
        if not allowed:
            raise NotFound
        raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(allowed))})

    def _allowed(self, scope: Scope) -> set[str]:
        """The methods of all routes with this path: operations have a route for each method."""
        matching = (route for route in self._routes if route.matches(scope)[0] is not Match.NONE)
        return {method for route in matching for method in route.methods or ()}

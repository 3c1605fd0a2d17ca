"""Answers 405 where a path is known but not with this method (RFC 9110, 15.5.6)."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from core.errors import MethodNotAllowed


class OtherMethods(BaseRoute):
    """Comes after the routes it knows, and before the web client, which would answer 404 for every other method."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = [route for route in routes if isinstance(route, Route)]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        known = scope["type"] == "http" and any(route.matches(scope)[0] is not Match.NONE for route in self._routes)
        return (Match.FULL, {}) if known else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(self._allowed(scope)))})

    def _allowed(self, scope: Scope) -> set[str]:
        """The methods of all routes with this path: operations have a route for each method."""
        matching = (route for route in self._routes if route.matches(scope)[0] is not Match.NONE)
        return {method for route in matching for method in route.methods or ()}

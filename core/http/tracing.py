"""Gives every request an id, an entry in the metrics and the log, and the security headers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import InvalidRequest
from core.http.refusals.problems import fault_response, problem_response
from core.http.security_headers import security_headers
from core.ids import new_id

REQUESTS = Counter("cadeau_http_requests_total", "HTTP requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "cadeau_http_request_seconds", "Time to answer.", ["route"], buckets=(0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
)
_GIVEN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}\Z")

log = structlog.get_logger("http")


class Tracing:
    """Pure ASGI, so that it costs nothing on a WebSocket and does not buffer bodies."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] | None = None) -> None:
        """`headers`: for every answer that does not have its own."""
        self._app = app
        self._headers = security_headers() if headers is None else headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _GIVEN_ID.match(given) else new_id()
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        status = 0

        async def send_traced(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
                nul = InvalidRequest("An address must not contain NUL.")  # PostgreSQL's text and file names cannot
                await problem_response(Request(scope), nul)(scope, receive, send_traced)
            else:
                await self._app(scope, receive, send_traced)
        except Exception as error:  # in this middleware, so that a fault's response carries the request id too
            fault = fault_response(Request(scope), error)
            if status == 0:
                await fault(scope, receive, send_traced)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "none")
            REQUESTS.labels(scope["method"], route, str(status)).inc()
            SECONDS.labels(route).observe(seconds)
            log.debug("request", method=scope["method"], path=scope["path"], status=status, seconds=round(seconds, 4))

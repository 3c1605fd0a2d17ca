"""Problem documents (RFC 9457): the one place that turns a refusal or a fault into a response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from core.errors import InvalidRequest, MethodNotAllowed, NotFound, Refusal, Unavailable
from core.http.request_gate import RequestGate
from core.outages import is_outage

log = structlog.get_logger("http")


class Problem(msgspec.Struct):
    """The body of every error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str = ""


def problem_response(request: Request, refusal: Refusal) -> Response:
    problem = Problem(
        type=f"/docs/errors#{refusal.code}",
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        code=refusal.code,
        request_id=request.scope.get("state", {}).get("request_id", ""),
    )
    headers = {"Cache-Control": "no-store", **refusal.headers}
    return Response(msgspec.json.encode(problem), refusal.status, headers, "application/problem+json")


async def on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    gate: RequestGate | None = getattr(request.app.state, "gate", None)
    if gate is not None:
        gate.note_refusal(request, error)
    return problem_response(request, error)


def on_http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own errors: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    refusal: Refusal = {404: NotFound(), 405: MethodNotAllowed()}.get(error.status_code, InvalidRequest(error.detail))
    refusal.headers.update(error.headers or {})
    if error.status_code not in (404, 405):
        refusal.status = error.status_code
    return problem_response(request, refusal)


def fault_response(request: Request, error: Exception) -> Response:
    """An unexpected exception: logged once with its traceback, which the client does not see."""
    if not isinstance(error, ClientDisconnect):
        log.error("fault", path=request.url.path, exc_info=error)
    fault = Refusal("Something went wrong on the server; it has been logged.")
    fault.code, fault.status, fault.title = "internal_error", 500, "Internal error."
    return problem_response(request, fault)


def on_database_away(request: Request, error: Exception) -> Response:
    """The database cannot be used for now: the client may retry. The database logs its outages itself."""
    if not is_outage(error):
        return fault_response(request, error)
    return problem_response(request, Unavailable(headers={"Retry-After": "2"}))


EXCEPTION_HANDLERS: dict[Any, Callable[[Request, Exception], Response | Awaitable[Response]]] = {
    Refusal: on_refusal,
    HTTPException: on_http_exception,
    DBAPIError: on_database_away,
    PoolTimeout: on_database_away,
}

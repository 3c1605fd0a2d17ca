"""`/healthz`, `/readyz` and `/metrics`: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.bus import Bus
from core.database import Database
from core.executors import Executors
from core.storage import Storage

CHECK_TIMEOUT_S = 5.0


class Readiness(msgspec.Struct):
    """Which parts answer."""

    ready: bool
    parts: dict[str, str]


def health_routes(database: Database, bus: Bus, storage: Storage, executors: Executors) -> list[Route]:
    checks: dict[str, Callable[[], Awaitable[None]]] = {
        "database": lambda: executors.sql.run(database.ping),
        "bus": bus.ping,
        "storage": lambda: executors.storage.run(storage.ping),
    }

    async def alive(_request: Request) -> Response:
        return _json(200, {"alive": True})

    async def ready(_request: Request) -> Response:
        answers = await asyncio.gather(*(_check(check) for check in checks.values()))
        report = Readiness(all(a == "ok" for a in answers), dict(zip(checks, answers, strict=True)))
        return _json(200 if report.ready else 503, report)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


async def _check(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await asyncio.wait_for(check(), CHECK_TIMEOUT_S)
    except Exception as error:
        return type(error).__name__  # the text may name hosts and users
    return "ok"


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, {"Cache-Control": "no-store"}, "application/json")

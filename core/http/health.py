"""`/healthz`, `/readyz` and `/metrics`: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.bus import Bus
from core.database import Database
from core.errors import NotAllowed
from core.executors import Executors
from core.settings import Network
from core.storage import Storage

CHECK_TIMEOUT_S = 5.0


class Readiness(msgspec.Struct):
    """Which parts answer."""

    ready: bool
    parts: dict[str, str]


def health_routes(
    database: Database, bus: Bus, storage: Storage, executors: Executors, metrics_for: Sequence[Network]
) -> list[Route]:
    """`metrics_for`: the networks whose addresses may read the metrics."""
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

    async def metrics(request: Request) -> Response:
        if not _is_in(request.client.host if request.client else "", metrics_for):
            raise NotAllowed("CADEAU_METRICS_ADDRESSES does not name this address.")
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


def _is_in(host: str, networks: Sequence[Network]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


async def _check(check: Callable[[], Awaitable[None]]) -> str:
    try:
        await asyncio.wait_for(check(), CHECK_TIMEOUT_S)
    except Exception as error:
        return type(error).__name__  # the text may name hosts and users
    return "ok"


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, {"Cache-Control": "no-store"}, "application/json")

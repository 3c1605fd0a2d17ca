"""`/healthz`, `/readyz` and `/metrics`: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

import ipaddress
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.database import sqlite_path
from core.errors import NotAllowed
from core.http.readiness import Check, Degraded, Readings
from core.settings import Network, networks_of

if TYPE_CHECKING:
    from core.core import Core

WRITABLE_BYTES_MIN = 4_000_000  # with less, the database may be unable to finish what it has begun
PROBE_BYTES = 4096


def health_routes(core: Core, helpful: Mapping[str, Check]) -> list[Route]:
    """`helpful`: what domains can do without."""
    database, storage, executors = core.database, core.storage, core.executors
    folders = {core.settings.data_dir, *(path.parent for path in [sqlite_path(database.url)] if path is not None)}

    async def database_writes() -> None:
        await executors.sql.run(database.ping)
        await executors.sql.run(database.check_write)

    async def disk_has_room() -> None:
        await executors.storage.run(_check_room, folders)

    readings = Readings(
        needed={"database": database_writes, "disk": disk_has_room},
        helpful={"bus": core.bus.ping, "storage": lambda: executors.storage.run(storage.ping), **helpful},
    )
    readers = networks_of(core.settings.metrics_addresses)

    async def alive(_request: Request) -> Response:
        return _json(200, {"alive": True})

    async def ready(_request: Request) -> Response:
        report = await readings.report()
        return _json(200 if report.ready else 503, report)

    async def metrics(request: Request) -> Response:
        if not _is_in(request.client.host if request.client else "", readers):
            raise NotAllowed("CADEAU_METRICS_ADDRESSES does not name this address.")
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


def _is_in(host: str, networks: Iterable[Network]) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in networks)


def _check_room(folders: Iterable[Path]) -> None:
    """Write a little into each folder: full and read-only disks, and quotas, show only then."""
    for folder in folders:
        if shutil.disk_usage(folder).free < WRITABLE_BYTES_MIN:
            raise Degraded("full")
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()


def _json(status: int, body: object) -> Response:
    return Response(msgspec.json.encode(body), status, {"Cache-Control": "no-store"}, "application/json")

"""The process: one TaskGroup owns every long-running task. An outage of a database, Redis, the storage or a disk
restarts a task at most; if one dies of anything else, the process logs which and stops."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Collection, Iterator
from functools import partial

import structlog
import uvicorn

from cadeau.app import Cadeau, open_cadeau
from cadeau.demo.demo import Demo
from cadeau.listener import http_beside_media
from core.garbage import freeze_gc
from core.http.protocol import Guard, uvicorn_options
from core.jobs import Lane
from core.outages import run_through_outages
from core.part import Run
from core.settings import Settings
from live.media.kernel import KernelMissingError
from live.media.transport.tcp import listen

GRACE_S = 5  # for requests in progress when the process must stop
KEEP_ALIVE_S = 30

log = structlog.get_logger("cadeau")


class Stop(Exception):
    """The process was asked to stop."""


class _Server(uvicorn.Server):
    """Leaves signals to us, because the whole process stops, not only its HTTP server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Raises when a part that must run has stopped."""
    cadeau = open_cadeau(settings)
    try:
        cadeau.core.database.read(cadeau.money.rates.check)
        _open_media(cadeau, settings)  # report a port that is in use before serving anything
        with _named(f"CADEAU_PORT={settings.port}"):
            listener = listen(cadeau.live.node.beside_http or settings.host, settings.port)
        await run_through_outages("replaying erasures", partial(_replay_erasures, cadeau))
        await run_through_outages("becoming a node", cadeau.live.ownership.register)
        await _run(cadeau, settings, listener)
    finally:
        cadeau.close()


async def _replay_erasures(cadeau: Cadeau) -> None:
    """A database from a backup may know people again who have been erased since: hide them before anybody sees them."""
    if revived := await cadeau.core.database.executor.run(cadeau.privacy.erasing.replay):
        log.warning("erased accounts were in the database again", accounts=revived)


async def work(settings: Settings, lanes: Collection[Lane]) -> None:
    """Run jobs only: `cadeau worker`."""
    cadeau = open_cadeau(settings)
    try:
        with contextlib.suppress(Stop):
            async with _tasks() as tasks:
                tasks.create_task(_must_run("jobs", lambda: cadeau.run_jobs(lanes)), name="jobs")
                tasks.create_task(_until_signalled(), name="signals")
    finally:
        cadeau.close()


def _open_media(cadeau: Cadeau, settings: Settings) -> None:
    try:
        with _named(f"CADEAU_MEDIA_PORT={settings.media_port}"):
            cadeau.live.node.open()
    except KernelMissingError as error:  # reported without a traceback, like every reason not to start
        raise OSError(str(error)) from None


@contextlib.contextmanager
def _named(setting: str) -> Iterator[None]:
    """Prefix an OSError with the setting that caused it."""
    try:
        yield
    except OSError as error:
        raise OSError(f"{setting}: {error.strerror or error}") from None


async def _run(cadeau: Cadeau, settings: Settings, listener: socket.socket) -> None:
    guard, node = Guard(settings.trusted_proxies), cadeau.live.node
    protocol = http_beside_media(node, settings, guard) if node.beside_http else None
    server = _Server(
        uvicorn.Config(
            cadeau.asgi,
            **uvicorn_options(guard, protocol),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    try:
        async with _tasks() as tasks:
            for name, run in cadeau.tasks:
                tasks.create_task(_must_run(name, run), name=name)
            tasks.create_task(_must_run("jobs", cadeau.run_jobs), name="jobs")
            tasks.create_task(_must_run("http", lambda: server.serve([listener])), name="http")
            if settings.demo:
                tasks.create_task(_must_run("demo", Demo(cadeau).run), name="demo")
            tasks.create_task(_welcome(server, settings), name="welcome")
            tasks.create_task(_until_signalled(server), name="signals")
    except Stop:
        log.info("stopped")


@contextlib.asynccontextmanager
async def _tasks() -> AsyncIterator[asyncio.TaskGroup]:
    """A TaskGroup that raises its first real fault, or Stop."""
    try:
        async with asyncio.TaskGroup() as tasks:
            yield tasks
    except BaseExceptionGroup as group:
        faults = [error for error in group.exceptions if not isinstance(error, Stop)]
        raise (faults or list(group.exceptions))[0] from None


async def _must_run(name: str, run: Run) -> None:
    try:
        await run_through_outages(name, run)
    except asyncio.CancelledError:
        raise
    except BaseException as error:
        log.critical("task died", task=name, exc_info=error)
        raise
    log.critical("task ended", task=name)
    raise RuntimeError(f"{name} ended")


async def _welcome(server: uvicorn.Server, settings: Settings) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    freeze_gc()
    print(f"\n  Cadeau is at {settings.base_url}\n", flush=True)


async def _until_signalled(server: uvicorn.Server | None = None) -> None:
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, signalled.set)
    await signalled.wait()
    if server is not None:
        await _finish_requests(server)
    raise Stop


async def _finish_requests(server: uvicorn.Server) -> None:
    """Accept no more connections and give the open ones GRACE_S to end."""
    for listener in server.servers:
        listener.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()  # closes WebSockets with 1012 and HTTP after its answer
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            while server.server_state.connections:
                await asyncio.sleep(0.02)

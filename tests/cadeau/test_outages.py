"""Everything the server depends on goes away for a while: every task survives, says so once, and goes on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from cadeau.app import Cadeau, open_cadeau
from cadeau.migrations import migrate
from chat.events import encode
from chat.kinds.say import Said
from chat.members import topic
from chat.wire import array
from core.core import delete_finished_jobs
from core.database import Database
from core.identity import Identity, Person
from core.ids import new_id
from core.jobs import Job, JobKind, Lane
from core.outages import run_through_outages
from core.settings import Settings
from live.tables import nodes, rooms
from tests.cadeau.dependencies import DEPENDENCIES, Dependency
from tests.services import free_port

WAIT_S = 90.0
OUTAGE_S = 2.0  # every task that does something once a second meets it


@pytest.fixture(params=DEPENDENCIES, ids=lambda dependency: dependency.__name__)
def dependency(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Dependency]:
    make: Callable[[Path], AbstractContextManager[Dependency]] = request.param
    with make(tmp_path) as made:
        yield made


@pytest.fixture
def cadeau(dependency: Dependency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cadeau]:
    monkeypatch.setattr("core.database.engines.BUSY_TIMEOUT_MS", 300)
    monkeypatch.setattr("core.jobs.jobs.OUTAGE_RETRY_MS", 200)
    monkeypatch.setattr("core.jobs.jobs.SCHEDULE_POLL_S", 0.5)
    settings = Settings(
        data_dir=tmp_path / "data", media_port=free_port(socket.SOCK_DGRAM), rate_limits=False, **dependency.settings
    )
    database = Database.from_settings(settings)
    migrate(database)
    database.close()
    opened = open_cadeau(settings)
    yield opened
    opened.close()


class Watched:
    """A job that needs the database and the storage, and tells how often it was run."""

    def __init__(self, cadeau: Cadeau) -> None:
        self._cadeau = cadeau
        self.attempts: list[int] = []

    def run(self, job: Job) -> None:
        self.attempts.append(job.attempt)
        self._cadeau.core.storage.put_bytes(f"outage/{new_id().lower()}", b"stored")
        delete_finished_jobs(self._cadeau.core)


@contextlib.asynccontextmanager
async def every_task(cadeau: Cadeau, watched: Watched) -> AsyncIterator[dict[str, asyncio.Task[None]]]:
    """Run every long-running task of the application, as the server does."""
    schedules = [schedule for part in cadeau.parts for schedule in part.schedules]
    kinds = {**cadeau.job_kinds, "watched": JobKind(watched.run, Lane.TRUST)}
    every = {**dict(cadeau.tasks), "jobs": lambda: cadeau.core.jobs.run(kinds, schedules)}
    running = {name: asyncio.create_task(run_through_outages(name, run), name=name) for name, run in every.items()}
    try:
        yield running
    finally:
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


async def until(true: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await true():
            await asyncio.sleep(0.1)


async def test_every_task_survives_an_outage_and_goes_on_after_it(cadeau: Cadeau, dependency: Dependency) -> None:
    watched = Watched(cadeau)
    database, live = cadeau.core.database, cadeau.live
    transport = httpx.ASGITransport(cadeau.asgi)
    async with (
        httpx.AsyncClient(base_url="http://test", transport=transport) as http,
        every_task(cadeau, watched) as tasks,
    ):

        async def ready() -> dict[str, Any]:
            answer = await http.get("/readyz")
            report: dict[str, Any] = answer.json()
            assert (answer.status_code == 200) == report["ready"]
            return report

        async def well() -> bool:
            report = await ready()
            return bool(report["ready"]) and not set(report["degraded"]) & {"bus", "storage"}

        async def ill() -> bool:
            report = await ready()
            if not dependency.degraded:
                return not report["ready"]
            return bool(report["ready"]) and dependency.degraded in report["degraded"]

        def add_job() -> str:
            return database.write(lambda c: cadeau.core.jobs.add(c, "watched", "outage", {}))

        await until(well)
        room = await asyncio.to_thread(make_room, cadeau)
        live.presence.open(await live.ownership.claim(room))
        member = await cadeau_members(cadeau)._enter(room)  # so that the room's log is followed
        await asyncio.to_thread(add_job)
        with capture_logs() as logs:
            await asyncio.to_thread(dependency.stop)
            live.audience.add_likes(room, 3)
            live.presence.update(room, sending=True, taken=True)
            cadeau.core.bus.publish(topic(room), new_id().encode() + array([said(9)]))
            cadeau.core.jobs.wake()
            await until(ill)
            await asyncio.sleep(OUTAGE_S)
            died = {name: task for name, task in tasks.items() if task.done()}
            await asyncio.to_thread(dependency.start)
            await until(well)
            assert died == {}
        said_about = Counter(entry["what"] for entry in logs if entry["event"].startswith("away"))
        assert not [name for name, times in said_about.items() if times > 1], said_about
        assert not [entry for entry in logs if entry["log_level"] in ("error", "critical")], logs

        async def goes_on() -> bool:
            row = await database.read_async(lambda c: c.execute(select(rooms).where(rooms.c.id == room)).one())
            job = await database.read_async(lambda c: cadeau.core.jobs.latest(c, "outage"))
            return (row.likes, row.state) == (3, "live") and job is not None and job.state == "done"

        await until(goes_on)
        assert set(watched.attempts) == {1}, "an outage must not use up a job's attempts"
        beat = await heartbeat(cadeau)
        await until(lambda: changed(cadeau, beat))
        news = asyncio.Event()
        cadeau.core.bus.subscribe("outage", lambda _: news.set())

        async def heard() -> bool:
            cadeau.core.bus.publish("outage", b"")
            return news.is_set()

        await until(heard)
        assert not [name for name, task in tasks.items() if task.done()]
        cadeau_members(cadeau)._exit(member)


def cadeau_members(cadeau: Cadeau) -> Any:
    return next(part.api for part in cadeau.parts if part.name == "chat").members  # type: ignore[attr-defined]


def make_room(cadeau: Cadeau) -> str:
    host: Person = cadeau.people.accounts.join("ada", "correct horse battery", date(1990, 1, 1))
    return cadeau.live.rooms.create(Identity(host.id, host.handle, host.name, "member", True), "A room")


def said(seq: int) -> bytes:
    return encode(Said(seq, 0, Person("a" * 20, "ada", "Ada"), new_id(), "a line from another node"))


async def heartbeat(cadeau: Cadeau) -> int:
    return int(await cadeau.core.database.read_async(lambda c: c.execute(select(nodes.c.heard_at)).scalar_one()))


async def changed(cadeau: Cadeau, before: int) -> bool:
    return await heartbeat(cadeau) > before


async def test_what_is_no_outage_ends_a_task() -> None:
    async def run() -> None:
        raise LookupError("a mistake of ours")

    with pytest.raises(LookupError):
        await run_through_outages("task", run)


async def test_a_task_that_catches_nothing_is_run_again() -> None:
    runs: list[float] = []

    async def run() -> None:
        runs.append(time.monotonic())
        if len(runs) < 4:
            raise ConnectionRefusedError

    with capture_logs() as logs:
        await run_through_outages("task", run)
    assert len(runs) == 4
    assert runs[3] - runs[2] > runs[1] - runs[0], "it waits longer each time"
    assert [entry["event"] for entry in logs] == ["away, trying again"]

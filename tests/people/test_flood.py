"""A flood of sign-ins does not delay other requests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cadeau.app import Cadeau, open_cadeau
from core.executors import PASSWORD_THREADS_MAX, SQL_THREADS
from core.settings import Settings
from people.passwords import matches
from tests.served import PASSWORD

FLOOD = SQL_THREADS + 4  # it would fill every SQL thread
READS = 10


@pytest.fixture
def cadeau(database_url: str, tmp_path: Path) -> Iterator[Cadeau]:
    opened = open_cadeau(Settings(data_dir=tmp_path, database_url=database_url, rate_limits=False))
    yield opened
    opened.close()


@pytest.fixture
def verify(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No password is verified before this is set."""
    event = threading.Event()

    def wait(password: str, stored: str | None) -> bool:
        return event.wait(60) and matches(password, stored)

    monkeypatch.setattr("people.sessions.matches", wait)
    yield event
    event.set()


async def test_profiles_are_read_while_sign_ins_wait(cadeau: Cadeau, verify: threading.Event) -> None:
    transport = httpx.ASGITransport(cadeau.asgi)

    async def sign_in() -> int:
        async with httpx.AsyncClient(base_url="http://test", transport=transport) as other:
            return (await other.post("/api/sessions", json=credentials)).status_code

    cadeau.core.executors.passwords._queued_max = FLOOD
    async with httpx.AsyncClient(base_url="http://test", transport=transport) as client:
        credentials = {"handle": "ada", "password": PASSWORD}
        joined = await client.post("/api/people", json={**credentials, "birthdate": "1990-05-17"})
        assert joined.status_code == 201
        flood = [asyncio.create_task(sign_in()) for _ in range(FLOOD)]
        await until_they_wait(cadeau)
        async with asyncio.timeout(10):
            for _ in range(READS):
                assert (await client.get("/api/people/ada")).status_code == 200
        assert not any(task.done() for task in flood)
        verify.set()
        assert set(await asyncio.gather(*flood)) == {201}


async def test_sign_ins_beyond_the_queue_are_refused_with_retry_after(cadeau: Cadeau, verify: threading.Event) -> None:
    cadeau.core.executors.passwords._queued_max = 3
    transport = httpx.ASGITransport(cadeau.asgi)

    async def sign_in() -> httpx.Response:
        async with httpx.AsyncClient(base_url="http://test", transport=transport) as client:
            return await client.post("/api/sessions", json={"handle": "nobody", "password": PASSWORD})

    flood = [asyncio.create_task(sign_in()) for _ in range(60)]
    await until_they_wait(cadeau)
    verify.set()
    answers = await asyncio.gather(*flood)
    refused = [answer for answer in answers if answer.status_code == 503]
    assert {answer.status_code for answer in answers} == {401, 503}
    assert len(refused) >= 60 - PASSWORD_THREADS_MAX - 3
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)


async def until_they_wait(cadeau: Cadeau) -> None:
    """Until nothing moves: whatever threads the sign-ins can take they have taken."""
    still, before = 0, -1
    async with asyncio.timeout(30):
        while still < 20:
            queued = sum(executor.queued for executor in cadeau.core.executors.all)
            still = still + 1 if queued == before and queued > 0 else 0
            before = queued
            await asyncio.sleep(0.01)

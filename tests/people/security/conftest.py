"""An open application on each database, and clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from cadeau.app import Cadeau, open_cadeau
from core.clock import system_clock
from core.settings import Settings
from tests.served import PASSWORD


class MovedClock:
    """The system's, and a while later."""

    def __init__(self) -> None:
        self.later_ms = 0

    def __call__(self) -> int:
        return system_clock() + self.later_ms


@pytest.fixture
def moved() -> MovedClock:
    return MovedClock()


@pytest.fixture
def cadeau(database_url: str, tmp_path: Path, moved: MovedClock) -> Iterator[Cadeau]:
    settings = Settings(data_dir=tmp_path, database_url=database_url, public_url="http://localhost:8080")
    opened = open_cadeau(settings, clock=moved)
    yield opened
    opened.close()


@pytest.fixture
async def http(cadeau: Cadeau) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies: each request says who asks."""
    async with httpx.AsyncClient(base_url="http://test", transport=httpx.ASGITransport(cadeau.asgi)) as client:
        yield client


async def join(http: httpx.AsyncClient, handle: str) -> dict[str, str]:
    body = {"handle": handle, "password": PASSWORD, "birthdate": "1990-05-17"}
    answer = await http.post("/api/people", json=body)
    assert answer.status_code == 201, answer.text
    http.cookies.clear()
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def sign_in(http: httpx.AsyncClient, handle: str, password: str = PASSWORD, code: str = "") -> httpx.Response:
    answer = await http.post("/api/sessions", json={"handle": handle, "password": password, "code": code})
    http.cookies.clear()
    return answer


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""

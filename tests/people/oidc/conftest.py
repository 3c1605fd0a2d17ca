"""A provider, an application that signs in with it, and a browser that goes there and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from cadeau.app import Cadeau, open_cadeau
from core.settings import Settings
from tests.people.oidc.provider import CLIENT, SECRET, Provider, listening
from tests.people.security.conftest import MovedClock
from tests.people.security.conftest import moved as moved

URL = "http://localhost:8080"
BORN = "1990-05-17"


@pytest.fixture(scope="module")
def listener() -> Iterator[Provider]:
    with listening() as provider:
        yield provider


@pytest.fixture
def provider(listener: Provider) -> Provider:
    listener.reset()
    return listener


@pytest.fixture
def used_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def cadeau(used_url: str, tmp_path: Path, moved: MovedClock, provider: Provider) -> Iterator[Cadeau]:
    settings = Settings(
        data_dir=tmp_path, database_url=used_url, public_url=URL, oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT, oidc_client_secret=SECRET, oidc_name="Club",
    )  # fmt: skip
    opened = open_cadeau(settings, clock=moved)
    yield opened
    opened.close()


class Browser:
    """It keeps cookies, and goes to the provider and back."""

    def __init__(self, http: httpx.AsyncClient, provider: Provider) -> None:
        self.http = http
        self._provider = provider

    async def leave(self, next: str = "/") -> dict[str, str]:
        """Begin, and return what the provider is asked for."""
        answer = await self.http.get("/api/oidc/start", params={"next": next})
        assert answer.status_code == 303, answer.text
        to = urlsplit(answer.headers["location"])
        assert f"{to.scheme}://{to.netloc}{to.path}" == f"{self._provider.issuer}/authorize", to
        return {name: values[0] for name, values in parse_qs(to.query).items()}

    async def back(self, url: str) -> str:
        """Where it ends up."""
        answer = await self.http.get(url.removeprefix(URL))
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def there_and_back(self, next: str = "/") -> str:
        return await self.back(self._provider.page(await self.leave(next)))

    async def post(self, path: str, **body: Any) -> tuple[int, str]:
        answer = await self.http.post(path, json=body)
        return answer.status_code, answer.json().get("code", "") if answer.content else ""

    async def become(self, handle: str) -> str:
        """A newcomer with the identity that the provider tells of; returns the id."""
        assert await self.there_and_back() == "/signin/oidc?next=%2F"
        answer = await self.http.post("/api/oidc/people", json={"handle": handle, "birthdate": BORN})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def me(self) -> str:
        answer = await self.http.get("/api/people/me")
        return str(answer.json()["handle"]) if answer.status_code == 200 else ""


@pytest.fixture
async def browser(cadeau: Cadeau, provider: Provider) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url="http://test", transport=httpx.ASGITransport(cadeau.asgi)) as client:
        yield Browser(client, provider)


@pytest.fixture
async def other(cadeau: Cadeau, provider: Provider) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(base_url="http://test", transport=httpx.ASGITransport(cadeau.asgi)) as client:
        yield Browser(client, provider)

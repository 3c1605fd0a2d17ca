"""Stored files over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from core.executors import Executors
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.http.stored_files import media_route
from core.storage import FolderStorage, Storage

CONTENT = bytes(range(256)) * 40


@pytest.fixture
async def http(storage: Storage) -> AsyncIterator[httpx.AsyncClient]:
    storage.put_bytes("videos/a.mp4", CONTENT)
    app = Starlette(routes=[media_route(storage, Executors().storage)], exception_handlers=EXCEPTION_HANDLERS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        yield client


async def test_files_are_served_with_ranges_and_cached_indefinitely(http: httpx.AsyncClient, storage: Storage) -> None:
    whole = await http.get("/media/videos/a.mp4")
    if not isinstance(storage, FolderStorage):
        assert whole.status_code == 307
        async with httpx.AsyncClient() as outside:
            assert (await outside.get(whole.headers["location"])).content == CONTENT
        return
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole.headers["content-type"] == "video/mp4"
    assert "immutable" in whole.headers["cache-control"]
    part = await http.get("/media/videos/a.mp4", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, CONTENT[100:200])


@pytest.mark.parametrize("key", ["videos/none.mp4", "../cadeau.db", "videos/../../x", "videos/.a.mp4"])
async def test_a_missing_file_is_not_found(http: httpx.AsyncClient, storage: Storage, key: str) -> None:
    answer = await http.get(f"/media/{key.replace('..', '%2e%2e')}")
    if isinstance(storage, FolderStorage) or ".." in key or "/." in key:
        assert answer.status_code == 404

"""Ranges of stored files, as RFC 9110 (14) wants them: what cannot be understood is ignored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from core.executors import Executors
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.http.stored_files import media_route
from core.storage import FolderStorage

CONTENT = bytes(range(250)) * 4
ADDRESS = "/media/videos/a.mp4"


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    storage = FolderStorage(tmp_path / "media")
    storage.put_bytes("videos/a.mp4", CONTENT)
    storage.put_bytes("videos/empty.mp4", b"")
    app = Starlette(routes=[media_route(storage, Executors().storage)], exception_handlers=EXCEPTION_HANDLERS)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        yield client


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0), ("bytes=100-199", 100, 199), ("bytes=990-", 990, 999), ("bytes=990-5000", 990, 999),
        ("bytes=-10", 990, 999), ("bytes=-5000", 0, 999), ("Bytes=0-9", 0, 9), ("bytes=0-" + "9" * 30, 0, 999),
    ],
)  # fmt: skip
async def test_one_range_is_sent_alone(http: httpx.AsyncClient, asked: str, first: int, last: int) -> None:
    part = await http.get(ADDRESS, headers={"Range": asked})
    assert (part.status_code, part.content) == (206, CONTENT[first : last + 1])
    assert part.headers["content-range"] == f"bytes {first}-{last}/1000"
    assert part.headers["content-length"] == str(last - first + 1)


@pytest.mark.parametrize(
    "asked",
    [
        "", "bytes", "bytes=", "bytes=-", "bytes=9-1", "bytes=x-9", "bytes=1-2x", "bytes=+1-2", "lines=0-9", "0-9",
        "bytes=0-9,20-29", "bytes=0-0, 5-5, -1", "bytes=" + "0-0," * 1000,
    ],
)  # fmt: skip
async def test_what_is_no_single_range_gets_the_whole_file(http: httpx.AsyncClient, asked: str) -> None:
    whole = await http.get(ADDRESS, headers={"Range": asked})
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=" + "9" * 30 + "-"])
async def test_a_range_outside_the_file_is_refused_with_its_length(http: httpx.AsyncClient, asked: str) -> None:
    refused = await http.get(ADDRESS, headers={"Range": asked})
    assert (refused.status_code, refused.json()["code"]) == (416, "range_not_satisfiable")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["content-range"] == "bytes */1000"
    assert (await http.get("/media/videos/empty.mp4", headers={"Range": asked})).status_code == 416


async def test_a_range_depends_on_if_range(http: httpx.AsyncClient) -> None:
    whole = await http.get(ADDRESS)
    for validator in (whole.headers["etag"], whole.headers["last-modified"]):
        part = await http.get(ADDRESS, headers={"Range": "bytes=0-9", "If-Range": validator})
        assert (part.status_code, part.content) == (206, CONTENT[:10])
    for other in ('"another"', f"W/{whole.headers['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        changed = await http.get(ADDRESS, headers={"Range": "bytes=0-9", "If-Range": other})
        assert (changed.status_code, changed.content) == (200, CONTENT)


async def test_head_ignores_ranges_and_a_known_file_is_not_sent_again(http: httpx.AsyncClient) -> None:
    head = await http.head(ADDRESS, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.headers["content-length"], head.content) == (200, "1000", b"")
    known = await http.get(ADDRESS, headers={"If-None-Match": f'"x", W/{head.headers["etag"]}'})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    "key", ["videos", "videos/a.mp4/x", "videos/none.mp4", "a" * 201, "videos/.a", "videos/a.mp4/"]
)
async def test_every_other_address_is_a_problem_document(http: httpx.AsyncClient, key: str) -> None:
    missing = await http.get(f"/media/{key}")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert missing.headers["content-type"] == "application/problem+json"

"""Disk space: who may use how much, and what happens when there is none left."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.errors import DiskFull
from core.storage import disk
from tests.served import Served
from tests.services import fill_disk, small_disk
from tests.vod.conftest import House
from tests.vod.uploads.client import PATCH, TUS
from vod.errors import StorageQuotaExceeded
from vod.tables import video_files
from vod.uploads import tus
from vod.uploads.part_file import PartFile
from vod.uploads.records import OPEN_UPLOADS_MAX, RESERVED_BYTES_MAX

LARGE = tus.Creation(tus.UPLOAD_BYTES_MAX, "", "film.mp4", "", with_body=False)


async def body(*blocks: bytes) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


def chunk(offset: int, size: int) -> tus.Chunk:
    return tus.Chunk(offset, size, None)


def test_uploads_that_send_nothing_block_no_space(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tus.UPLOAD_BYTES_MAX + 2 * OPEN_UPLOADS_MAX * RESERVED_BYTES_MAX - 1
    monkeypatch.setattr("vod.uploads.uploads.free_bytes", lambda _: room)
    for who in (house.person(), house.person()):
        for _ in range(OPEN_UPLOADS_MAX):
            house.vod.uploads.create(who.id, LARGE)
    with pytest.raises(DiskFull):  # a little is kept for each, so that not everybody fails together
        house.vod.uploads.create(house.person().id, LARGE)


def test_an_upload_that_finds_no_room_keeps_what_arrived_and_continues_later(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, size = house.person().id, 3_000_000
    upload = house.vod.uploads.create(who, replace(LARGE, length=size)).id
    room = [2_000_000]
    monkeypatch.setattr("vod.uploads.uploads.free_bytes", lambda folder: room[0] - (folder / upload).stat().st_size)
    with pytest.raises(DiskFull):
        asyncio.run(house.vod.uploads.receive(upload, who, chunk(0, size), body(*[bytes(500_000)] * 6)))
    kept = asyncio.run(house.vod.uploads.offset(upload, who)).offset
    assert 0 < kept <= 2_000_000
    room[0] = 10_000_000
    done = asyncio.run(house.vod.uploads.receive(upload, who, chunk(kept, size - kept), body(bytes(size - kept))))
    assert done.video is not None


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="this system has no /dev/full")
def test_the_operating_systems_word_for_a_full_disk_becomes_a_refusal() -> None:
    part = PartFile(Path("/dev/full"))
    with pytest.raises(DiskFull):
        part.append(b"x")
    part.close()


def test_one_person_cannot_take_up_more_than_the_quota(house: House) -> None:
    who, other = house.person(), house.person()
    video = house.show(who)
    row = {"video": video, "role": "480", "key": "videos/a.mp4", "width": 480, "height": 640, "bytes": 20 * 10**9 - 1}
    house.database.write(lambda c: c.execute(insert(video_files).values(row)))
    house.vod.uploads.create(who.id, replace(LARGE, length=1))
    with pytest.raises(StorageQuotaExceeded, match=r"20\.0 of 20 GB"):
        house.vod.uploads.create(who.id, replace(LARGE, length=1))
    house.vod.uploads.create(other.id, LARGE)
    house.vod.videos.delete(video, who)
    house.vod.uploads.create(who.id, LARGE)


def test_a_full_disk_is_named_and_over_when_it_is_over(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder, disk.DISK_FREE_BYTES_MIN + 100_000_000), Served(folder / "data") as server:
        person = server.join()
        created = person.http.post("/api/uploads", headers={**TUS, "Upload-Length": str(50_000_000)})
        address, block = created.headers["location"], bytes(4_000_000)

        def send(offset: int) -> tuple[int, str]:
            answer = person.http.patch(address, content=block, headers={**PATCH, "Upload-Offset": str(offset)})
            return answer.status_code, answer.headers.get("upload-offset") or answer.json()["code"]

        assert send(0) == (204, "4000000")
        fill_disk(folder)
        assert send(4_000_000) == (507, "disk_full")
        assert server.http.get("/api/feed?tab=for_you").status_code == 200
        (folder / "filler").unlink()
        assert send(4_000_000) == (204, "8000000")

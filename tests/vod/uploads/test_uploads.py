"""Uploads to a running server, with stock clients, dropped connections and restarts."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from tests.served import Person, Served
from tests.vod.conftest import House
from tests.vod.uploads.client import PATCH, TUS, until
from vod.errors import TooManyUploads, UploadExpired, UploadNotFound
from vod.uploads import records, tus
from vod.uploads.body import BLOCK_BYTES
from vod.uploads.records import OPEN_UPLOADS_MAX
from vod.uploads.uploads import CHECKPOINT_BYTES


def create(person: Person, length: int, **headers: str) -> str:
    """Create an upload and return its URL."""
    answer = person.http.post("/api/uploads", headers={**TUS, "Upload-Length": str(length), **headers})
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(person: Person, address: str, offset: int, body: Any, **headers: str) -> httpx.Response:
    return person.http.patch(address, headers={**PATCH, "Upload-Offset": str(offset), **headers}, content=body)


def offset_of(person: Person, address: str) -> int:
    answer = person.http.head(address, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def checksum(algorithm: str, body: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


@contextlib.contextmanager
def sending(
    person: Person, address: str, promised: int, body: bytes, *, offset: int = 0, extra: str = ""
) -> Iterator[socket.socket]:
    """A PATCH that announces more than it sends. The connection is open inside the `with` and dropped after it."""
    head = (
        f"PATCH {address} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\nTus-Resumable: 1.0.0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\n{extra}"
        f"Content-Length: {promised}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", person.server.port)) as connection:
        connection.sendall(head.encode() + body)
        yield connection


def stock_client(person: Person) -> Any:
    return TusClient(f"{person.server.url}/api/uploads", headers={"Authorization": f"Bearer {person.token}"})


@pytest.fixture
def person(shared_server: Served) -> Person:
    return shared_server.join()


def test_options_lists_version_and_extensions_without_a_sign_in(shared_server: Served) -> None:
    answer = shared_server.http.options("/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(512 * 1024 * 1024)


@pytest.mark.parametrize("with_checksum", [False, True])
def test_a_stock_tus_client_can_upload_a_video(person: Person, small_film: Path, with_checksum: bool) -> None:
    metadata = {"filename": "été.mp4", "caption": "Premier film"}
    with small_film.open("rb") as file:
        uploader = stock_client(person).uploader(
            file_stream=file, chunk_size=2_000, metadata=metadata, upload_checksum=with_checksum
        )
        uploader.upload()
    video = uploader.request.response_headers["cadeau-video"]
    assert person.http.head(uploader.url, headers=TUS).headers["cadeau-video"] == video

    def shown() -> Any:
        answer = person.http.get(f"/api/videos/{video}").json()
        return answer if answer["state"] != "processing" else None

    ready = until(shown)
    assert (ready["state"], ready["caption"], ready["by"]["id"]) == ("ready", "Premier film", person.id)
    assert person.server.http.get(ready["renditions"][0]["url"], headers={"Range": "bytes=0-9"}).status_code == 206
    assert person.server.http.get(ready["poster"]).headers["content-type"] == "image/webp"
    assert video in [item.get("id") for item in person.server.http.get("/api/feed?tab=for_you").json()["items"]]


def test_a_stock_tus_client_resumes_after_a_dropped_connection(person: Person) -> None:
    body = os.urandom(4 * BLOCK_BYTES)
    address = create(person, len(body))
    path = person.server.data_dir / "uploads" / address.rsplit("/", 1)[1]
    with sending(person, address, len(body), body[: 3 * BLOCK_BYTES]):
        until(lambda: path.exists() and path.stat().st_size >= 2 * BLOCK_BYTES)
    uploader = stock_client(person).uploader(
        file_stream=io.BytesIO(body), url=person.server.url + address, chunk_size=300_000
    )
    assert 2 * BLOCK_BYTES <= uploader.offset <= 3 * BLOCK_BYTES
    uploader.upload(stop_at=len(body) - 1)
    assert path.read_bytes() == body[:-1]
    uploader.upload()
    assert uploader.request.response_headers["cadeau-video"]


def test_a_returning_client_takes_over_from_its_own_dead_connection(person: Person) -> None:
    address = create(person, 1_000)
    with sending(person, address, 1_000, b"a" * 300) as dead:
        until(lambda: (person.server.data_dir / "uploads" / address.rsplit("/", 1)[1]).exists())
        until(lambda: offset_of(person, address) == 300)
        assert b" 408 " in dead.recv(1000).split(b"\r\n")[0]
        answer = patch(person, address, 300, b"b" * 100)
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, "400")


def test_a_wrong_offset_is_refused_and_changes_nothing(person: Person) -> None:
    address = create(person, 100)
    patch(person, address, 0, b"x" * 10)
    for wrong in (0, 9, 11, 100):
        answer = patch(person, address, wrong, b"y" * 5)
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_offset")
        assert answer.headers["tus-resumable"] == "1.0.0"
    assert offset_of(person, address) == 10


@pytest.mark.parametrize("algorithm", tus.CHECKSUMS)
def test_a_body_with_a_wrong_checksum_is_discarded(person: Person, algorithm: str) -> None:
    address = create(person, 100)
    good, bad = b"x" * 10, b"y" * 10
    answer = patch(person, address, 0, bad, **{"Upload-Checksum": checksum(algorithm, good)})
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert offset_of(person, address) == 0
    assert patch(person, address, 0, good, **{"Upload-Checksum": checksum(algorithm, good)}).status_code == 204
    assert offset_of(person, address) == 10


def test_an_incomplete_body_with_a_checksum_is_discarded(person: Person) -> None:
    address = create(person, 1_000)
    extra = f"Upload-Checksum: {checksum('sha1', b'x' * 900)}\r\n"
    with sending(person, address, 900, b"x" * 500, extra=extra):
        pass
    assert offset_of(person, address) == 0
    assert patch(person, address, 0, b"y" * 10).status_code == 204


def test_a_body_beyond_the_announced_length_is_refused_and_changes_nothing(person: Person) -> None:
    answer = person.http.post("/api/uploads", headers={**TUS, "Upload-Length": str(tus.UPLOAD_BYTES_MAX + 1)})
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    address = create(person, 100)
    patch(person, address, 0, b"x" * 10)
    assert patch(person, address, 10, b"y" * 91).status_code == 413
    assert patch(person, address, 10, iter([b"y" * 60, b"y" * 60])).status_code == 413, "chunked: nothing was declared"
    assert offset_of(person, address) == 10


def test_invalid_tus_requests_are_refused(person: Person) -> None:
    address = create(person, 10)
    http = person.http
    assert http.post("/api/uploads", headers={"Upload-Length": "1"}).status_code == 412
    assert http.patch(address, headers={**PATCH, "Tus-Resumable": "0.2.2", "Upload-Offset": "0"}).status_code == 412
    assert http.post("/api/uploads", headers=TUS).json()["code"] == "invalid_upload"
    answer = http.patch(address, headers={**TUS, "Upload-Offset": "0", "Content-Type": "video/mp4"}, content=b"x")
    assert answer.status_code == 415
    assert http.patch(address, headers=PATCH, content=b"x").status_code == 400
    assert http.get(address, headers=TUS).status_code in (404, 405)
    assert http.post(address, headers=TUS).status_code == 405
    for nowhere in ("nothing", "0" * 20, "..%2F..%2Fcadeau.db"):
        assert http.head(f"/api/uploads/{nowhere}", headers=TUS).status_code == 404


def test_another_persons_upload_is_not_found(person: Person, shared_server: Served) -> None:
    address = create(person, 10)
    thief = shared_server.join()
    assert thief.http.head(address, headers=TUS).status_code == 404
    assert patch(thief, address, 0, b"x").status_code == 404
    assert thief.http.delete(address, headers=TUS).status_code == 404
    assert shared_server.http.head(address, headers=TUS).status_code == 401
    assert shared_server.http.post("/api/uploads", headers={**TUS, "Upload-Length": "1"}).status_code == 401
    assert offset_of(person, address) == 0


def test_cross_site_requests_cannot_use_the_cookie(person: Person) -> None:
    with httpx.Client(base_url=person.server.url, cookies={"cadeau_session": person.token}) as browser:
        headers = {**TUS, "Upload-Length": "10"}
        assert browser.post("/api/uploads", headers={**headers, "Origin": person.server.url}).status_code == 201
        answer = browser.post("/api/uploads", headers={**headers, "Origin": "https://evil.example"})
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")


def test_post_may_override_the_method(person: Person) -> None:
    address = create(person, 10)
    headers = {**PATCH, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert person.http.post(address, headers=headers, content=b"12345").status_code == 204
    assert offset_of(person, address) == 5
    assert person.http.post(address, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert person.http.head(address, headers=TUS).status_code == 404


def test_the_first_bytes_can_be_sent_with_the_creation(person: Person) -> None:
    headers = {**PATCH, "Upload-Length": "10"}
    answer = person.http.post("/api/uploads", headers=headers, content=b"123456")
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "6")
    assert "upload-expires" in answer.headers
    whole = person.http.post("/api/uploads", headers=headers, content=b"1234567890")
    assert whole.headers["cadeau-video"]
    empty = person.http.post("/api/uploads", headers={**TUS, "Upload-Length": "0"})
    video = empty.headers["cadeau-video"]
    until(lambda: person.http.get(f"/api/videos/{video}").json()["reason"] == "not_a_video")


def test_an_unfinished_upload_can_be_discarded_and_a_complete_one_cannot(person: Person) -> None:
    address = create(person, 10)
    patch(person, address, 0, b"12345")
    path = person.server.data_dir / "uploads" / address.rsplit("/", 1)[1]
    assert path.stat().st_size == 5
    assert person.http.delete(address, headers=TUS).status_code == 204
    assert not path.exists()
    assert person.http.head(address, headers=TUS).status_code == 404
    complete = create(person, 5)
    assert patch(person, complete, 0, b"12345").headers["cadeau-video"]
    assert person.http.delete(complete, headers=TUS).json()["code"] == "upload_complete"
    assert patch(person, complete, 0, b"12345").status_code == 409


def test_unfinished_uploads_are_limited_per_person(person: Person) -> None:
    for _ in range(OPEN_UPLOADS_MAX):
        create(person, 10)
    answer = person.http.post("/api/uploads", headers={**TUS, "Upload-Length": "10"})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_uploads")


def test_metadata_is_returned_unchanged(person: Person) -> None:
    metadata = "caption Qm9uam91cg==,filename YS5tcDQ=,filetype dmlkZW8vbXA0"
    address = create(person, 10, **{"Upload-Metadata": metadata})
    answer = person.http.head(address, headers=TUS)
    assert (answer.headers["upload-metadata"], answer.headers["upload-length"]) == (metadata, "10")
    assert answer.headers["cache-control"] == "no-store"


def test_an_upload_is_not_held_in_memory(served: Served) -> None:
    person = served.join()
    assert served.process is not None
    status = Path(f"/proc/{served.process.pid}/status")

    def peak_kib() -> int:
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))

    size = 128 * 1024 * 1024
    address = create(person, size + 1)
    before = peak_kib()
    answer = patch(person, address, 0, (b"x" * 65_536 for _ in range(size // 65_536)))
    assert answer.headers["upload-offset"] == str(size)
    assert peak_kib() - before < 48 * 1024


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_an_upload_continues_after_a_restart(served: Served, how: str) -> None:
    person = served.join()
    body = os.urandom(CHECKPOINT_BYTES + 3_000_000)
    address = create(person, len(body) + 1)
    path = served.data_dir / "uploads" / address.rsplit("/", 1)[1]
    with sending(person, address, len(body), body[:-1_000]):
        until(lambda: path.exists() and path.stat().st_size >= CHECKPOINT_BYTES + 2_200_000)  # blocks later
        getattr(served, how)()
    served.start()
    offset = offset_of(person, address)
    assert CHECKPOINT_BYTES <= offset <= len(body) - 1_000, "what was written down is there after a power cut, too"
    assert patch(person, address, offset, body[offset:]).status_code == 204
    assert path.read_bytes() == body
    answer = patch(person, address, len(body), b"!")
    assert answer.headers["cadeau-video"]


def test_after_a_crash_the_offset_is_the_smaller_of_file_and_record(served: Served) -> None:
    person = served.join()
    shorter, longer = create(person, 100), create(person, 100)
    for address in (shorter, longer):
        patch(person, address, 0, b"x" * 50)
    served.kill()
    folder = served.data_dir / "uploads"
    os.truncate(folder / shorter.rsplit("/", 1)[1], 20)
    with (folder / longer.rsplit("/", 1)[1]).open("ab") as file:
        file.write(b"not recorded")
    served.start()
    assert (offset_of(person, shorter), offset_of(person, longer)) == (20, 50)
    patch(person, longer, 50, b"y" * 10)
    assert (folder / longer.rsplit("/", 1)[1]).read_bytes() == b"x" * 50 + b"y" * 10


def test_an_abandoned_upload_expires(house: House) -> None:
    who = house.person()
    state = house.vod.uploads.create(who.id, tus.Creation(10, "", "", "", with_body=False))
    house.time.leap_ms += records.EXPIRY_MS + 1
    with pytest.raises(UploadExpired):
        house.vod.uploads.find(state.id, who.id)
    house.clean_up()
    with pytest.raises(UploadNotFound):
        house.vod.uploads.find(state.id, who.id)


def test_a_stale_upload_makes_room_for_a_new_one(house: House) -> None:
    who = house.person()
    creation = tus.Creation(10, "", "", "", with_body=False)
    first = house.vod.uploads.create(who.id, creation)
    for _ in range(OPEN_UPLOADS_MAX - 1):
        house.vod.uploads.create(who.id, creation)
    with pytest.raises(TooManyUploads):
        house.vod.uploads.create(who.id, creation)
    house.time.leap_ms += records.STALE_MS + 1
    house.vod.uploads.create(who.id, creation)
    with pytest.raises(UploadNotFound):
        house.vod.uploads.find(first.id, who.id)


async def test_somebody_elses_upload_cannot_be_removed(house: House) -> None:
    owner, other = house.person(), house.person()
    uploads = house.vod.uploads
    state = uploads.create(owner.id, tus.Creation(10, "", "f", "c", False))

    async def body() -> AsyncIterator[bytes]:
        yield b"hello"

    await uploads.receive(state.id, owner.id, tus.Chunk(0, 5, None), body())
    with pytest.raises(UploadNotFound):
        await uploads.remove(state.id, other.id)
    assert (await uploads.offset(state.id, owner.id)).offset == 5
    assert uploads.path(state.id).read_bytes() == b"hello"

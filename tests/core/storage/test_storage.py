"""One suite for every storage."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from core.errors import NotFound, Unavailable
from core.storage import FolderStorage, Storage, digest_of
from core.storage.s3 import S3Storage


def test_stored_bytes_are_read_back_whole_and_by_range(storage: Storage, tmp_path: Path) -> None:
    content = bytes(range(256)) * 3000
    file = tmp_path / "video.mp4"
    file.write_bytes(content)
    key = f"videos/{digest_of(file)}.mp4"
    storage.put_file(key, file)
    assert storage.stat(key).size == len(content)
    assert storage.stat(key).content_type == "video/mp4"
    assert b"".join(storage.read(key)) == content
    assert b"".join(storage.read(key, 1000, 500)) == content[1000:1500]
    assert b"".join(storage.read(key, 700_000)) == content[700_000:]


def test_storing_is_idempotent(storage: Storage) -> None:
    storage.put_bytes("posters/a.jpg", b"one")
    storage.put_bytes("posters/a.jpg", b"one")
    assert b"".join(storage.read("posters/a.jpg")) == b"one"


def test_deleting_removes_the_file_and_is_idempotent(storage: Storage) -> None:
    storage.put_bytes("posters/a.jpg", b"one")
    storage.delete("posters/a.jpg")
    storage.delete("posters/a.jpg")
    with pytest.raises(NotFound):
        storage.stat("posters/a.jpg")
    with pytest.raises(NotFound):
        list(storage.read("posters/a.jpg"))


@pytest.mark.parametrize(
    "key", ["../secret", "/etc/passwd", "a/../../b", "a//b", "A.mp4", ".hidden", "a/.b", "", "a\0b"]
)
def test_a_key_cannot_escape_the_storage(storage: Storage, key: str) -> None:
    for act in (storage.stat, storage.url, storage.delete):
        with pytest.raises(NotFound):
            act(key)


def test_the_storage_answers_a_ping(storage: Storage) -> None:
    storage.ping()


def test_a_file_is_stored_completely_or_not_at_all(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path / "media")
    with pytest.raises(FileNotFoundError):
        storage.put_file("videos/a.mp4", tmp_path / "missing")
    assert not [p for p in (tmp_path / "media").rglob("*") if p.is_file()]


def test_a_signed_url_of_a_remote_file_needs_no_credentials(storage: Storage) -> None:
    storage.put_bytes("posters/a.jpg", b"one")
    file = storage.local("posters/a.jpg")
    read = httpx.get(storage.signed_url("posters/a.jpg")).content if file is None else file.read_bytes()
    assert read == b"one"


def test_a_bucket_that_is_away_is_an_outage_and_not_a_missing_file(s3_endpoint: str) -> None:
    storage = S3Storage.from_url(f"s3://not-made-yet?endpoint={s3_endpoint}")
    with pytest.raises(Unavailable):
        storage.put_bytes("posters/a.jpg", b"one")
    storage.close()

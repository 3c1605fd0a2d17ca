"""Object storage: a local folder by default, or anything that speaks S3.

Keys are content-addressed and never overwritten, so that a CDN may cache them forever. The methods block: call them
from jobs or on `Executors.storage`. One conformance suite runs over all (`tests/core/storage/test_storage.py`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from core.errors import NotFound
from core.ids import new_id
from core.settings import Settings

CHUNK_BYTES = 256 * 1024
_KEY = re.compile(r"[a-z0-9]+(?:[/._-][a-z0-9]+)*\Z")  # no "..", so no key leaves the folder

CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".m4a": "audio/mp4",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """An object's metadata."""

    key: str
    size: int  # bytes
    content_type: str


class Storage(Protocol):
    def put_file(self, key: str, path: Path) -> None:
        """Store a file. An existing key stays as it is."""

    def put_bytes(self, key: str, content: bytes) -> None: ...

    def take_file(self, key: str, path: Path) -> None:
        """Store a file that is not needed any more: it is gone afterwards."""

    def stat(self, key: str) -> Stored:
        """Raises NotFound."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from `start`, in chunks. Raises NotFound."""

    def delete(self, key: str) -> None:
        """Deleting a missing key does nothing."""

    def url(self, key: str) -> str:
        """The address for browsers."""

    def local(self, key: str) -> Path | None:
        """The file when it is on this machine, else None. Raises NotFound."""

    def signed_url(self, key: str) -> str:
        """An address for browsers that is valid for a quarter of an hour."""

    def ping(self) -> None:
        """Raises when the storage does not answer."""

    def close(self) -> None: ...


def check_key(key: str) -> str:
    if len(key) > 200 or not _KEY.match(key):
        raise NotFound
    return key


def content_type(key: str) -> str:
    return CONTENT_TYPES.get(Path(key).suffix, "application/octet-stream")


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, for content-addressed keys."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class FolderStorage:
    """Files below one folder, served by this process under /media."""

    def __init__(self, folder: Path, base_url: str = "/media") -> None:
        self._folder = folder.resolve()
        self._base_url = base_url.rstrip("/")
        self._folder.mkdir(parents=True, exist_ok=True)

    def put_file(self, key: str, path: Path) -> None:
        self._put(key, lambda target: shutil.copyfile(path, target))

    def put_bytes(self, key: str, content: bytes) -> None:
        self._put(key, lambda target: target.write_bytes(content))

    def take_file(self, key: str, path: Path) -> None:
        """Without a copy where both are on one file system."""
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except FileExistsError:
            pass
        except OSError:  # another file system, or one without links
            self.put_file(key, path)
        path.unlink(missing_ok=True)

    def _put(self, key: str, fill: Callable[[Path], object]) -> None:
        """Atomic: write a temporary file, fsync, rename."""
        target = self.path(key)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{new_id()}")
        try:
            fill(beside)
            descriptor = os.open(beside, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            beside.rename(target)
        finally:
            beside.unlink(missing_ok=True)

    def stat(self, key: str) -> Stored:
        try:
            found = self.path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound from None
        if not stat.S_ISREG(found.st_mode):  # a folder of keys
            raise NotFound
        return Stored(key, found.st_size, content_type(key))

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        size = self.stat(key).size
        left = size - start if length is None else min(length, size - start)
        with self.path(key).open("rb") as file:
            file.seek(start)
            while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self.path(key).unlink()

    def url(self, key: str) -> str:
        return f"{self._base_url}/{check_key(key)}"

    def local(self, key: str) -> Path:
        self.stat(key)
        return self.path(key)

    def signed_url(self, key: str) -> str:
        return self.url(key)

    def path(self, key: str) -> Path:
        """The file of a key. Raises NotFound for an invalid key."""
        return self._folder / check_key(key)

    def ping(self) -> None:
        if not os.access(self._folder, os.W_OK):
            raise OSError(f"{self._folder} cannot be written")

    def close(self) -> None:
        return None


def open_storage(settings: Settings) -> Storage:
    if settings.storage_url.startswith("s3:"):
        from core.storage.s3 import S3Storage  # aioboto3 takes a second to import

        return S3Storage.from_url(settings.storage_url, settings.media_base_url)
    return FolderStorage(storage_folder(settings), settings.media_base_url or "/media")


def storage_folder(settings: Settings) -> Path:
    """The folder of local storage."""
    folder = urlsplit(settings.storage_url).path
    return Path(folder) if folder else settings.data_dir / "media"

"""The bytes of an upload while it arrives: one local file, one writer at a time."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from core.errors import Refusal
from core.storage.disk import disk_full_named
from vod.errors import UploadBusy


class PartFile:
    """An open upload. Its methods block. It holds the file's lock, so that no other request or process writes to it.

    Opening a file that does not exist creates it. Raises UploadBusy when it is open elsewhere, DiskFull.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0  # bytes
        self._guard = threading.Lock()  # a cancelled request closes the file while its last write is still running
        with disk_full_named():
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(self._file).st_nlink == 0:  # it was removed after we opened and before we locked it
                raise BlockingIOError
        except BlockingIOError:
            self.close()
            raise UploadBusy from None

    def resume(self, recorded: int) -> int:
        """Continue at the offset up to which both the record and the file have the bytes. Returns it.

        After a crash the file may be longer than the record (it was written, not yet recorded), or shorter if the disk
        lost something.
        """
        self.offset = min(recorded, os.fstat(self._open).st_size)
        self.truncate(self.offset)
        return self.offset

    def append(self, block: bytes) -> None:
        """Raises DiskFull; what was written before it counts."""
        with self._guard, disk_full_named():
            view = memoryview(block)
            while view:
                written = os.pwrite(self._open, view, self.offset)
                self.offset += written
                view = view[written:]

    def truncate(self, offset: int) -> None:
        with self._guard:
            os.ftruncate(self._open, offset)
            self.offset = offset

    def sync(self) -> int:
        """Returns the offset up to which everything is on disk. Raises DiskFull."""
        with self._guard, disk_full_named():
            os.fsync(self._open)
            return self.offset

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        with self._guard:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    @property
    def _open(self) -> int:
        if self._file is None:
            raise OSError("the upload is closed")
        return self._file


def try_remove(path: Path) -> bool:
    """Remove a file unless somebody is writing to it."""
    try:
        part = PartFile(path)
    except Refusal:
        return False
    part.remove()
    part.close()
    return True

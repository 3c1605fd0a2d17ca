"""The disk on which uploads, videos and the database lie."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DiskFull

DISK_FREE_BYTES_MIN = 1024**3  # uploads and videos leave this much to the database and the logs


def free_bytes(folder: Path) -> int:
    """What may still be stored in `folder`: the free space beyond DISK_FREE_BYTES_MIN, negative when that is used."""
    return shutil.disk_usage(folder).free - DISK_FREE_BYTES_MIN


@contextmanager
def disk_full_named() -> Iterator[None]:
    """Raises DiskFull in place of the OSError by which the operating system says so."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from None
        raise

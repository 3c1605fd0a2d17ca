"""The disk on which uploads, videos and the database lie."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import DiskFull

DISK_FREE_BYTES_MIN = 1024**3  # uploads and videos leave this much to the database and the logs

_FULL = (errno.ENOSPC, errno.EDQUOT)


def free_bytes(folder: Path) -> int:
    """What may still be stored in `folder`: the free space beyond DISK_FREE_BYTES_MIN, negative when that is used."""
    return shutil.disk_usage(folder).free - DISK_FREE_BYTES_MIN


def is_disk_full(error: OSError) -> bool:
    return error.errno in _FULL


@contextmanager
def disk_full_named() -> Iterator[None]:
    """Raises DiskFull in place of the OSError by which the operating system says so."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull from None
        raise

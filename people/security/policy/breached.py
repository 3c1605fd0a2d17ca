"""Passwords known from breaches: a file that the operator brings, looked into without reading it.

It holds the first 8 bytes of each password's SHA-1, sorted. Half a billion passwords are 4 GB on the disk and none in
memory: the system keeps the pages that a search touches.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterable
from pathlib import Path

PREFIX_BYTES = 8


class BreachedPasswords:
    """The file stays mapped until the process ends. Replace it by renaming a new one to its place, then restart."""

    def __init__(self, file: Path) -> None:
        """Raises OSError, or ValueError if this is no such file."""
        with file.open("rb") as opened:
            self._map = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        self._count, rest = divmod(len(self._map), PREFIX_BYTES)
        if rest or self._at(0) > self._at(self._count - 1):
            raise ValueError(f"{file} is no sorted file of {PREFIX_BYTES}-byte prefixes")

    def _at(self, index: int) -> bytes:
        return self._map[index * PREFIX_BYTES : (index + 1) * PREFIX_BYTES]

    def __contains__(self, password: str) -> bool:
        wanted = _prefix(hashlib.sha1(password.encode(), usedforsecurity=False).digest())
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            if self._at(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low < self._count and self._at(low) == wanted


def write_breached(lines: Iterable[str], file: Path) -> int:
    """Make such a file from lines that begin with a SHA-1 in hexadecimal, sorted, as lists of breached passwords are
    published. Returns how many. Raises ValueError."""
    count, last = 0, b""
    with file.open("wb") as out:
        for line in lines:
            prefix = _prefix(bytes.fromhex(line[:40]))
            if len(prefix) < PREFIX_BYTES:
                raise ValueError(f"line {count + 1} does not begin with a SHA-1")
            if prefix < last:
                raise ValueError(f"line {count + 1} is not in order: sort the file by its digests")
            out.write(prefix)
            count, last = count + 1, prefix
    return count


def _prefix(digest: bytes) -> bytes:
    return digest[:PREFIX_BYTES]

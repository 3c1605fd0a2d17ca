"""A model as bytes and back: versioned, compressed, checked."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

from vod.feed.recommender.memory.columns import Array

MAGIC = b"cadeau model 2\n"
SNAPSHOT_BYTES_MAX = 2**31
DIGEST_BYTES = 32


class SnapshotDamaged(Exception):
    """Bytes that are not a snapshot of this version, or not a whole one. Build the model anew."""


def packed(arrays: Mapping[str, Array]) -> bytes:
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    body = zlib.compress(file.getvalue(), level=1)
    return MAGIC + hashlib.sha256(body).digest() + body


def unpacked(data: bytes) -> dict[str, Array]:
    """Raises SnapshotDamaged."""
    head = len(MAGIC) + DIGEST_BYTES
    if data[: len(MAGIC)] != MAGIC:
        raise SnapshotDamaged("not a snapshot of this version")
    body = data[head:]
    if hashlib.sha256(body).digest() != data[len(MAGIC) : head]:
        raise SnapshotDamaged("the checksum is wrong")
    try:
        inflate = zlib.decompressobj()
        plain = inflate.decompress(body, SNAPSHOT_BYTES_MAX)
        if inflate.unconsumed_tail or not inflate.eof:
            raise SnapshotDamaged("the snapshot is too large or cut off")
        with np.load(io.BytesIO(plain), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (zlib.error, zipfile.BadZipFile, ValueError, EOFError, OSError) as error:
        raise SnapshotDamaged("the arrays cannot be read") from error

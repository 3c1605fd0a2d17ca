"""The copy of somebody's data as a ZIP: a JSON file for each table, the stored files, a manifest, a page to read it by.

It is written from its beginning to its end, and never holds more than some rows or a piece of a file in memory.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import PurePosixPath
from typing import IO, Any

import msgspec

SCHEMA = 1  # of the manifest; grows when a program that reads it would have to change
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_ROW = msgspec.json.Encoder()


class TableEntry(msgspec.Struct, frozen=True):
    """`file`: its path in the ZIP. `words`: what it is, in both languages."""

    file: str
    words: dict[str, str]
    rows: int
    sha256: str


class MediaEntry(msgspec.Struct, frozen=True):
    """`missing`: the storage has no such file any more; it is named, not left out in silence."""

    file: str
    bytes: int
    sha256: str
    missing: bool = False


class Manifest(msgspec.Struct):
    schema: int
    handle: str
    made_at: int  # Unix ms
    tables: list[TableEntry] = []
    media: list[MediaEntry] = []


class Archive:
    """Fills `sink`, which need not be seekable."""

    def __init__(self, sink: IO[bytes], handle: str, made_at: int) -> None:
        self._zip = zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.manifest = Manifest(SCHEMA, handle, made_at)

    def table(self, name: str, words: dict[str, str], rows: Iterable[dict[str, Any]]) -> None:
        """Nothing is written for a table without rows but its line in the manifest."""
        file, count, digest = f"tables/{name}.json", 0, hashlib.sha256()
        first = next(iterator := iter(rows), None)
        if first is None:
            self.manifest.tables.append(TableEntry(file, words, 0, ""))
            return
        with self._zip.open(_deflated(file), "w", force_zip64=True) as target:
            for row in _with_first(first, iterator):
                line = (b"[\n" if not count else b",\n") + _ROW.encode(row)
                digest.update(line)
                target.write(line)
                count += 1
            digest.update(b"\n]\n")
            target.write(b"\n]\n")
        self.manifest.tables.append(TableEntry(file, words, count, digest.hexdigest()))

    def file(self, name: str, key: str, chunks: Iterable[bytes], wrote: Callable[[int], None]) -> None:
        """Stored as it is. A key that is the digest of its content need not be computed again. `wrote`: called with the
        bytes of each piece."""
        stem = PurePosixPath(key).stem
        digest = None if _DIGEST.match(stem) else hashlib.sha256()
        size = 0
        with self._zip.open(f"media/{name}", "w", force_zip64=True) as target:
            for chunk in chunks:
                if digest is not None:
                    digest.update(chunk)
                target.write(chunk)
                size += len(chunk)
                wrote(len(chunk))
        self.manifest.media.append(MediaEntry(f"media/{name}", size, digest.hexdigest() if digest else stem))

    def missing(self, name: str) -> None:
        self.manifest.media.append(MediaEntry(f"media/{name}", 0, "", missing=True))

    def close(self) -> None:
        self._zip.writestr(_deflated("index.html"), _page(self.manifest))
        self._zip.writestr("manifest.json", msgspec.json.format(msgspec.json.encode(self.manifest), indent=1))
        self._zip.close()


def _with_first(first: dict[str, Any], rest: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield first
    yield from rest


def _deflated(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _page(manifest: Manifest) -> str:
    rows = "".join(
        f'<tr><td><a href="{escape(one.file)}">{escape(one.file)}</a><td>{one.rows}<td lang="en">'
        f'{escape(one.words["en"])}<td lang="fr">{escape(one.words["fr"])}'
        for one in manifest.tables
        if one.rows
    )
    files = "".join(
        f"<li>{escape(one.file)}: ✗" if one.missing else f'<li><a href="{escape(one.file)}">{escape(one.file)}</a>'
        for one in manifest.media
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>@{escape(manifest.handle)}</title>'
        f"<h1>@{escape(manifest.handle)}</h1><table>{rows}</table><ul>{files}</ul></html>"
    )


def readable(value: object) -> object:
    """A column's value as JSON has it: bytes in hexadecimal."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value

"""The journal of erasures. It is in the storage as well as in the database: whoever restores an old database finds
there who has been erased since.

Entries are numbered without a gap and never overwritten. They hold a digest of the person's id and a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, func, insert, select

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from core.storage import Storage
from trust.privacy.tables import privacy_journal

PREFIX = "erasures/"  # of keys in the storage


class Entry(msgspec.Struct, frozen=True):
    """`digest`: SHA-256 of the person's id, hexadecimal; `at`: Unix ms."""

    digest: str
    at: int


def digest_of(person: str) -> bytes:
    return hashlib.sha256(person.encode()).digest()


class Journal:
    """All methods block."""

    def __init__(self, database: Database, storage: Storage, clock: Clock) -> None:
        self._database = database
        self._storage = storage
        self._clock = clock

    def append(self, person: str) -> None:
        """Write down that somebody is being erased, in the storage first. Again changes nothing."""
        digest = digest_of(person)
        if self._database.read(lambda c: _known(c, digest)):
            return
        number, entry = self._last() + 1, Entry(digest.hex(), self._clock())
        while (there := self._stored(number)) is not None and there.digest != entry.digest:
            number += 1  # from before the database was restored, or of another process
        if there is None:
            self._storage.put_bytes(_key(number), msgspec.json.encode(entry))
        self._note(number, there or entry)

    def unknown(self) -> dict[int, Entry]:
        """What the storage has and the database does not know, by number."""
        entries, number = dict[int, Entry](), self._last() + 1
        while (entry := self._stored(number)) is not None:
            entries[number] = entry
            number += 1
        return entries

    def note(self, entries: Mapping[int, Entry]) -> None:
        """From now on the database knows these."""
        for number, entry in entries.items():
            self._note(number, entry)

    def _last(self) -> int:
        """The last number up to which the database knows all entries."""
        return int(self._database.read(lambda c: c.execute(select(func.max(privacy_journal.c.number))).scalar() or 0))

    def _stored(self, number: int) -> Entry | None:
        try:
            return msgspec.json.decode(b"".join(self._storage.read(_key(number))), type=Entry)
        except NotFound:
            return None

    def _note(self, number: int, entry: Entry) -> None:
        row = {"number": number, "digest": bytes.fromhex(entry.digest), "at": entry.at}

        def write(connection: Connection) -> None:
            if not _known(connection, row["digest"]):  # type: ignore[arg-type]
                connection.execute(insert(privacy_journal).values(row))

        self._database.write(write)


def _known(connection: Connection, digest: bytes) -> bool:
    known = select(privacy_journal.c.number).where(privacy_journal.c.digest == digest)
    return connection.execute(known).first() is not None


def _key(number: int) -> str:
    return f"{PREFIX}{number}"

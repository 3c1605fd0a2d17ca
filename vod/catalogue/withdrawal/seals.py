"""Seals: addresses by which the owner of a withheld video and moderators still read its files, for a while."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.storage import check_key
from vod.tables import file_keys

SEAL_S = 900  # longer than a video
KEY_BYTES = 32
SEAL_BYTES = 16
_DIGITS_MAX = 12


class Seals:
    """The first use reads the key, and makes it if there is none. Blocks then."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known = b""

    def address(self, key: str) -> str:
        """Where a withdrawn file is for whoever gets this address. Never at a CDN."""
        until = str(self._clock() // 1_000 + SEAL_S)
        return f"/media/{check_key(key)}?until={until}&seal={self._seal(key, until)}"

    def opens(self, key: str, until: str, seal: str) -> bool:
        if not (until.isascii() and until.isdecimal() and len(until) <= _DIGITS_MAX and seal.isascii()):
            return False
        return int(until) * 1_000 > self._clock() and hmac.compare_digest(seal, self._seal(key, until))

    def _seal(self, key: str, until: str) -> str:
        return hashlib.blake2b(f"{until} {key}".encode(), key=self._key, digest_size=SEAL_BYTES).hexdigest()

    @property
    def _key(self) -> bytes:
        if not self._known:
            one = select(file_keys.c.key)
            found = self._database.read(lambda c: c.execute(one).scalar())
            self._known = bytes(found if found is not None else self._database.write(_made))
        return self._known


def _made(connection: Connection) -> bytes:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {"id": 1, "key": secrets.token_bytes(KEY_BYTES)}
    connection.execute(dialect.insert(file_keys).values(row).on_conflict_do_nothing())  # another process may have won
    return bytes(connection.execute(select(file_keys.c.key)).scalar_one())


def forget_key(connection: Connection) -> None:
    """The next process makes another."""
    connection.execute(delete(file_keys))

"""Signed impressions and click ids: a serve's id and its signature, so that a forged one costs no query.

The row of the serve is what makes it single-use; the signature says that we made it. A click id goes to the advertiser,
an impression to the viewer only: neither can be made from the other.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import Connection, delete, select

from core.database import Database
from core.ids import ID_CHARS, is_id
from vod.ads.serving.statements import upsert
from vod.ads.tables import ad_keys

KEY_BYTES = 32
SIGNATURE_CHARS = 32  # 128 bits
IMPRESSION_CHARS = CLICK_CHARS = ID_CHARS + 1 + SIGNATURE_CHARS
_CLICK = b"click"


class Signatures:
    """The first use reads the key, and makes it if there is none. Blocks then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = b""

    @property
    def known(self) -> bool:
        """Whether the key is in memory, so that nothing blocks."""
        return bool(self._known)

    def learn(self) -> None:
        """Read the key. Blocks."""

        def write(connection: Connection) -> bytes:
            row = {"id": 1, "key": secrets.token_bytes(KEY_BYTES)}
            connection.execute(upsert(connection, ad_keys).values(row).on_conflict_do_nothing())
            return bytes(connection.execute(select(ad_keys.c.key)).scalar_one())

        self._known = self._database.write(write)

    @property
    def _key(self) -> bytes:
        if not self._known:
            self.learn()
        return self._known

    def impression(self, serve: str) -> str:
        return f"{serve}.{self._signature(serve)}"

    def serve(self, impression: str) -> str | None:
        """The serve that an impression of ours names."""
        return self._checked(impression, b"")

    def click(self, serve: str) -> str:
        """What an advertiser's page is told of a click. It says nothing about the person."""
        return f"{serve}.{self._signature(serve, _CLICK)}"

    def clicked(self, click: str) -> str | None:
        """The serve that a click id of ours names."""
        return self._checked(click, _CLICK)

    def _checked(self, signed: str, purpose: bytes) -> str | None:
        serve, _, signature = signed.partition(".")
        if not is_id(serve) or not signature.isascii():
            return None
        return serve if hmac.compare_digest(signature, self._signature(serve, purpose)) else None

    def _signature(self, serve: str, purpose: bytes = b"") -> str:
        size = SIGNATURE_CHARS // 2
        return hashlib.blake2b(serve.encode(), key=self._key, digest_size=size, person=purpose).hexdigest()


def forget_key(connection: Connection) -> None:
    """The next process makes another."""
    connection.execute(delete(ad_keys))

"""The key by which push services know this server (RFC 8292), the same on all nodes: made once, kept in SQL."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pywebpush import Vapid
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from people.tables import push_keys, push_subscriptions

TOKEN_MS = 12 * 3_600_000  # at most 24 hours (RFC 8292, 2)
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class ServerKey:
    """`public`: an uncompressed point in base64url, which browsers subscribe with."""

    vapid: Vapid
    public: str

    def authorization(self, origin: str, contact: str, now_ms: int) -> str:
        """The value of Authorization for a push service. `contact`: a mailto: or https: URL."""
        claims = {"aud": origin, "sub": contact, "exp": (now_ms + TOKEN_MS) // 1000}
        return str(self.vapid.sign(claims)["Authorization"])


class ServerKeys:
    """Reads the key once. Blocks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._key: ServerKey | None = None

    def key(self) -> ServerKey:
        if self._key is None:
            private = self._database.read(_stored) or self._database.write(_make)
            number = int.from_bytes(_decoded(private), "big")
            point = ec.derive_private_key(number, ec.SECP256R1())
            public = point.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            self._key = ServerKey(Vapid(point), encoded(public))
        return self._key

    def authorization(self, origin: str, contact: str) -> str:
        return self.key().authorization(origin, contact, self._clock())


def encoded(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _stored(connection: Connection) -> str | None:
    return connection.execute(select(push_keys.c.private_key)).scalar()


def _make(connection: Connection) -> str:
    """Of several nodes that start at once, one makes the key for all."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {"id": 1, "private_key": encoded(number.to_bytes(KEY_BYTES, "big"))}
    connection.execute(dialect.insert(push_keys).values(row).on_conflict_do_nothing())
    stored = _stored(connection)
    assert stored is not None
    return stored


def forget_key(connection: Connection) -> None:
    """The next process makes another. Subscriptions belong to the old one: browsers make theirs anew."""
    connection.execute(delete(push_keys))
    connection.execute(delete(push_subscriptions))

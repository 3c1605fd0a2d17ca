"""The secret by which an advertiser's server says who it is. Shown once; what is stored is its digest."""

from __future__ import annotations

import hashlib
import secrets

import msgspec
from sqlalchemy import Connection, delete, select

from core.clock import Clock
from core.database import Database
from core.identity import Identity
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.serving.statements import upsert
from vod.ads.tables import ad_conversion_secrets

SECRET_BYTES = 32
SECRET_CHARS_MAX = 100
PREFIX = "cadeau_cv_"  # so that scanners of leaked secrets know it


class SecretState(msgspec.Struct, frozen=True):
    """`at`: since when there is one, Unix ms; null: there is none."""

    at: int | None


class NewSecret(msgspec.Struct, frozen=True):
    """`secret` is shown only here."""

    secret: str
    at: int


class ConversionSecrets:
    def __init__(self, database: Database, clock: Clock, advertisers: Advertisers) -> None:
        self._database = database
        self._clock = clock
        self._advertisers = advertisers

    def state(self, connection: Connection, advertiser: str, who: Identity) -> SecretState:
        """Raises AdvertiserNotFound."""
        self._advertisers.check(connection, advertiser, who)
        found = select(ad_conversion_secrets.c.at).where(ad_conversion_secrets.c.advertiser == advertiser)
        return SecretState(connection.execute(found).scalar())

    def make(self, advertiser: str, who: Identity) -> NewSecret:
        """Make one, and forget the one before. For owners. Blocks. Raises AdvertiserNotFound, NotAllowed."""
        secret, now = PREFIX + secrets.token_urlsafe(SECRET_BYTES), self._clock()

        def write(connection: Connection) -> NewSecret:
            self._advertisers.check(connection, advertiser, who, "owner")
            changed = {"digest": digest_of(secret), "by": who.id, "at": now}
            new = upsert(connection, ad_conversion_secrets).values(advertiser=advertiser, **changed)
            connection.execute(new.on_conflict_do_update(index_elements=["advertiser"], set_=changed))
            return NewSecret(secret, now)

        return self._database.write(write)

    def revoke(self, advertiser: str, who: Identity) -> None:
        """For owners. Blocks. Raises AdvertiserNotFound, NotAllowed."""

        def write(connection: Connection) -> None:
            self._advertisers.check(connection, advertiser, who, "owner")
            mine = ad_conversion_secrets.c.advertiser == advertiser
            connection.execute(delete(ad_conversion_secrets).where(mine))

        self._database.write(write)


def digest_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def has_secret(connection: Connection, advertiser: str) -> bool:
    found = select(ad_conversion_secrets.c.at).where(ad_conversion_secrets.c.advertiser == advertiser)
    return connection.execute(found).first() is not None

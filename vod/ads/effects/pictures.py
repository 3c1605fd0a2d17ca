"""Pictures for effects: made again here from what was sent, so that they hold nothing but pixels."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from io import BytesIO
from typing import NamedTuple

from PIL import Image, ImageOps
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_

from core.errors import Conflict
from people.settings.picture import decoded
from vod.ads.effects.tables import effect_bookings, effect_pictures
from vod.errors import InvalidEffect

DRAWN_PX_MAX = 512  # the longer side: a sticker half as wide as a 1080p picture
PICTURES_MAX = 50  # of an advertiser
UNUSED_MS_MAX = 86_400_000
DIGEST_CHARS = 32
WEBP_QUALITY = 90


class Picture(NamedTuple):
    digest: str
    width: int
    height: int
    body: bytes


def drawn(content: bytes) -> Picture:
    """A picture as effects draw it: upright, of an animation the first frame, see-through where it was. Takes up to a
    second of CPU. Raises PictureTooLarge, PictureUnreadable."""
    plain = decoded(content, _drawn)
    file = BytesIO()
    plain.save(file, "WEBP", quality=WEBP_QUALITY)
    body = file.getvalue()
    return Picture(hashlib.sha256(body).hexdigest()[:DIGEST_CHARS], *plain.size, body)


def _drawn(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail((DRAWN_PX_MAX, DRAWN_PX_MAX), Image.Resampling.LANCZOS)
    return upright


def address(digest: str) -> str:
    return f"/api/effects/pictures/{digest}"


def store(connection: Connection, advertiser: str, picture: Picture, at: int) -> None:
    """Keep a picture of an advertiser, whom the caller has locked. Raises Conflict."""
    mine = effect_pictures.c.advertiser == advertiser
    if connection.execute(select(effect_pictures.c.digest).where(mine, _is(picture.digest))).first() is not None:
        return
    if connection.execute(select(func.count()).where(mine)).scalar_one() >= PICTURES_MAX:
        raise Conflict(f"An advertiser has at most {PICTURES_MAX} pictures; unused ones are deleted after a day.")
    row = {"advertiser": advertiser, "at": at, **picture._asdict()}
    connection.execute(insert(effect_pictures).values(row))


def check(connection: Connection, advertiser: str, digest: str) -> None:
    """Whether an advertiser has this picture. Raises InvalidEffect."""
    if not sizes(connection, [(advertiser, digest)]):
        raise InvalidEffect("There is no such picture.")


def sizes(connection: Connection, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Width and height of pictures by advertiser and digest."""
    named = tuple_(effect_pictures.c.advertiser, effect_pictures.c.digest)
    found = select(
        effect_pictures.c.advertiser, effect_pictures.c.digest, effect_pictures.c.width, effect_pictures.c.height
    )
    rows = connection.execute(found.where(named.in_(list(wanted)))) if wanted else ()
    return {(row.advertiser, row.digest): (row.width, row.height) for row in rows}


def body_of(connection: Connection, digest: str) -> bytes | None:
    """Whoever knows the digest knows the picture."""
    found = select(effect_pictures.c.body).where(_is(digest)).limit(1)
    body: bytes | None = connection.execute(found).scalar()
    return body


def forget_unused(connection: Connection, now: int) -> None:
    used = select(effect_bookings.c.id).where(
        effect_bookings.c.advertiser == effect_pictures.c.advertiser,
        effect_bookings.c.picture == effect_pictures.c.digest,
    )
    old = effect_pictures.c.at < now - UNUSED_MS_MAX
    connection.execute(delete(effect_pictures).where(old, ~used.exists()))


def _is(digest: str) -> ColumnElement[bool]:
    return effect_pictures.c.digest == digest

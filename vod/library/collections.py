"""Collections: names under which somebody keeps saved videos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidRequest
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from core.text import clean_line, folded
from vod.catalogue.videos import Videos
from vod.errors import CollectionNotFound
from vod.tables import collections, saved_videos, videos

COLLECTIONS_MAX = 100  # of one person
COLLECTION_NAME_CHARS_MAX = 60


class Collection(msgspec.Struct):
    """`videos`: how many are kept in it. `poster`: that of the newest one."""

    id: str
    name: str
    at: int  # Unix ms
    videos: int = 0
    poster: str | None = None


class Collections:
    """Every method blocks."""

    def __init__(self, database: Database, clock: Clock, videos: Videos) -> None:
        self._database = database
        self._clock = clock
        self._videos = videos

    def all(self, who: Identity) -> Page[Collection]:
        """Somebody's collections, ordered by name."""

        def read(connection: Connection) -> list[Collection]:
            mine = select(collections).where(collections.c.person == who.id).order_by(collections.c.key)
            rows = connection.execute(mine).all()
            return self._shown(connection, rows, who)

        return Page(self._database.read(read))

    def create(self, who: Identity, name: str) -> Collection:
        """Raises Conflict, InvalidRequest."""
        made = Collection(new_id(), checked_name(name), self._clock())
        row = {"id": made.id, "person": who.id, "name": made.name, "key": folded(made.name), "at": made.at}

        def write(connection: Connection) -> None:
            count = select(func.count()).select_from(collections).where(collections.c.person == who.id)
            if connection.execute(count).scalar_one() >= COLLECTIONS_MAX:
                raise Conflict(f"You can have at most {COLLECTIONS_MAX} collections.")
            connection.execute(insert(collections).values(row))

        try:
            self._database.write(write)
        except IntegrityError:
            raise _name_taken() from None
        return made

    def rename(self, who: Identity, collection: str, name: str) -> Collection:
        """Raises CollectionNotFound, Conflict, InvalidRequest."""
        values = {"name": checked_name(name)}
        values["key"] = folded(values["name"])

        def write(connection: Connection) -> Collection:
            own(connection, who, collection)
            connection.execute(update(collections).where(collections.c.id == collection).values(values))
            return self._shown(connection, [own(connection, who, collection)], who)[0]

        try:
            return self._database.write(write)
        except IntegrityError:
            raise _name_taken() from None

    def delete(self, who: Identity, collection: str) -> None:
        """Its videos stay saved. Raises CollectionNotFound."""

        def write(connection: Connection) -> None:
            own(connection, who, collection)
            connection.execute(delete(collections).where(collections.c.id == collection))

        self._database.write(write)

    def _shown(self, connection: Connection, rows: Sequence[Row[Any]], who: Identity) -> list[Collection]:
        """Counted and pictured is only what their owner may still see."""
        ids = [row.id for row in rows]
        kept = (
            select(saved_videos.c.collection, func.count(), func.max(saved_videos.c.id))
            .join(videos, videos.c.id == saved_videos.c.video)
            .where(saved_videos.c.collection.in_(ids), self._videos.sight.among(connection, who))
            .group_by(saved_videos.c.collection)
        )
        counts = {collection: (count, newest) for collection, count, newest in connection.execute(kept)}
        newest = [saved for _, saved in counts.values()]
        query = select(videos, saved_videos.c.collection).join(saved_videos).where(saved_videos.c.id.in_(newest))
        found = connection.execute(query).all()
        posters = {video.id: video.poster for video in self._videos.shown(connection, found, who)}
        poster_of = {row.collection: posters.get(row.id) for row in found}
        return [
            Collection(row.id, row.name, row.at, counts.get(row.id, (0, ""))[0], poster_of.get(row.id)) for row in rows
        ]


def _name_taken() -> Conflict:
    return Conflict("You have a collection of this name already.")


def own(connection: Connection, who: Identity, collection: str) -> Row[Any]:
    """The row of one's own collection, which nobody deletes before the commit. Raises CollectionNotFound."""
    mine = select(collections).where(collections.c.id == collection, collections.c.person == who.id)
    row = connection.execute(mine.with_for_update(key_share=True)).first()
    if row is None:
        raise CollectionNotFound
    return row


def checked_name(text: str) -> str:
    """Raises InvalidRequest."""
    name = clean_line(text, COLLECTION_NAME_CHARS_MAX)
    if not name:
        raise InvalidRequest(
            f"The name of a collection must have 1 to {COLLECTION_NAME_CHARS_MAX} characters, one of them visible."
        )
    return name

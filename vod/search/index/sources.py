"""The sources: what makes a person, a video, a hashtag, a sound, a room or a product a document. Another kind is one
class more.

`Search` shows what it finds by the other functions of the domains, which check again who may see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

import live.search.findable
import people.findable
from core.identity import Person
from live.goods.products import FindsProducts
from vod.catalogue.tag_pages import TagCounter
from vod.catalogue.tags import tags_in
from vod.catalogue.videos import Brief
from vod.catalogue.visibility import is_public
from vod.search.index.documents import Document, Kind, weight_of
from vod.search.index.indexer import Source
from vod.search.query import key_of
from vod.search.words import tag_word, words_of
from vod.sounds.briefs import title_of
from vod.sounds.sounds import findable_sounds, list_sounds
from vod.sounds.uses import UseCounter
from vod.tables import video_tags, videos

LIKE_VIEWS = 10  # a like weighs as much as so many views
TAGGED_VIEWS = 10  # the same for a video with a hashtag


class PeopleSource:
    def documents(self, connection: Connection, ids: Sequence[str]) -> list[Document]:
        return [
            Document(
                "people", one.id, key_of(one.handle), _distinct(_handle_words(one.handle), words_of(one.name)),
                _distinct(words_of(one.bio)), weight_of(one.followers),
            )
            for one in people.findable.findable_people(connection, ids).values()
        ]  # fmt: skip

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        return people.findable.findable_ids(connection, after, limit)


class VideoSource:
    def __init__(self, brief: Brief) -> None:
        self._brief = brief

    def documents(self, connection: Connection, ids: Sequence[str]) -> list[Document]:
        query = select(
            videos.c.id, videos.c.person, videos.c.caption, videos.c.created_at, videos.c.views, videos.c.likes
        )
        rows = connection.execute(query.where(videos.c.id.in_(ids), is_public())).all()
        by = self._brief(connection, {row.person for row in rows})
        return [
            Document(
                "videos", row.id, None,
                _distinct(words_of(row.caption), filter(None, map(tag_word, tags_in(row.caption)))),
                _distinct(_handle_words(by[row.person].handle), words_of(by[row.person].name)),
                weight_of(row.views + LIKE_VIEWS * row.likes, row.created_at),
            )
            for row in rows
            if row.person in by
        ]  # fmt: skip

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        query = select(videos.c.id).where(is_public(), videos.c.id > after).order_by(videos.c.id).limit(limit)
        return list(connection.execute(query).scalars())


class HashtagSource:
    """A hashtag's id is the hashtag itself, as `video_tags` has it."""

    def __init__(self, counter: TagCounter) -> None:
        self._counter = counter

    def documents(self, connection: Connection, ids: Sequence[str]) -> list[Document]:
        counts = self._counter.counts(connection, ids)
        return [
            Document(
                "hashtags", tag, key_of(tag), _distinct([tag_word(tag)], words_of(tag)), (),
                weight_of(count.views + TAGGED_VIEWS * count.videos),
            )
            for tag, count in counts.items()
            if count.videos and tag_word(tag)
        ]  # fmt: skip

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        seen = select(videos.c.id).where(videos.c.id == video_tags.c.video, is_public()).exists()
        query = select(video_tags.c.tag).distinct().where(video_tags.c.tag > after, seen)
        return list(connection.execute(query.order_by(video_tags.c.tag).limit(limit)).scalars())


class SoundSource:
    def __init__(self, brief: Brief, uses: UseCounter) -> None:
        self._brief = brief
        self._uses = uses

    def documents(self, connection: Connection, ids: Sequence[str]) -> list[Document]:
        rows = findable_sounds(connection, ids)
        uses = self._uses.counts(connection, (row.id for row in rows))
        by = self._brief(connection, {row.person for row in rows})
        return [
            Document(
                "sounds", row.id, None, _distinct(words_of(title_of(row.title, by.get(row.person)))),
                _by_words(by.get(row.person)),
                weight_of(uses[row.id], row.created_at),
            )
            for row in rows
        ]  # fmt: skip

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        return [row.id for row in list_sounds(connection, after, limit)]


class RoomSource:
    def __init__(self, brief: Brief) -> None:
        self._brief = brief

    def documents(self, connection: Connection, ids: Sequence[str]) -> list[Document]:
        rooms = live.search.findable.findable_rooms(connection, ids).values()
        hosts = self._brief(connection, {room.host for room in rooms})
        return [
            Document(
                "rooms", room.id, None, _distinct(words_of(room.title)),
                _distinct(_handle_words(hosts[room.host].handle), words_of(hosts[room.host].name)),
                weight_of(room.viewers),
            )
            for room in rooms
            if room.host in hosts
        ]  # fmt: skip

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        return live.search.findable.findable_ids(connection, after, limit)


class ProductSource:
    def __init__(self, products: FindsProducts) -> None:
        self._products = products

    def documents(self, connection: Connection, ids: Sequence[str]) -> list[Document]:
        return [
            Document(
                "products", one.id, None, _distinct(words_of(one.title)),
                _distinct(words_of(one.names), words_of(one.seller)), weight_of(0, one.at),
            )
            for one in self._products.findable(connection, ids)
        ]  # fmt: skip

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        return self._products.ids(connection, after, limit)


def all_sources(brief: Brief, counter: TagCounter, uses: UseCounter, products: FindsProducts) -> Mapping[Kind, Source]:
    return {
        "people": PeopleSource(), "videos": VideoSource(brief), "hashtags": HashtagSource(counter),
        "sounds": SoundSource(brief, uses), "rooms": RoomSource(brief),
        "products": ProductSource(products),
    }  # fmt: skip


def _by_words(person: Person | None) -> tuple[str, ...]:
    return _distinct(_handle_words(person.handle), words_of(person.name)) if person is not None else ()


def _handle_words(handle: str) -> list[str]:
    """A handle is also found without its dots and underscores."""
    words = words_of(handle)
    return [*words, "".join(words)] if len(words) > 1 else words


def _distinct(*words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for some in words for word in some))

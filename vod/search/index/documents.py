"""Documents: what is found. One row each in `search_documents`, and its words in the full-text index.

A document's key in the database is its place: kind, weight, then a number of its own. So the index yields the
documents of one kind in the order of their weight, and a search may stop early, however many match.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, delete, insert, select

from vod.search.index.vocabulary import learn
from vod.search.index.word_index import WordIndex
from vod.search.words import with_stems
from vod.tables import search_documents

Kind = Literal["people", "videos", "hashtags", "sounds", "rooms"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NUMBER_BITS = 44
_WEIGHT_BITS = 16
_STEPS = 16  # in a doubling of popularity
WEIGHT_MAX = (1 << _WEIGHT_BITS) - 1
REWEIGHED_STEPS_MIN = 8  # a smaller change of weight is not worth a write
_EPOCH_MS = 1_577_836_800_000  # 2020
_HALF_LIFE_MS = 60 * 86_400_000  # so much younger weighs as much as twice the popularity


@dataclass(frozen=True, slots=True)
class Document:
    """`head` are the words of its name or title, `body` all others. `weight`: see `weight_of`."""

    kind: Kind
    id: str
    key: str | None
    head: tuple[str, ...]
    body: tuple[str, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class Indexed:
    """A document as it is in the index."""

    place: int
    id: str
    key: str | None
    head: tuple[str, ...]
    body: tuple[str, ...]

    @property
    def weight(self) -> int:
        return self.place >> _NUMBER_BITS & WEIGHT_MAX


def weight_of(popularity: float, created_at: int | None = None) -> int:
    """The logarithm of popularity, plus the time it was made (Unix ms), where age matters.

    As everything ages alike, a weight stays right relative to others without ever being computed again.
    """
    age = (created_at - _EPOCH_MS) / _HALF_LIFE_MS if created_at is not None else 0.0
    return max(0, min(WEIGHT_MAX, round(_STEPS * (math.log2(1 + max(0.0, popularity)) + age))))


def doublings(steps: int) -> float:
    """A difference of weights as doublings of popularity."""
    return steps / _STEPS


def places_of(kind: Kind) -> tuple[int, int]:
    """The first and the last place of a kind."""
    first = KINDS.index(kind) << _NUMBER_BITS + _WEIGHT_BITS
    return first, first + (1 << _NUMBER_BITS + _WEIGHT_BITS) - 1


def kind_of(place: int) -> Kind:
    return KINDS[place >> _NUMBER_BITS + _WEIGHT_BITS]


def put(connection: Connection, index: WordIndex, document: Document) -> None:
    """Add a document, or replace it where something has changed."""
    known = _known(connection, document.kind, [document.id]).get(document.id)
    if known is not None:
        same = (known.key, known.head, known.body) == (document.key, document.head, document.body)
        if same and abs(known.weight - document.weight) < REWEIGHED_STEPS_MIN:
            return
        _remove_places(connection, index, [known.place])
    place = _free_place(connection, document)
    row = {
        "place": place, "kind": document.kind, "id": document.id, "key": document.key,
        "head": " ".join(document.head), "body": " ".join(document.body),
    }  # fmt: skip
    words = with_stems((*document.head, *document.body))
    connection.execute(insert(search_documents).values(row))
    index.put(connection, place, words)
    learn(connection, words)


def remove(connection: Connection, index: WordIndex, kind: Kind, ids: Collection[str]) -> None:
    """Remove documents; what is not there is removed already."""
    _remove_places(connection, index, [known.place for known in _known(connection, kind, ids).values()])


def at_places(connection: Connection, places: Collection[int]) -> list[Indexed]:
    rows = connection.execute(select(search_documents).where(search_documents.c.place.in_(places)))
    return [_indexed(row) for row in rows]


def with_key(connection: Connection, kinds: Iterable[Kind], key: str, limit: int) -> list[int]:
    """Places of the documents whose name is exactly this, of each kind the heaviest first."""
    query = select(search_documents.c.place).where(
        search_documents.c.key == key, search_documents.c.kind.in_(list(kinds))
    )
    return list(connection.execute(query.order_by(search_documents.c.place.desc()).limit(limit)).scalars())


def heaviest(connection: Connection, kind: Kind, limit: int) -> list[str]:
    """Ids of the most popular documents of a kind."""
    low, high = places_of(kind)
    query = select(search_documents.c.id).where(search_documents.c.place.between(low, high))
    return list(connection.execute(query.order_by(search_documents.c.place.desc()).limit(limit)).scalars())


def _known(connection: Connection, kind: Kind, ids: Collection[str]) -> dict[str, Indexed]:
    mine = search_documents.c.kind == kind, search_documents.c.id.in_(list(ids))
    return {row.id: _indexed(row) for row in connection.execute(select(search_documents).where(*mine))}


def _indexed(row: Row[Any]) -> Indexed:
    return Indexed(row.place, row.id, row.key, tuple(row.head.split()), tuple(row.body.split()))


def _remove_places(connection: Connection, index: WordIndex, places: Collection[int]) -> None:
    if places:
        connection.execute(delete(search_documents).where(search_documents.c.place.in_(places)))
        index.remove(connection, places)


def _free_place(connection: Connection, document: Document) -> int:
    """Numbers come from the id, so that two processes choose the same one and a second attempt changes nothing."""
    first = places_of(document.kind)[0] + (document.weight << _NUMBER_BITS)
    attempt = 0
    while True:
        digest = hashlib.blake2s(f"{attempt} {document.id}".encode()).digest()
        place = first + (int.from_bytes(digest[:8], "big") & (1 << _NUMBER_BITS) - 1)
        taken = select(search_documents.c.place).where(search_documents.c.place == place)
        if connection.execute(taken).first() is None:
            return place
        attempt += 1

"""Documents: what is found. One row each in `search_documents`, and its words in the full-text index.

A document's key in the database is its place: kind, weight, then a number of its own. So the index yields the
documents of one kind in the order of their weight, and a search may stop early, however many match.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from sqlalchemy import Connection, bindparam, delete, insert, select, text

from vod.search.index.vocabulary import learn
from vod.search.index.word_index import WordIndex
from vod.search.words import with_stems
from vod.tables import search_documents

Kind = Literal["people", "videos", "hashtags", "sounds", "rooms", "products"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NUMBER_BITS = 44
_WEIGHT_BITS = 16
_STEPS = 16  # in a doubling of popularity
WEIGHT_MAX = (1 << _WEIGHT_BITS) - 1
REWEIGHED_STEPS_MIN = 8  # a smaller change of weight is not worth a write
_EPOCH_MS = 1_577_836_800_000  # 2020
_HALF_LIFE_MS = 60 * 86_400_000  # so much younger weighs as much as twice the popularity
_COLUMNS = [search_documents.c[name] for name in ("place", "id", "key", "head", "body")]
_AT_PLACES = text("SELECT place, id, key, head, body FROM search_documents WHERE place IN :places").bindparams(
    bindparam("places", expanding=True)
)


@dataclass(frozen=True, slots=True)
class Document:
    """`head` are the words of its name or title, `body` all others. `weight`: see `weight_of`."""

    kind: Kind
    id: str
    key: str | None
    head: tuple[str, ...]
    body: tuple[str, ...]
    weight: int


class Indexed(NamedTuple):
    """A document as it is in the index, its words separated by spaces."""

    place: int
    id: str
    key: str | None
    head: str
    body: str

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


def put(connection: Connection, index: WordIndex, documents: Sequence[Document]) -> None:
    """Add documents of one kind, or replace them where something has changed."""
    if not documents:
        return
    known = _known(connection, documents[0].kind, [document.id for document in documents])
    changed = [document for document in documents if _has_changed(known.get(document.id), document)]
    _remove_places(connection, index, [known[one.id].place for one in changed if one.id in known])
    places = _free_places(connection, changed)
    rows = [
        {
            "place": place, "kind": document.kind, "id": document.id, "key": document.key,
            **dict(zip(("head", "body"), _texts(document), strict=True)),
        }
        for place, document in places.items()
    ]  # fmt: skip
    if rows:
        words = {place: with_stems((*document.head, *document.body)) for place, document in places.items()}
        connection.execute(insert(search_documents), rows)
        index.put(connection, words)
        learn(connection, {word for some in words.values() for word in some})


def remove(connection: Connection, index: WordIndex, kind: Kind, ids: Collection[str]) -> None:
    """Remove documents; what is not there is removed already."""
    _remove_places(connection, index, [known.place for known in _known(connection, kind, ids).values()])


def at_places(connection: Connection, places: Collection[int]) -> list[Indexed]:
    return [Indexed(*row) for row in connection.execute(_AT_PLACES, {"places": list(places)})]


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
    return {row.id: Indexed(*row) for row in connection.execute(select(*_COLUMNS).where(*mine))}


def _remove_places(connection: Connection, index: WordIndex, places: Collection[int]) -> None:
    if places:
        connection.execute(delete(search_documents).where(search_documents.c.place.in_(places)))
        index.remove(connection, places)


def _texts(document: Document) -> tuple[str, str]:
    return " ".join(document.head), " ".join(document.body)


def _has_changed(known: Indexed | None, document: Document) -> bool:
    if known is None or (known.key, known.head, known.body) != (document.key, *_texts(document)):
        return True
    return abs(known.weight - document.weight) >= REWEIGHED_STEPS_MIN


def _free_places(connection: Connection, documents: Sequence[Document]) -> dict[int, Document]:
    """A place for each document. Its number comes from its id; where that is taken, from another attempt."""
    found: dict[int, Document] = {}
    waiting, attempt = list(documents), 0
    while waiting:
        wanted = {_place(document, attempt): document for document in reversed(waiting)}
        query = select(search_documents.c.place).where(search_documents.c.place.in_(list(wanted)))
        taken = {*connection.execute(query).scalars(), *found}
        found |= {place: document for place, document in wanted.items() if place not in taken}
        placed = {document.id for document in found.values()}
        waiting = [document for document in waiting if document.id not in placed]
        attempt += 1
    return found


def _place(document: Document, attempt: int) -> int:
    first = places_of(document.kind)[0] + (document.weight << _NUMBER_BITS)
    digest = hashlib.blake2s(f"{attempt} {document.id}".encode()).digest()
    return first + (int.from_bytes(digest[:8], "big") & (1 << _NUMBER_BITS) - 1)

"""Search: finds candidates in the index, ranks them, and shows those that the viewer may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.identity import Identity
from live.goods.products import FindsProducts
from live.routes import RoomView
from people.findable import findable_people
from vod.catalogue.tag_pages import TagCounter, parse_offset
from vod.catalogue.videos import Brief, Videos
from vod.search.index.documents import KINDS, Indexed, Kind, at_places, kind_of, places_of, with_key
from vod.search.index.vocabulary import corrections
from vod.search.index.word_index import WordIndex
from vod.search.query import Alternatives, Query, parse
from vod.search.ranking import ranked
from vod.search.results import (
    Found,
    FoundHashtag,
    FoundPerson,
    FoundProduct,
    FoundRoom,
    FoundSound,
    SearchAnswer,
    found_video,
)
from vod.sounds.briefs import sounds_in_brief
from vod.sounds.sounds import findable_sounds
from vod.sounds.uses import UseCounter

CANDIDATES_MAX = 200  # ranked for one kind: the heaviest that match. How far its list goes
CANDIDATES_OF_EACH_MAX = 50  # the same when all kinds are asked for
FEW = 6  # of each kind
ENOUGH = 5  # with fewer, corrections of typing errors are looked for, too
NAMED_MAX = 20  # documents with exactly the name that was typed

RoomsById = Callable[[Connection, Sequence[str], str], Sequence[RoomView]]
"""(connection, ids, base URL) -> those that are live, as a visitor is shown them."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who searches, and where they reached the server."""

    who: Identity | None
    base_url: str


@dataclass(slots=True)
class _Candidates:
    """Places by kind, and the words they were found by."""

    groups: list[Alternatives]
    places: dict[Kind, set[int]] = field(default_factory=dict)
    asked: set[tuple[str, Kind]] = field(default_factory=set)

    def few(self) -> list[Kind]:
        return [kind for kind, places in self.places.items() if len(places) < ENOUGH]

    def total(self) -> int:
        return sum(map(len, self.places.values()))


class Search:
    """Every method blocks."""

    def __init__(
        self,
        database: Database,
        index: WordIndex,
        videos: Videos,
        counter: TagCounter,
        uses: UseCounter,
        brief: Brief,
        rooms: RoomsById,
        products: FindsProducts,
    ) -> None:
        self._database = database
        self._index = index
        self._videos = videos
        self._counter = counter
        self._uses = uses
        self._brief = brief
        self._rooms = rooms
        self._products = products
        self._shows: Mapping[Kind, Callable[[Connection, list[str], Asker], Sequence[Found]]] = {
            "people": self._people, "videos": self._found_videos, "hashtags": self._hashtags,
            "sounds": self._sounds, "rooms": self._live_rooms, "products": self._on_sale,
        }  # fmt: skip

    def of_kind(self, text: str, kind: Kind, cursor: str, limit: int, asker: Asker) -> SearchAnswer:
        """A page of one kind. Raises InvalidRequest for a cursor that is not one of ours."""
        first = parse_offset(cursor, CANDIDATES_MAX)

        def read(connection: Connection) -> SearchAnswer:
            ids = self.find(connection, text, [kind], CANDIDATES_MAX)[kind]
            items = list(self._shows[kind](connection, ids[first : first + limit], asker))
            return SearchAnswer(items=items, next=str(first + limit) if first + limit < len(ids) else None)

        return self._database.read(read)

    def of_each(self, text: str, asker: Asker) -> SearchAnswer:
        """The first few of each kind."""

        def read(connection: Connection) -> SearchAnswer:
            found = self.find(connection, text, KINDS, CANDIDATES_OF_EACH_MAX)
            shown = {kind: list(self._shows[kind](connection, ids[:FEW], asker)) for kind, ids in found.items()}
            return SearchAnswer(**shown)  # type: ignore[arg-type]

        return self._database.read(read)

    def find(self, connection: Connection, text: str, kinds: Sequence[Kind], limit: int) -> dict[Kind, list[str]]:
        """Ids by kind, the best first."""
        query = parse(text)
        candidates = self._candidates(connection, query, kinds, limit)
        everything = [place for places in candidates.places.values() for place in places]
        by_place = {one.place: one for one in at_places(connection, everything)} if everything else {}
        found: dict[Kind, list[str]] = {}
        for kind in kinds:
            here: list[Indexed] = [by_place[place] for place in candidates.places[kind] if place in by_place]
            found[kind] = [one.id for one in ranked(here, query, candidates.groups)][:limit]
        return found

    def _candidates(self, connection: Connection, query: Query, kinds: Sequence[Kind], limit: int) -> _Candidates:
        """Documents with every word; where there are few, also with corrected words; where there are none, with any
        of the words. Each step looks only for the kinds that need it."""
        found = _Candidates(query.alternatives(), {kind: set() for kind in kinds})
        if not query.words:
            return found
        self._add_exact(connection, found, query, limit)
        rest = [kind for kind, places in found.places.items() if len(places) < limit]
        if any(wanted.prefix for wanted in query.words):
            self._add(connection, found, rest, limit)
        if (few := found.few()) and found.total() < ENOUGH:  # what is found often is no typing error
            corrected = {wanted.word: corrections(connection, wanted.word) for wanted in query.words}
            if any(corrected.values()):
                found.groups = query.alternatives(corrected)
                self._add(connection, found, few, limit)
        none = [kind for kind, places in found.places.items() if not places]
        if none and len(query.words) > 1 and found.total() < ENOUGH:
            self._add(connection, found, none, limit, any_group=True)
        return found

    def _add(
        self, connection: Connection, found: _Candidates, kinds: Sequence[Kind], limit: int, *, any_group: bool = False
    ) -> None:
        whole = [group for group in found.groups if not any(wanted.prefix for wanted in group)]
        if whole and not any_group and not self._index.find(connection, whole, [places_of(k) for k in kinds], 1):
            return  # beginnings take the longest: where the other words are not found together, nothing would be
        groups = self._index.spelled_out(connection, found.groups)
        self._look_for(connection, found, groups, kinds, limit, any_group=any_group)

    def _look_for(
        self, connection: Connection, found: _Candidates, groups: Sequence[Alternatives], kinds: Iterable[Kind],
        limit: int, *, any_group: bool = False,
    ) -> None:  # fmt: skip
        """Nothing is looked for twice: often no other word begins like the last one."""
        expression = self._index.expression(groups, any_group=any_group)
        new = [kind for kind in kinds if (expression, kind) not in found.asked]
        found.asked.update((expression, kind) for kind in new)
        _sort_in(found, self._index.find(connection, groups, [places_of(k) for k in new], limit, any_group=any_group))

    def _add_exact(self, connection: Connection, found: _Candidates, query: Query, limit: int) -> None:
        """The exact name and the exact words come first: more popular beginnings must not push them out, and where
        there are enough of them, beginnings need not be looked for."""
        _sort_in(found, with_key(connection, found.places, query.key, NAMED_MAX) if query.key else [])
        whole = [[replace(wanted, prefix=False) for wanted in group] for group in found.groups]
        self._look_for(connection, found, whole, found.places, limit)

    def _people(self, connection: Connection, ids: list[str], asker: Asker) -> list[Found]:
        reported = self._videos.sight.hidden(connection, asker.who, "person", ids)
        about = findable_people(connection, [one for one in ids if one not in reported])
        brief = self._brief(connection, about)
        return [
            FoundPerson(**msgspec.structs.asdict(brief[one]), bio=about[one].bio, followers=about[one].followers)
            for one in ids
            if one in brief
        ]

    def _found_videos(self, connection: Connection, ids: list[str], asker: Asker) -> list[Found]:
        return [found_video(video) for video in self._videos.published(connection, ids, asker.who)]

    def _hashtags(self, connection: Connection, ids: list[str], _: Asker) -> list[Found]:
        return [FoundHashtag(page.tag, page.videos, page.views) for page in self._counter.pages(connection, ids)]

    def _sounds(self, connection: Connection, ids: list[str], asker: Asker) -> list[Found]:
        found = findable_sounds(connection, ids)
        reported = self._videos.sight.hidden(connection, asker.who, "person", {row.person for row in found})
        rows = {row.id: row for row in found if row.person not in reported}
        briefs = sounds_in_brief(connection, rows, self._brief)
        uses = self._uses.counts(connection, briefs)
        return [FoundSound(**msgspec.structs.asdict(briefs[one]), uses=uses[one]) for one in ids if one in briefs]

    def _live_rooms(self, connection: Connection, ids: list[str], asker: Asker) -> list[Found]:
        rooms = self._videos.sight.unreported_rooms(connection, self._rooms(connection, ids, asker.base_url), asker.who)
        return [FoundRoom(**msgspec.structs.asdict(room)) for room in rooms]

    def _on_sale(self, connection: Connection, ids: list[str], _: Asker) -> list[Found]:
        briefs = self._products.briefs(connection, ids)
        return [FoundProduct(**msgspec.structs.asdict(briefs[one])) for one in ids if one in briefs]


def _sort_in(found: _Candidates, places: Sequence[int]) -> None:
    for place in places:
        found.places[kind_of(place)].add(place)

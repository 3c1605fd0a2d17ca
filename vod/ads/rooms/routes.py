"""Cards between live rooms over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.errors import InvalidRequest
from core.http import Access, Call, Operation
from core.ids import is_id, new_id
from core.limits import Rate
from live.routes import base_url
from vod.ads.rooms.cards import RoomCard, RoomCards
from vod.feed.viewer import Viewers

ROOMS_MAX = 100  # in one question
ROOMS_CHARS_MAX = 4_000
CARDS_RATE = Rate(60, 60)


class CardsQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`rooms`: the ids of live rooms in the order they are listed, with commas between them. `session`: of an earlier
    answer, so that caps of visitors hold."""

    rooms: Annotated[str, msgspec.Meta(max_length=ROOMS_CHARS_MAX)]
    session: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Cards(msgspec.Struct):
    items: list[RoomCard]
    session: str


class CardRoutes:
    def __init__(self, cards: RoomCards, viewers: Viewers) -> None:
        self._cards = cards
        self._viewers = viewers

    def operations(self) -> list[Operation]:
        return [Operation("GET", "/api/ads/cards", self.cards, access=Access.ANYONE, rate=CARDS_RATE)]

    def cards(self, call: Call, query: CardsQuery) -> Cards:
        """Get the ads that stand between live rooms."""
        rooms = list(dict.fromkeys(query.rooms.split(",")))
        if len(rooms) > ROOMS_MAX or not all(map(is_id, rooms)):
            raise InvalidRequest(f"rooms are at most {ROOMS_MAX} ids with commas between them.")
        session = query.session or new_id()
        if not is_id(session):
            raise InvalidRequest("session is invalid")
        viewer = self._viewers.of(call)
        return Cards(self._cards.between(viewer, session, rooms, base_url(call.request)), session)

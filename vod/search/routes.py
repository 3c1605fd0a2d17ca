"""Search and trending over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from core.http import Access, Call, Operation, Paging
from core.limits import Rate
from live.routes import base_url
from vod.search.query import QUERY_CHARS_MAX
from vod.search.results import SearchAnswer
from vod.search.search import Asker, Search
from vod.search.trending import Trending, Trends

SEARCH_RATE = Rate(120, 60)  # one for each pause in typing


class SearchQuery(Paging, forbid_unknown_fields=True):
    """`kind`: left out or empty for the first few of each kind. Then there are no further ones."""

    q: Annotated[str, msgspec.Meta(max_length=QUERY_CHARS_MAX)] = ""
    kind: Literal["", "people", "videos", "hashtags", "sounds", "rooms", "products"] = ""


class SearchRoutes:
    def __init__(self, search: Search, trends: Trends) -> None:
        self._search = search
        self._trends = trends

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/search", self.search, access=Access.ANYONE, rate=SEARCH_RATE),
            Operation("GET", "/api/trending", self.trending, access=Access.ANYONE),
        ]

    def search(self, call: Call, query: SearchQuery) -> SearchAnswer:
        """Search people, videos, hashtags, sounds, live rooms and products."""
        asker = Asker(call.who, base_url(call.request))
        if query.kind == "":
            return self._search.of_each(query.q, asker)
        return self._search.of_kind(query.q, query.kind, query.cursor, query.limit, asker)

    def trending(self, call: Call) -> Trending:
        """See which hashtags and videos are rising."""
        return self._trends.show(call.who)

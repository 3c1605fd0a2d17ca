"""The feed over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from core.errors import NotSignedIn
from core.http import Access, Call, Operation, Page, Paging, RequestGate
from core.limits import Rate
from live.routes import base_url
from vod.feed.events import EVENTS_BATCH_MAX, FeedEvent, FeedEvents
from vod.feed.feed import Feed, FeedItem
from vod.feed.viewer import Viewers

FEED_RATE = Rate(240, 60)  # a page is twenty items; each page is recorded
EVENTS_RATE = Rate(120, 60)
VIEWER_EVENTS_RATE = Rate(1_200, 600)
NETWORK_EVENTS_RATE = Rate(12_000, 600)  # a network may stand for many people


class FeedQuery(Paging, forbid_unknown_fields=True):
    """`opening`: the app was opened here, and not by a link to something; a takeover may come first."""

    tab: Literal["for_you", "following"] = "for_you"
    opening: bool = False


class NewFeedEvents(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[FeedEvent], msgspec.Meta(min_length=1, max_length=EVENTS_BATCH_MAX)]


class Accepted(msgspec.Struct):
    accepted: int


class FeedRoutes:
    def __init__(self, feed: Feed, events: FeedEvents, viewers: Viewers) -> None:
        self._feed = feed
        self._events = events
        self._viewers = viewers

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/feed", self.feed, access=Access.ANYONE, rate=FEED_RATE),
            Operation("POST", "/api/feed/events", self.report, access=Access.ANYONE, status=202, rate=EVENTS_RATE),
        ]

    def feed(self, call: Call, query: FeedQuery) -> Page[FeedItem]:
        """Get the feed: what to watch next."""
        if query.tab == "for_you":
            viewer, where = self._viewers.of(call), base_url(call.request)
            return self._feed.for_you(viewer, query.cursor, query.limit, where, opening=query.opening)
        if call.who is None:
            raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
        return self._feed.of_followed(self._viewers.of(call), query.cursor, query.limit)

    def report(self, call: Call, body: NewFeedEvents) -> Accepted:
        """Report watch events."""
        gate: RequestGate = call.request.app.state.gate
        viewer = self._viewers.of(call)
        for key, rate in ((viewer.id, VIEWER_EVENTS_RATE), (viewer.network, NETWORK_EVENTS_RATE)):
            gate.limiter.consume("feed events", key, rate, len(body.events))
        return Accepted(self._events.record(viewer, body.events))

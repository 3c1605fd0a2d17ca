"""Swiping through the feed without HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.identity import Identity
from tests.vod.conftest import House
from vod.feed.feed import FeedAd, FeedItem, FeedRoom

Swipe = Callable[..., list[FeedItem]]
BASE_URL = "http://cadeau.test"


def subject(item: FeedItem) -> str:
    """The id of the video, room or ad."""
    if isinstance(item, FeedRoom):
        return item.room.id
    return item.video.id if isinstance(item, FeedAd) else item.id


@pytest.fixture
def swipe(house: House) -> Swipe:
    """The whole For you feed, page by page."""

    def all_pages(who: Identity | None = None, limit: int = 3, pages_max: int = 100) -> list[FeedItem]:
        viewer = house.vod.viewers.viewer(who, "192.0.2.1")
        items: list[FeedItem] = []
        cursor: str | None = ""
        while cursor is not None and pages_max > 0:
            page = house.vod.feed.for_you(viewer, cursor, limit, BASE_URL)
            assert len(page.items) <= limit
            items += page.items
            cursor = page.next
            pages_max -= 1
        return items

    return all_pages

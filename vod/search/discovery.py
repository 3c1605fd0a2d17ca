"""Opens search and trending as one piece of `vod`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from core.core import Core
from core.http import Operation
from core.part import Run
from live.goods.products import NO_PRODUCTS, FindsProducts
from vod.catalogue.tag_pages import TagCounter
from vod.catalogue.videos import Brief, Videos
from vod.search.index.changes import video_changed
from vod.search.index.indexer import REBUILD_SUBJECTS_MAX, Indexer
from vod.search.index.marks import mark, mark_selected
from vod.search.index.sources import all_sources
from vod.search.index.word_index import word_index
from vod.search.routes import SearchRoutes
from vod.search.search import RoomsById, Search
from vod.search.trending import Trends
from vod.sounds.uses import UseCounter
from vod.tables import feed_events, search_documents

REPAIR_EVERY_S = 86_400.0
REWEIGH_EVERY_S = 1_800.0
COUNT_TRENDS_EVERY_S = 300.0
REWEIGHED_EVENTS_MAX = 50_000  # the latest ones


@dataclass(frozen=True, slots=True)
class Discovery:
    search: Search
    trends: Trends
    indexer: Indexer
    reweigh: Callable[[], None]

    def operations(self) -> list[Operation]:
        return SearchRoutes(self.search, self.trends).operations()

    @property
    def tasks(self) -> Mapping[str, Run]:
        """A task, not a schedule, so that what was just published is found at once."""
        return {"search": self.indexer.run}

    @property
    def schedules(self) -> Mapping[str, tuple[float, Callable[[], object]]]:
        return {
            "vod.repair_search": (REPAIR_EVERY_S, self.indexer.repair),
            "vod.reweigh_search": (REWEIGH_EVERY_S, self.reweigh),
            "vod.count_trends": (COUNT_TRENDS_EVERY_S, self.trends.count),
        }


def open_discovery(
    core: Core, videos: Videos, counter: TagCounter, brief: Brief, rooms: RoomsById, products: FindsProducts
) -> Discovery:
    database, index = core.database, word_index(sqlite=core.database.sqlite)
    videos.record(video_changed)
    uses = UseCounter(core.clock)

    def reweigh() -> None:
        """Mark what was watched since the last time: views change the weight of a video."""
        since = core.clock() - round(2_000 * REWEIGH_EVERY_S)
        latest = select(feed_events.c.video, feed_events.c.at).order_by(feed_events.c.id.desc())
        some = latest.limit(REWEIGHED_EVENTS_MAX).subquery()
        watched = select(some.c.video).where(some.c.at > since).distinct()
        database.write(lambda connection: mark_selected(connection, "videos", watched))

    return Discovery(
        Search(database, index, videos, counter, uses, brief, rooms, products),
        Trends(database, core.clock, videos, counter),
        Indexer(database, index, all_sources(brief, counter, uses, products)),
        reweigh,
    )


def rebuild(core: Core, brief: Brief) -> int:
    """Forget the index and build it anew. Blocks. Returns how many subjects it has. Meanwhile less is found.

    Products are another domain's: those that were found are marked, for the server to index again.
    """
    sources = all_sources(brief, TagCounter(core.clock), UseCounter(core.clock), NO_PRODUCTS)
    found = select(search_documents.c.id).where(search_documents.c.kind == "products")
    products = core.database.read(lambda c: c.execute(found).scalars().all())
    indexer = Indexer(core.database, word_index(sqlite=core.database.sqlite), sources)
    indexer.clear()
    marked = indexer.repair()
    indexer.work_off_all(REBUILD_SUBJECTS_MAX)
    for first in range(0, len(products), REBUILD_SUBJECTS_MAX):
        some = products[first : first + REBUILD_SUBJECTS_MAX]
        core.database.write(lambda c: mark(c, "products", some))  # noqa: B023  it runs at once
    return marked

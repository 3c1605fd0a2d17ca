"""The public ad library: every ad from the very first one, until a year after it was last shown."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, tuple_

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from core.http import Access, Operation, Page, Paging
from core.text import folded
from vod.ads.billing.billing import DAY_MS
from vod.ads.campaigns.campaign import Targets
from vod.ads.tables import ad_days, ad_library, ad_roots

KEPT_MS = 366 * DAY_MS
QUERY_CHARS_MAX = 100
FORGET_EVERY_S = 86_400.0
VIEWS_SHOWN_MIN = 20  # fewer are not told: they could be somebody


class LibraryAd(msgspec.Struct):
    """An ad as it was shown last. `targets`: where it was to be shown, the only thing that chose its viewers; `views`:
    of its campaign, None below 20; `format`: `goal` of a sponsored goal, else empty; times are Unix ms."""

    creative: str
    campaign: str
    video: str
    sponsor: str
    paid_by: str
    category: str
    text: str
    landing: str
    targets: Targets
    first_at: int
    last_at: int
    views: int | None
    format: str


class DayRoot(msgspec.Struct):
    """The root over a day's receipts. `day`: UTC, days since 1970."""

    day: int
    root: str
    receipts: int
    spent_micro: int
    at: int


class LibraryQuery(Paging, forbid_unknown_fields=True):
    q: Annotated[str, msgspec.Meta(max_length=QUERY_CHARS_MAX)] = ""


class RootsQuery(Paging, forbid_unknown_fields=True):
    pass


class AdLibrary:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def ads(self, q: str, cursor: str, limit: int) -> Page[LibraryAd]:
        """The ads that were shown last, first. `q`: a part of the sponsor's or the payer's name. Blocks."""
        query = select(ad_library).order_by(ad_library.c.last_at.desc(), ad_library.c.creative.desc())
        if wanted := folded(q).strip():
            query = query.where(ad_library.c.names.like(f"%{_escaped(wanted)}%", escape="\\"))
        if cursor:
            query = query.where(tuple_(ad_library.c.last_at, ad_library.c.creative) < _place(cursor))

        def read(connection: Connection) -> Page[LibraryAd]:
            rows = connection.execute(query.limit(limit + 1)).all()
            views = _views(connection, [row.campaign for row in rows])
            items = [_shown(row, views.get(row.campaign, 0)) for row in rows[:limit]]
            last = items[-1] if len(rows) > limit else None
            return Page(items, f"{last.last_at}.{last.creative}" if last is not None else None)

        return self._database.read(read)

    def roots(self, cursor: str, limit: int) -> Page[DayRoot]:
        """The published roots, the newest first. Blocks."""
        query = select(ad_roots).order_by(ad_roots.c.day.desc())
        if cursor:
            if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 9:
                raise InvalidRequest("cursor is invalid")
            query = query.where(ad_roots.c.day < int(cursor))
        rows = self._database.read(lambda c: c.execute(query.limit(limit + 1)).all())
        items = [DayRoot(row.day, row.root, row.receipts, row.spent_micro, row.at) for row in rows[:limit]]
        return Page(items, str(items[-1].day) if len(rows) > limit else None)

    def forget_old(self) -> None:
        """Blocks."""
        before = self._clock() - KEPT_MS
        self._database.write(lambda c: c.execute(delete(ad_library).where(ad_library.c.last_at < before)))


class LibraryRoutes:
    def __init__(self, library: AdLibrary) -> None:
        self._library = library

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/ads/library", self.ads, access=Access.ANYONE),
            Operation("GET", "/api/ads/roots", self.roots, access=Access.ANYONE),
        ]

    def ads(self, query: LibraryQuery) -> Page[LibraryAd]:
        """List every ad of the last year."""
        return self._library.ads(query.q, query.cursor, query.limit)

    def roots(self, query: RootsQuery) -> Page[DayRoot]:
        """List the roots over each day's receipts."""
        return self._library.roots(query.cursor, query.limit)


def _views(connection: Connection, campaigns: list[str]) -> dict[str, int]:
    query = select(ad_days.c.campaign, func.sum(ad_days.c.views)).where(ad_days.c.campaign.in_(campaigns))
    return {campaign: int(views) for campaign, views in connection.execute(query.group_by(ad_days.c.campaign))}


def _shown(row: Row[Any], views: int) -> LibraryAd:
    return LibraryAd(
        row.creative, row.campaign, row.video, row.sponsor, row.paid_by, row.category, row.text, row.landing,
        msgspec.json.decode(row.targets, type=Targets), row.first_at, row.last_at,
        views if views >= VIEWS_SHOWN_MIN else None, row.format,
    )  # fmt: skip


def _place(cursor: str) -> tuple[int, str]:
    at, _, creative = cursor.partition(".")
    if not at.isascii() or not at.isdecimal() or len(at) > 15:
        raise InvalidRequest("cursor is invalid")
    return int(at), creative


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")

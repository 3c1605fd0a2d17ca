"""Looks at the landing pages of approved creatives again, at times nobody can foresee.

What is found first after a review is what was reviewed. When a later look finds another page, and the next one does,
too, the creative is reviewed again: a person decides, not this.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection, Row, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from vod.ads.campaigns.creatives import Creatives
from vod.ads.campaigns.lifecycle import Lifecycle
from vod.ads.campaigns.notices import AdNotices
from vod.ads.campaigns.states import CampaignState
from vod.ads.campaigns.tables import ad_landings, campaigns, creatives
from vod.ads.landing.fetching import LandingFault, fetch
from vod.ads.landing.page import Finding, Page, compare

LOOK_EVERY_S = 60.0
ROUND_S_MAX = 40.0  # so that nothing in the same lane waits long
PAGES_MAX = 40  # in one round
HOUR_MS = 3_600_000
AGAIN_MS = (4 * HOUR_MS, 30 * HOUR_MS)  # until the next look: somewhere between
DOUBT_MS = (HOUR_MS // 4, HOUR_MS)  # after one that found something
AWAY_MS = (HOUR_MS, 4 * HOUR_MS)  # after one that found no page, which may be our own network
STRIKES: Mapping[Finding, int] = {"unsafe": 1, "elsewhere": 2, "changed": 2, "gone": 4}
"""How many looks in a row must find something; a page that is down for some hours is not gone."""

_LOOKED_AT: tuple[CampaignState, ...] = ("ready", "running", "paused", "exhausted")
_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}
Fetch = Callable[[str], Page]
"""The page at an address. Blocks. Raises LandingFault."""

log = structlog.get_logger("ads")


class LandingChecks:
    def __init__(
        self, database: Database, clock: Clock, creatives: Creatives, lifecycle: Lifecycle, notices: AdNotices,
        fetch: Fetch = fetch, chance: random.Random | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._creatives = creatives
        self._lifecycle = lifecycle
        self._notices = notices
        self._fetch = fetch
        self._chance = chance or random.SystemRandom()

    def run(self) -> None:
        """Look at what is due, for ROUND_S_MAX at most. Blocks."""
        ends = time.monotonic() + ROUND_S_MAX
        for row in self._database.read(self._due):
            if time.monotonic() > ends:
                return
            self._look(row)

    def _due(self, connection: Connection) -> list[Row[Any]]:
        return list(connection.execute(_DUE.where(_is_due(self._clock())).limit(PAGES_MAX)))

    def _look(self, row: Row[Any]) -> None:
        try:
            found: Page | Finding | None = self._fetch(row.url)
        except LandingFault as fault:
            found = fault.finding
        self._database.write(lambda c: self._note(c, row.id, row.revision, found))

    def _note(self, connection: Connection, creative: str, revision: int, found: Page | Finding | None) -> None:
        campaign = self._lifecycle.locked(connection, self._creatives.row(connection, creative).campaign)
        now = self._creatives.row(connection, creative)
        if (now.state, now.revision) != ("approved", revision):
            return  # it was changed meanwhile
        before = connection.execute(select(ad_landings).where(ad_landings.c.creative == creative)).first()
        if before is None or before.revision != revision or before.finding:
            before = None  # what was found belongs to another review
        reviewed = _reviewed(before) if before is not None else None
        finding = found if not isinstance(found, Page) else compare(reviewed, found) if reviewed else None
        if isinstance(found, Page) and reviewed is None:
            reviewed = found
        strikes = 0 if finding is None else (before.strikes if before is not None else 0) + 1
        if finding is not None and strikes >= STRIKES[finding]:
            self._review_again(connection, campaign, creative, finding)
            return
        if found is None and before is not None:
            strikes = before.strikes  # it says nothing
        wait = AWAY_MS if found in (None, "gone") else DOUBT_MS if finding else AGAIN_MS
        due = self._clock() + self._chance.randrange(*wait)
        _store(connection, creative, revision, reviewed, strikes=strikes, due_at=due)

    def _review_again(self, connection: Connection, campaign: Row[Any], creative: str, finding: Finding) -> None:
        revision = self._creatives.doubt(connection, creative)
        _store(connection, creative, revision, None, finding=finding)
        self._lifecycle.follow_creatives(connection, campaign)
        self._notices.again(connection, campaign.advertiser, campaign.id, f"{creative}.{revision}", finding)
        log.info("landing page is reviewed again", campaign=campaign.id, creative=creative, finding=finding)


_DUE = (
    select(creatives.c.id, creatives.c.url, creatives.c.revision)
    .join(campaigns, campaigns.c.id == creatives.c.campaign)
    .outerjoin(
        ad_landings,
        and_(
            ad_landings.c.creative == creatives.c.id, ad_landings.c.revision == creatives.c.revision,
            ad_landings.c.finding == "",
        ),
    )
    .where(creatives.c.state == "approved", campaigns.c.state.in_(_LOOKED_AT), campaigns.c.tier != "house",
           campaigns.c.challenge.is_(None))
    .order_by(ad_landings.c.due_at, creatives.c.id)
)  # fmt: skip


def _is_due(now: int) -> Any:
    return or_(ad_landings.c.due_at.is_(None), ad_landings.c.due_at <= now)


def _reviewed(row: Row[Any]) -> Page | None:
    return Page(row.host, row.title, tuple(msgspec.json.decode(row.sketch, type=list[int]))) if row.host else None


def _store(
    connection: Connection, creative: str, revision: int, reviewed: Page | None, *, strikes: int = 0, due_at: int = 0,
    finding: Finding | str = "",
) -> None:  # fmt: skip
    page = reviewed or Page("", "", ())
    values = {
        "revision": revision, "host": page.host, "title": page.title, "strikes": strikes, "due_at": due_at,
        "sketch": msgspec.json.encode(page.sketch).decode(), "finding": finding,
    }  # fmt: skip
    new = _INSERT[connection.dialect.name](ad_landings).values(creative=creative, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["creative"], set_=values))

"""The review of creatives, by a person, with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, Row, Select, select, update

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Page
from core.identity import Identity
from core.text.clean import clean_lines
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.booking import Objective
from vod.ads.campaigns.campaign import Targets
from vod.ads.campaigns.categories import Category
from vod.ads.campaigns.creatives import Creatives, CreativeView
from vod.ads.campaigns.lifecycle import Lifecycle
from vod.ads.campaigns.notices import AdNotices
from vod.ads.campaigns.states import AdvertiserState, Stopped
from vod.ads.campaigns.tables import advertisers, campaigns, creatives
from vod.errors import CreativeChanged

NOTE_CHARS_MAX = 500
REVISION_MAX = 2**31 - 1

Reason = Literal[
    "misleading", "landing_page", "wrong_category", "forbidden_product", "sensitive", "political", "rights",
    "quality", "text", "other",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`revision`: the one that was looked at. A rejection has at least one reason; `note` is for the advertiser."""

    approved: bool
    revision: Annotated[int, Meta(ge=1, le=REVISION_MAX)]
    reasons: Annotated[list[Reason], Meta(max_length=len(REASONS))] = []
    note: Annotated[str, Meta(max_length=4 * NOTE_CHARS_MAX)] = ""


class Waiting(msgspec.Struct, frozen=True):
    """A creative that waits, beside what it is judged by."""

    creative: CreativeView
    campaign_name: str
    category: Category
    objective: Objective
    targets: Targets
    advertiser: str
    sponsor: str
    payer: str | None
    country: str
    advertiser_state: AdvertiserState
    stopped: Stopped
    house: bool


class Review:
    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, creatives: Creatives, lifecycle: Lifecycle,
        notices: AdNotices,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._creatives = creatives
        self._lifecycle = lifecycle
        self._notices = notices

    def queue(self, connection: Connection, cursor: str, limit: int) -> Page[Waiting]:
        """What waits, in the order it was made."""
        found = _WAITING.where(creatives.c.id > cursor).order_by(creatives.c.id).limit(limit + 1)
        rows = connection.execute(found).all()
        items = [_waiting(self._creatives.view(connection, row.creative), row) for row in rows[:limit]]
        return Page(items, rows[limit - 1].creative if len(rows) > limit else None)

    def decide(self, creative: str, who: Identity, verdict: Verdict) -> CreativeView:
        """Approve or reject, once. Blocks.

        Raises CreativeNotFound; CreativeChanged when it is not what was looked at, or not waiting anymore; NotAllowed
        for members of the advertiser; InvalidRequest for a rejection without a reason.
        """
        note = clean_lines(verdict.note, NOTE_CHARS_MAX)
        if note is None:
            raise InvalidRequest(f"A note has at most {NOTE_CHARS_MAX} characters.")
        if not verdict.approved and not verdict.reasons:
            raise InvalidRequest("A rejection needs a reason.")

        def write(connection: Connection) -> CreativeView:
            campaign = self._lifecycle.locked(connection, self._creatives.row(connection, creative).campaign)
            self._check_independent(connection, campaign, who)
            decided = (
                update(creatives)
                .where(
                    creatives.c.id == creative, creatives.c.revision == verdict.revision, creatives.c.state == "waiting"
                )
                .values(
                    state="approved" if verdict.approved else "rejected", note=note, reviewed_by=who.id,
                    reasons=[] if verdict.approved else list(dict.fromkeys(verdict.reasons)), reviewed_at=self._clock(),
                )
            )  # fmt: skip
            if not connection.execute(decided).rowcount:
                raise CreativeChanged
            self._lifecycle.follow_creatives(connection, campaign)
            self._notices.decided(
                connection, campaign.advertiser, campaign.id, f"{creative}.{verdict.revision}",
                [] if verdict.approved else list(dict.fromkeys(verdict.reasons)),
            )  # fmt: skip
            return self._creatives.view(connection, creative)

        return self._database.write(write)

    def _check_independent(self, connection: Connection, campaign: Row[Any], who: Identity) -> None:
        if campaign.tier != "house" and who.id in self._advertisers.members_of(connection, campaign.advertiser):
            raise NotAllowed("Somebody who does not belong to the advertiser must review this.")


_WAITING: Select[Any] = (
    select(
        creatives.c.id.label("creative"), campaigns.c.name.label("campaign_name"), campaigns.c.category,
        campaigns.c.objective, campaigns.c.targets, advertisers.c.id.label("advertiser"),
        advertisers.c.name.label("sponsor"), advertisers.c.payer, advertisers.c.country,
        advertisers.c.state.label("advertiser_state"), advertisers.c.stopped, advertisers.c.house,
    )
    .join(campaigns, campaigns.c.id == creatives.c.campaign)
    .join(advertisers, advertisers.c.id == campaigns.c.advertiser)
    .where(creatives.c.state == "waiting", campaigns.c.state.not_in(("draft", "ended", "settled")))
)  # fmt: skip


def _waiting(view: CreativeView, row: Row[Any]) -> Waiting:
    fields: Sequence[str] = [name for name in Waiting.__struct_fields__ if name not in ("creative", "targets")]
    shown = {name: getattr(row, name) for name in fields}
    return Waiting(creative=view, targets=msgspec.convert(row.targets, Targets), **shown)

"""Creatives: what an ad shows and where it leads. A changed one is reviewed again; a removed one stays known."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from core.clock import Clock
from core.ids import new_id
from vod.ads.campaigns.booking import CREATIVES_MAX, Action, NewCreative, checked_creative
from vod.ads.campaigns.states import CreativeState
from vod.ads.campaigns.tables import ad_landings, creatives
from vod.ads.landing.page import Finding
from vod.ads.promoted.challenges import challenge_page
from vod.catalogue.visibility import is_public_of_few
from vod.errors import CreativeNotFound, InvalidCampaign
from vod.tables import videos


class CreativeView(msgspec.Struct, frozen=True):
    """`shown`: the video may be watched by everybody, and its caption is the one that was reviewed. `finding`: why it
    is reviewed again, such as another landing page; empty: for nothing that was found."""

    id: str
    campaign: str
    video: str
    url: str
    text: str
    action: Action
    state: CreativeState
    reasons: list[str]
    note: str
    revision: int
    submitted_at: int | None
    reviewed_at: int | None
    shown: bool
    finding: Finding | Literal[""]


class Creatives:
    """The caller has checked that whoever asks may edit the campaign, and has locked it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of(self, connection: Connection, campaigns: Collection[str]) -> dict[str, list[CreativeView]]:
        """Those of each campaign that are not removed, the oldest first."""
        found: dict[str, list[CreativeView]] = {campaign: [] for campaign in campaigns}
        query = _CREATIVE.where(creatives.c.campaign.in_(campaigns), creatives.c.state != "removed")
        for row in connection.execute(query.order_by(creatives.c.id)):
            found[row.campaign].append(_view(row))
        return found

    def row(self, connection: Connection, creative: str) -> Row[Any]:
        """Raises CreativeNotFound."""
        found = select(creatives).where(creatives.c.id == creative, creatives.c.state != "removed")
        row = connection.execute(found).first()
        if row is None:
            raise CreativeNotFound
        return row

    def view(self, connection: Connection, creative: str) -> CreativeView:
        return _view(connection.execute(_CREATIVE.where(creatives.c.id == creative)).one())

    def add(
        self, connection: Connection, campaign: Row[Any], asked: NewCreative, members: Collection[str], *, waits: bool
    ) -> str:
        """`waits`: for a review at once, because the campaign was submitted already.

        Raises InvalidCampaign, InvalidLandingPage.
        """
        there = select(func.count()).where(creatives.c.campaign == campaign.id, creatives.c.state != "removed")
        if connection.execute(there).scalar_one() >= CREATIVES_MAX:
            raise InvalidCampaign(f"A campaign has at most {CREATIVES_MAX} creatives.")
        row = checked_creative(asked, _page(campaign)) | self._wanted(connection, asked.video, members, waits=waits)
        made = new_id()
        connection.execute(insert(creatives).values(row | {"id": made, "campaign": campaign.id, "revision": 1}))
        return made

    def edit(
        self, connection: Connection, campaign: Row[Any], creative: str, asked: NewCreative, members: Collection[str],
        *, waits: bool,
    ) -> None:  # fmt: skip
        """An edit that changes nothing leaves the review as it is. Raises CreativeNotFound, as `add`."""
        before = self.row(connection, creative)
        row = checked_creative(asked, _page(campaign))
        caption = _caption(connection, asked.video, members)
        if all(getattr(before, field) == value for field, value in row.items()) and before.caption == caption:
            return
        row |= self._wanted(connection, asked.video, members, waits=waits)
        changed = update(creatives).where(creatives.c.id == before.id)
        connection.execute(changed.values(**row, revision=creatives.c.revision + 1, reviewed_by=None, reviewed_at=None))

    def remove(self, connection: Connection, creative: str) -> None:
        connection.execute(
            update(creatives)
            .where(creatives.c.id == creative)
            .values(state="removed", revision=creatives.c.revision + 1)
        )

    def submit(self, connection: Connection, campaign: str, makers: Callable[[str], Collection[str]]) -> int:
        """Let everything that is not decided be reviewed; returns how many are. `makers`: whose a video must be. Raises
        InvalidCampaign for a video that is not public any more."""
        found = select(creatives).where(creatives.c.campaign == campaign, creatives.c.state == "draft")
        rows = connection.execute(found).all()
        for row in rows:
            values = self._wanted(connection, row.video, makers(row.video), waits=True)
            connection.execute(update(creatives).where(creatives.c.id == row.id).values(values))
        return len(rows)

    def review_again(self, connection: Connection, campaign: str) -> None:
        """What was approved or rejected waits again, because the campaign is for something else now."""
        connection.execute(
            update(creatives)
            .where(creatives.c.campaign == campaign, creatives.c.state.in_(("approved", "rejected")))
            .values(
                state="waiting", reasons=[], note="", revision=creatives.c.revision + 1, submitted_at=self._clock(),
                reviewed_by=None, reviewed_at=None,
            )
        )  # fmt: skip

    def recaptioned(self, connection: Connection) -> list[str]:
        """Let approved creatives whose video got another caption be reviewed again; returns their campaigns."""
        changed = (
            select(creatives.c.id, creatives.c.campaign, videos.c.caption)
            .join(videos, videos.c.id == creatives.c.video)
            .where(creatives.c.state == "approved", creatives.c.caption != videos.c.caption)
        )
        rows = connection.execute(changed).all()
        for row in rows:
            connection.execute(
                update(creatives)
                .where(creatives.c.id == row.id)
                .values(
                    state="waiting", caption=row.caption, revision=creatives.c.revision + 1,
                    submitted_at=self._clock(), reviewed_by=None, reviewed_at=None,
                )
            )  # fmt: skip
        return sorted({row.campaign for row in rows})

    def doubt(self, connection: Connection, creative: str) -> int:
        """Let an approved creative be reviewed again. Returns its revision."""
        again = (
            update(creatives)
            .where(creatives.c.id == creative)
            .values(
                state="waiting", reasons=[], note="", revision=creatives.c.revision + 1, submitted_at=self._clock(),
                reviewed_by=None, reviewed_at=None,
            )
            .returning(creatives.c.revision)
        )  # fmt: skip
        return int(connection.execute(again).scalar_one())

    def states(self, connection: Connection, campaign: str) -> set[CreativeState]:
        found = select(creatives.c.state).where(creatives.c.campaign == campaign, creatives.c.state != "removed")
        return set(connection.execute(found.distinct()).scalars())

    def _wanted(
        self, connection: Connection, video: str, members: Collection[str], *, waits: bool
    ) -> dict[str, object]:
        return {
            "caption": _caption(connection, video, members), "state": "waiting" if waits else "draft", "reasons": [],
            "note": "", "submitted_at": self._clock() if waits else None,
        }  # fmt: skip


_SHOWN = (
    select(videos.c.id)
    .where(videos.c.id == creatives.c.video, videos.c.caption == creatives.c.caption, is_public_of_few())
    .exists()
)
_FINDING = (
    select(ad_landings.c.finding)
    .where(
        ad_landings.c.creative == creatives.c.id, ad_landings.c.revision == creatives.c.revision,
        creatives.c.state == "waiting",
    )
    .scalar_subquery()
)  # fmt: skip
_FIELDS = [creatives.c[field] for field in CreativeView.__struct_fields__ if field not in ("shown", "finding")]
_CREATIVE: Select[Any] = select(*_FIELDS, _SHOWN.label("shown"), func.coalesce(_FINDING, "").label("finding"))


def _view(row: Row[Any]) -> CreativeView:
    return CreativeView(**dict(row._mapping) | {"shown": bool(row.shown)})


def _page(campaign: Row[Any]) -> str:
    """Where all ads of a campaign lead; empty: each where its advertiser says."""
    return challenge_page(campaign.challenge) if campaign.challenge else ""


def _caption(connection: Connection, video: str, members: Collection[str]) -> str:
    """The caption of a video that a member has published. Raises InvalidCampaign."""
    found = select(videos.c.caption).where(videos.c.id == video, videos.c.person.in_(members), is_public_of_few())
    row = connection.execute(found).first()
    if row is None:
        raise InvalidCampaign("A creative is a public, ready video of a member of the advertiser, or its creator's.")
    return str(row.caption)

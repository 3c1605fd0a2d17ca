"""A campaign as the choice of an ad sees it, and which campaigns can be shown now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from core.clock import Clock
from vod.ads.campaigns.states import SHOWABLE
from vod.ads.campaigns.tables import advertisers, campaigns, creatives
from vod.ads.promoted.challenges import PromotedChallenge, promoted, takes_entries
from vod.ads.promoted.tables import ad_consents, in_force
from vod.ads.tables import ad_conversion_secrets
from vod.catalogue.visibility import is_public_of_few
from vod.tables import videos

Tier = Literal["takeover", "auction", "house"]
AdFormat = Literal["in_feed", "promoted", "takeover"]
Pricing = Literal["cpm", "cpc", "ocpm", "day"]
Device = Literal["phone", "tablet", "desktop"]
Zone = Literal["feed", "live"]
"""Among the videos of the feed, or between live rooms."""

TARGETS_MAX = 50  # of each kind
TARGET_CHARS_MAX = 100
CAP_MAX = 100  # views per person

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=TARGET_CHARS_MAX)]
_Names = Annotated[tuple[_Name, ...], msgspec.Meta(max_length=TARGETS_MAX)]
_Cap = Annotated[int, msgspec.Meta(ge=1, le=CAP_MAX)]


class Caps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many views one person gets, in a day of the campaign's zone and in all. None: as many as win."""

    day: _Cap | None = 3
    total: _Cap | None = None


class Targets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an ad may be shown: in each kind anywhere when it is empty, else where one of its values holds.

    `hashtags` are normalized, without the #; `sounds` ids; `languages` primary subtags of RFC 5646; `countries` ISO
    3166-1, two capital letters; `hours` 0 to 23 in the campaign's zone. `zones` are never empty.
    """

    hashtags: _Names = ()
    sounds: _Names = ()
    languages: _Names = ()
    countries: _Names = ()
    hours: Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, le=23)], ...], msgspec.Meta(max_length=24)] = ()
    devices: Annotated[tuple[Device, ...], msgspec.Meta(max_length=3)] = ()
    zones: Annotated[tuple[Zone, ...], msgspec.Meta(min_length=1, max_length=2)] = ("feed",)


@dataclass(frozen=True, slots=True)
class RunningCreative:
    """An approved creative whose video is ready and public, with the caption that was reviewed."""

    id: str
    video: str
    url: str
    text: str
    action: str
    length_ms: int = 0


@dataclass(frozen=True, slots=True)
class RunningCampaign:
    """A campaign that may be shown from `starts` up to, but not at, `ends` (Unix ms).

    `bid_micro` is for a thousand viewable views (cpm), for a click (cpc), for a conversion (ocpm) or for a day of a
    takeover. A house campaign bids 0, without a budget. Of a promoted post, `creator` gets `share_percent` of what is
    billed. Days, and so `day_micro`, `caps.day` and `targets.hours`, are those of `zone`.
    """

    id: str
    advertiser: str
    tier: Tier
    category: str
    pricing: Pricing
    bid_micro: int
    total_micro: int
    day_micro: int | None
    starts: int
    ends: int
    zone: ZoneInfo
    caps: Caps
    targets: Targets
    creatives: tuple[RunningCreative, ...]
    sponsor: str
    payer: str
    format: AdFormat = "in_feed"
    creator: str = ""
    share_percent: int = 0
    reports: bool = False  # its server reports conversions, so links carry a click id
    challenge: PromotedChallenge | None = None  # that its ads lead to


Allowed = Callable[[Connection], frozenset[str]]
"""The product categories that may be advertised now."""


class Campaigns:
    def __init__(self, clock: Clock, allowed: Allowed) -> None:
        self._clock = clock
        self._allowed = allowed

    def running(self, connection: Connection) -> list[RunningCampaign]:
        """The campaigns that may be shown now or from their start on: approved, neither paused nor over, of a verified
        advertiser, in an allowed category, with at least one creative whose video anybody may watch; a promoted post
        only while its creator's consent holds, and a challenge only while videos may enter it."""
        now = self._clock()
        rows = connection.execute(_RUNNING.where(campaigns.c.ends_at > now, agreed(now))).all()
        shown = _creatives(connection)
        allowed = self._allowed(connection)
        led_to = promoted(connection, {row.challenge for row in rows if row.challenge})
        return [
            _running(row, tuple(shown[row.id]), led_to.get(row.challenge))
            for row in rows
            if row.id in shown and row.category in allowed
        ]


def agreed(now: int) -> ColumnElement[bool]:
    """Nobody's consent is needed, or it holds, and the creator still shows the video to everybody; and no challenge is
    promoted that is over."""
    consent = (
        select(ad_consents.c.code)
        .join(videos, and_(videos.c.id == ad_consents.c.video, videos.c.person == ad_consents.c.person))
        .where(ad_consents.c.code == campaigns.c.consent, in_force(now), is_public_of_few())
        .exists()
    )
    return and_(or_(campaigns.c.consent.is_(None), consent), takes_entries(now))


_RUNNING = (
    select(
        campaigns, advertisers.c.name.label("sponsor"), advertisers.c.payer, ad_conversion_secrets.c.at.label("reports")
    )
    .join(advertisers, advertisers.c.id == campaigns.c.advertiser)
    .join(ad_conversion_secrets, ad_conversion_secrets.c.advertiser == campaigns.c.advertiser, isouter=True)
    .where(campaigns.c.state.in_(SHOWABLE), advertisers.c.state == "verified", advertisers.c.stopped == "")
    .order_by(campaigns.c.id)
)  # fmt: skip
_SHOWN = (
    select(
        creatives.c.campaign, creatives.c.id, creatives.c.video, creatives.c.url, creatives.c.text, creatives.c.action,
        videos.c.duration_ms,
    )
    .join(campaigns, campaigns.c.id == creatives.c.campaign)
    .join(videos, videos.c.id == creatives.c.video)
    .where(
        campaigns.c.state.in_(SHOWABLE), creatives.c.state == "approved", is_public_of_few(),
        videos.c.caption == creatives.c.caption,
    )
    .order_by(creatives.c.id)
)  # fmt: skip


def _creatives(connection: Connection) -> dict[str, list[RunningCreative]]:
    found: dict[str, list[RunningCreative]] = {}
    for campaign, *fields in connection.execute(_SHOWN):
        found.setdefault(campaign, []).append(RunningCreative(*fields))
    return found


def _running(row: Row[Any], shown: Sequence[RunningCreative], challenge: PromotedChallenge | None) -> RunningCampaign:
    ends = min(row.ends_at, challenge.ends_at) if challenge else row.ends_at
    return RunningCampaign(
        row.id, row.advertiser, row.tier, row.category, row.pricing, row.bid_micro, row.total_micro, row.day_micro,
        row.starts_at, ends, ZoneInfo(row.zone), msgspec.convert(row.caps, Caps),
        msgspec.convert(row.targets, Targets), tuple(shown), row.sponsor, row.payer or row.sponsor,
        row.format, row.creator or "", row.share_percent,
        row.reports is not None, challenge,
    )  # fmt: skip

"""A serve: an ad for one slot of one page, with its price and its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from vod.ads.campaigns.campaign import RunningCampaign, RunningCreative, Zone
from vod.ads.decision.holds import SliceKey
from vod.ads.decision.place import Place

FEED: Zone = "feed"
ROOMS: Zone = "live"
"""Between live rooms."""
OPENING = "opening"
"""Before everything else, after opening the feed: the place of a takeover."""

Reasons = Mapping[str, str | Sequence[str]]
"""What made an ad eligible, by kind of target. Empty: it may be shown anywhere."""


@dataclass(frozen=True, slots=True)
class Serve:
    id: str
    campaign: RunningCampaign
    creative: RunningCreative
    day: str
    at: int  # Unix ms
    expires_at: int  # Unix ms; a later view is not billed
    price_micro: int
    runner_up_micro: int
    reasons: Reasons
    place: str = FEED  # a zone, or OPENING
    country: str = ""  # where it is shown, if that is known
    by_click: bool = False  # clicks are billed, not viewable views

    @property
    def key(self) -> SliceKey:
        return self.campaign.id, self.day

    @property
    def bills(self) -> str:
        """The kind of event that is billed."""
        if self.campaign.tier == "house":
            return ""
        return "click" if self.by_click else "viewable"

    @property
    def state(self) -> str:
        """A day of a takeover is held by its booking, not by each serve."""
        return "held" if self.bills and self.place != OPENING else "free"

    def row(self, viewer: str, node: str) -> dict[str, Any]:
        return {
            "id": self.id, "viewer": viewer, "campaign": self.campaign.id, "advertiser": self.campaign.advertiser,
            "creative": self.creative.id, "video": self.creative.video, "day": self.day, "node": node,
            "place": self.place, "at": self.at, "expires_at": self.expires_at, "bills": self.bills,
            "price_micro": self.price_micro, "runner_up_micro": self.runner_up_micro,
            "reasons": msgspec.json.encode(self.reasons).decode(),
            "state": self.state, "creator": self.campaign.creator,
            "share_micro": share_of(self.price_micro, self.campaign.share_percent),
            "length_ms": self.creative.length_ms, "country": self.country,
        }  # fmt: skip


def share_of(price_micro: int, percent: int) -> int:
    """A creator's part of a price, rounded down to a millionth."""
    return price_micro * percent // 100


def reasons_of(campaign: RunningCampaign, place: Place) -> Reasons:
    """The targets that this place meets. Nothing else made the ad eligible, and nothing of it is about the viewer."""
    targets, found = campaign.targets, dict[str, str | Sequence[str]]()
    for kind, wanted, here in (
        ("hashtag", targets.hashtags, place.hashtags),
        ("sound", targets.sounds, place.sounds),
        ("language", targets.languages, place.languages),
    ):
        if met := [value for value in wanted if value in here]:
            found[kind] = met
    if targets.countries and place.country:
        found["country"] = place.country
    if targets.devices:
        found["device"] = place.device
    if targets.hours:
        found["hour"] = campaign.zone.key
    if campaign.format == "promoted":
        found["promoted"] = "share"
    if place.zone == ROOMS:
        found["live"] = "rooms"
    return found

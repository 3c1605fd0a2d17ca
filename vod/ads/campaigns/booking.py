"""What an advertiser books, and what of it is refused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.text.clean import clean_line
from money.ledger.rules import TRANSFER_AMOUNT_MAX
from vod.ads.campaigns.campaign import AdFormat, Caps, Pricing, Targets
from vod.ads.campaigns.categories import Category
from vod.ads.campaigns.dates import ZONE_CHARS_MAX, window
from vod.ads.campaigns.floors import BID_MICRO_MAX, Floor
from vod.ads.landing.addresses import URL_CHARS_MAX, landing_page
from vod.catalogue.tags import normalized
from vod.errors import BidTooLow, CategoryNotAllowed, InvalidCampaign

NAME_CHARS_MAX = 80
TEXT_CHARS_MAX = 100
TOTAL_MICRO_MIN = 5_000_000
DAY_MICRO_MIN = 1_000_000
CREATIVES_MAX = 10
TAKEOVER_DAYS_MAX = 31
TAKEOVER_MS_MAX = 60_000  # of its video
CODE_TEXT_CHARS_MAX = 40

Objective = Literal["views", "clicks", "conversions"]
Action = Literal["learn_more", "shop", "order", "book", "visit", "download", "sign_up", "watch"]

_Bid = Annotated[int, Meta(ge=0, le=BID_MICRO_MAX)]
_Total = Annotated[int, Meta(ge=0, le=TRANSFER_AMOUNT_MAX)]
_Text = Annotated[str, Meta(max_length=4 * TEXT_CHARS_MAX)]
_Url = Annotated[str, Meta(max_length=URL_CHARS_MAX)]
_Id = Annotated[str, Meta(max_length=64)]


class NewCreative(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public video of a member, where it leads, a line of text, and what the button says. That of a `challenge` leads
    to its page: without an address."""

    video: _Id
    url: _Url
    text: _Text
    action: Action = "learn_more"


class NewCampaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money is in millionths of the ad currency. `starts_on` and `ends_on` are days in the advertiser's zone.

    A promoted post names the code of a creator's `consent`. With a `challenge` of the advertiser, its ads lead there.
    Of a takeover, `pricing` is day; bid, budgets, caps and targets are not the advertiser's to choose, and days are
    those of UTC.
    """

    advertiser: _Id
    name: _Text
    category: Category
    objective: Objective
    pricing: Pricing
    bid_micro: _Bid
    total_micro: _Total
    starts_on: date
    ends_on: date
    day_micro: _Total | None = None
    caps: Caps = Caps()
    targets: Targets = Targets()
    creatives: Annotated[list[NewCreative], Meta(max_length=CREATIVES_MAX)] = []
    format: AdFormat = "in_feed"
    consent: Annotated[str, Meta(max_length=CODE_TEXT_CHARS_MAX)] = ""
    challenge: _Id | None = None


class CampaignEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays. Another category or objective is reviewed again. In another `zone` the same days begin
    and end when they do there."""

    name: _Text | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    objective: Objective | UnsetType = UNSET
    pricing: Pricing | UnsetType = UNSET
    bid_micro: _Bid | UnsetType = UNSET
    total_micro: _Total | UnsetType = UNSET
    starts_on: date | UnsetType = UNSET
    ends_on: date | UnsetType = UNSET
    day_micro: _Total | UnsetType | None = UNSET
    caps: Caps | UnsetType = UNSET
    targets: Targets | UnsetType = UNSET
    zone: Annotated[str, Meta(max_length=ZONE_CHARS_MAX)] | UnsetType = UNSET

    @property
    def given(self) -> dict[str, Any]:
        """What of the terms is given."""
        fields = ((field, getattr(self, field)) for field in self.__struct_fields__ if field != "zone")
        return {field: value for field, value in fields if value is not UNSET}


class Terms(msgspec.Struct, frozen=True):
    """All that can be booked and edited, of one campaign."""

    name: str
    category: Category
    objective: Objective
    pricing: Pricing
    bid_micro: int
    total_micro: int
    starts_on: date
    ends_on: date
    day_micro: int | None
    caps: Caps
    targets: Targets
    format: AdFormat = "in_feed"
    challenge: str | None = None

    def checked(self, floor: Floor, allowed: Collection[str], *, house: bool, takeover_day_micro: int = 0) -> Terms:
        """With cleaned text and normalized targets. `takeover_day_micro`: what a day of a takeover costs. Raises
        InvalidCampaign, BidTooLow, CategoryNotAllowed."""
        name = clean_line(self.name, NAME_CHARS_MAX)
        if not name:
            raise InvalidCampaign(f"A campaign needs a name of at most {NAME_CHARS_MAX} characters.")
        if self.category not in allowed:
            raise CategoryNotAllowed
        if (self.pricing == "day") != (self.format == "takeover"):
            raise InvalidCampaign("A takeover, and nothing else, is sold by the day.")
        if house and self.format != "in_feed":
            raise InvalidCampaign("The platform's own ads have no format of their own.")
        if self.format == "promoted" and self.targets.zones != ("feed",):
            raise InvalidCampaign("A creator's post is promoted in the feed only.")
        if self.challenge is not None:
            self._check_challenge()
        if self.format == "takeover":
            return self._takeover(name, takeover_day_micro)
        if house:
            return msgspec.structs.replace(
                self, name=name, bid_micro=0, total_micro=0, day_micro=None, targets=_checked(self.targets)
            )
        self._check_money(floor)
        return msgspec.structs.replace(self, name=name, targets=_checked(self.targets))

    def _takeover(self, name: str, day_micro: int) -> Terms:
        days = (self.ends_on - self.starts_on).days + 1
        if not 1 <= days <= TAKEOVER_DAYS_MAX:
            raise InvalidCampaign(f"A takeover has at most {TAKEOVER_DAYS_MAX} days.")
        return msgspec.structs.replace(
            self, name=name, objective="views", bid_micro=day_micro, total_micro=days * day_micro, day_micro=day_micro,
            caps=Caps(1, None), targets=Targets(),
        )  # fmt: skip

    def _check_challenge(self) -> None:
        if self.format == "takeover" or self.targets.zones != ("feed",):
            raise InvalidCampaign("A challenge is promoted among the videos of the feed only.")
        if self.pricing == "ocpm" or self.objective == "conversions":
            raise InvalidCampaign("The page of a challenge reports no conversions.")

    def _check_money(self, floor: Floor) -> None:
        least = floor.of(self.pricing)
        if self.bid_micro < least:
            raise BidTooLow(f"The bid is below the floor price of {least} millionths.")
        if self.total_micro < TOTAL_MICRO_MIN:
            raise InvalidCampaign(f"The total is below {TOTAL_MICRO_MIN} millionths.")
        if self.day_micro is not None and not DAY_MICRO_MIN <= self.day_micro <= self.total_micro:
            raise InvalidCampaign(f"A day's budget is between {DAY_MICRO_MIN} millionths and the total.")
        if self.pricing != "cpm" and self.bid_micro > (self.day_micro or self.total_micro):
            raise InvalidCampaign(f"The budget does not pay one {'click' if self.pricing == 'cpc' else 'conversion'}.")

    def row(self, zone: str) -> dict[str, Any]:
        """The columns of `campaigns`."""
        starts_at, ends_at = window(self.starts_on, self.ends_on, zone)
        days = {"starts_on": self.starts_on.isoformat(), "ends_on": self.ends_on.isoformat()}
        parts = {"caps": msgspec.to_builtins(self.caps), "targets": msgspec.to_builtins(self.targets)}
        return {**msgspec.structs.asdict(self), **days, **parts, "starts_at": starts_at, "ends_at": ends_at}


def checked_creative(asked: NewCreative, page: str) -> dict[str, Any]:
    """The columns of `creatives` that an advertiser chooses. `page`: that of the challenge it is for, or empty. Raises
    InvalidLandingPage, InvalidCampaign."""
    text = clean_line(asked.text, TEXT_CHARS_MAX)
    if not text:
        raise InvalidCampaign(f"An ad needs a text of at most {TEXT_CHARS_MAX} characters.")
    if page and asked.url not in ("", page):
        raise InvalidCampaign("An ad for a challenge leads to its page.")
    return {"video": asked.video, "url": page or landing_page(asked.url), "text": text, "action": asked.action}


def _checked(targets: Targets) -> Targets:
    """Normalized, each value once."""
    hashtags = [tag for one in targets.hashtags if (tag := normalized(one.strip()))]
    languages = [one.lower() for one in targets.languages]
    countries = [one.upper() for one in targets.countries]
    if not all(one.isascii() and one.isalpha() and 2 <= len(one) <= 3 for one in languages):
        raise InvalidCampaign("A language is a primary subtag of RFC 5646, such as fr.")
    if not all(one.isascii() and one.isalpha() and len(one) == 2 for one in countries):
        raise InvalidCampaign("A country is two letters (ISO 3166-1).")
    return Targets(
        _once(hashtags), _once(targets.sounds), _once(languages), _once(countries), tuple(sorted({*targets.hours})),
        tuple(sorted({*targets.devices})), tuple(sorted({*targets.zones})),
    )  # fmt: skip


def _once(values: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))

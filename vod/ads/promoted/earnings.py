"""What a creator earned with each ad that was made of a video of theirs."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from money.ads import HELD_DAYS, payable_micro, shares_of
from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.campaign import Pricing
from vod.ads.campaigns.states import CampaignState
from vod.ads.campaigns.tables import advertisers, campaigns
from vod.ads.promoted.consents import spelled
from vod.ads.promoted.tables import ad_consents

ADS_SHOWN_MAX = 200


class PromotedAd(msgspec.Struct, frozen=True):
    """An ad made of a video of yours. `earned_micro`: posted so far, `share_percent` of what was billed."""

    campaign: str
    code: str
    video: str
    sponsor: str
    state: CampaignState
    pricing: Pricing
    starts_on: str
    ends_on: str
    share_percent: int
    earned_micro: int


class AdEarnings(msgspec.Struct, frozen=True):
    """Millionths of `currency`. `earned_micro` of all ads. `balance_micro`: not paid out yet; of it, `payable_micro` is
    older than `held_days` and can be. `items` newest first."""

    currency: str
    balance_micro: int
    payable_micro: int
    held_days: int
    earned_micro: int
    items: Sequence[PromotedAd]


def ad_earnings(connection: Connection, person: str, now: int) -> AdEarnings:
    """A draft is nobody's business but its advertiser's."""
    shares = shares_of(connection, person)
    found = (
        select(campaigns, ad_consents.c.video, advertisers.c.name.label("sponsor"))
        .join(ad_consents, ad_consents.c.code == campaigns.c.consent)
        .join(advertisers, advertisers.c.id == campaigns.c.advertiser)
        .where(campaigns.c.creator == person, campaigns.c.state.not_in(("draft", "review")))
        .order_by(campaigns.c.id.desc())
        .limit(ADS_SHOWN_MAX)
    )
    items = [
        PromotedAd(
            row.id, spelled(row.consent), row.video, row.sponsor, row.state, row.pricing, row.starts_on, row.ends_on,
            row.share_percent, shares.earned.get(row.id, 0),
        )
        for row in connection.execute(found)
    ]  # fmt: skip
    payable = payable_micro(connection, person, now)
    return AdEarnings(AD_CURRENCY, shares.balance_micro, payable, HELD_DAYS, sum(shares.earned.values()), items)

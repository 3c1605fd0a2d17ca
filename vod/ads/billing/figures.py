"""What was counted of campaigns, without invalid events."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, func, select

from vod.ads.campaigns import figures as campaign_figures
from vod.ads.tables import ad_days

_COLUMNS = ("views", "viewable", "finishes", "clicks", "hides", "reports", "invalid", "spent_micro")


class Figures(msgspec.Struct, frozen=True):
    """`invalid`: events that do not count; they are in none of the others. `spent_micro`: what receipts say, posted or
    not yet."""

    views: int = 0
    viewable: int = 0
    finishes: int = 0
    clicks: int = 0
    hides: int = 0
    reports: int = 0
    invalid: int = 0
    spent_micro: int = 0


def figures(connection: Connection, campaigns: Collection[str]) -> dict[str, Figures]:
    """By campaign; those that were never shown are missing."""
    query = select(ad_days.c.campaign, *(func.sum(ad_days.c[name]) for name in _COLUMNS))
    query = query.where(ad_days.c.campaign.in_(campaigns)).group_by(ad_days.c.campaign)
    return {campaign: Figures(*map(int, counts)) for campaign, *counts in connection.execute(query)}


def shown_figures(connection: Connection, campaigns: Collection[str]) -> dict[str, campaign_figures.Figures]:
    """As the advertiser's studio shows them."""
    found = figures(connection, campaigns)
    return {one: campaign_figures.Figures(it.views, it.viewable, it.clicks) for one, it in found.items()}

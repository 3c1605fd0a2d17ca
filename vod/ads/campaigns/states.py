"""The states of advertisers, campaigns and creatives, and the only transitions there are.

| campaign | means |
| --- | --- |
| `draft` | nobody but its advertiser knows of it |
| `review` | a person looks at its creatives |
| `ready` | approved; its first day has not come |
| `running` | may be shown |
| `paused` | stopped by its advertiser |
| `exhausted` | its total is spent. A higher total lets it run again |
| `ended` | its last day is over, or it was ended |
| `settled` | ended, and what was held for it is back: its figures are final |

A campaign goes back to `review` when none of its creatives is approved anymore, and to `draft` when a reviewer rejects
all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

CampaignState = Literal["draft", "review", "ready", "running", "paused", "exhausted", "ended", "settled"]
CAMPAIGN_STATES: tuple[CampaignState, ...] = get_args(CampaignState)

TRANSITIONS: Mapping[CampaignState, tuple[CampaignState, ...]] = {
    "draft": ("review", "ended"),
    "review": ("draft", "ready", "ended"),
    "ready": ("running", "paused", "review", "draft", "ended"),
    "running": ("paused", "exhausted", "review", "draft", "ended"),
    "paused": ("ready", "running", "exhausted", "review", "draft", "ended"),
    "exhausted": ("running", "paused", "review", "draft", "ended"),
    "ended": ("settled",),
    "settled": (),
}
SHOWABLE: tuple[CampaignState, ...] = ("ready", "running")
"""Approved, and neither paused nor over. Whether the first day has come, the clock says."""
OPEN: tuple[CampaignState, ...] = tuple(state for state in CAMPAIGN_STATES if state not in ("ended", "settled"))
"""May still be edited and shown."""

CreativeState = Literal["draft", "waiting", "approved", "rejected", "removed"]

AdvertiserState = Literal["new", "verified", "rejected"]
"""`new`: its name waits to be verified."""
Stopped = Literal["", "dispute", "admin"]
"""Why none of an advertiser's campaigns is shown: a payment of it is disputed, or an admin stopped it."""


def is_possible(before: CampaignState, after: CampaignState) -> bool:
    return after in TRANSITIONS[before]

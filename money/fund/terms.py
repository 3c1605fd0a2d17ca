"""What a creator must have to be paid, and a viewer to count: settings, frozen on a period when it is closed."""

from __future__ import annotations

import msgspec

from core.settings import Settings


class Terms(msgspec.Struct, frozen=True):
    """`creator_*` and `viewer_active_days` hold for a whole period, `viewer_age_days` for an account when it watches.
    `ads_percent`: the share of the month's ad revenue that goes into the pot."""

    creator_age_days: int = 30
    creator_followers: int = 10
    creator_views: int = 100
    creator_days: int = 3
    viewer_age_days: int = 14
    viewer_active_days: int = 3
    ads_percent: int = 0

    @classmethod
    def from_settings(cls, settings: Settings) -> Terms:
        return cls(**{name: getattr(settings, f"fund_{name}") for name in cls.__struct_fields__})


class Figures(msgspec.Struct, frozen=True):
    """What a creator has. `age_days`: of the account; -1: it was deleted."""

    age_days: int
    followers: int
    views: int
    days: int


def reasons(has: Figures, terms: Terms) -> list[str]:
    """Why a creator gets nothing; empty if they do."""
    if has.age_days < 0:
        return ["deleted"]
    needed = {
        "age": (has.age_days, terms.creator_age_days),
        "followers": (has.followers, terms.creator_followers),
        "views": (has.views, terms.creator_views),
        "days": (has.days, terms.creator_days),
    }
    return [name for name, (there, least) in needed.items() if there < least]

"""What can be decided, in the vocabulary of the European transparency database (Regulation (EU) 2022/2065, 24(5))."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from core.identity import Bar

DAY_MS = 24 * 3_600_000

Content = Literal["keep", "hide"]
Measure = Literal["none", "warn", "posts", "live", "account"]
Ground = Literal["law", "terms"]
Category = Literal[
    "", "animal_welfare", "consumer_information", "cyber_violence", "cyber_violence_against_women", "data_protection",
    "illegal_or_harmful_speech", "intellectual_property", "civic_discourse_or_elections", "minors", "public_security",
    "scams_and_fraud", "self_harm", "unsafe_or_prohibited_products", "violence", "other_terms", "not_specified",
]  # fmt: skip
"""Empty: nothing is wrong."""

BARS: Mapping[Measure, Bar] = {"posts": "posts", "live": "live", "account": "account"}
POINTS_MAX = 3
POINTS_DAYS = 90
GRAVE_POINTS_DAYS = 365  # of decisions with POINTS_MAX
MEASURE_DAYS_MAX = 365
APPEAL_DAYS = 183  # Regulation (EU) 2022/2065, 20(1): at least six months
FOR_GOOD_DAYS = 0  # only admins

SUGGESTED: tuple[tuple[int, Measure, int], ...] = ((1, "warn", 0), (3, "posts", 1), (5, "live", 7), (8, "account", 30))
"""(points that stand, measure, days): a hint to the moderator, never done by itself."""


def suggested(points: int) -> tuple[Measure, int]:
    """The measure and its days that go with so many points."""
    found: tuple[Measure, int] = ("none", 0)
    for least, measure, days in SUGGESTED:
        if points >= least:
            found = measure, days
    return found


def points_until(at: int, points: int) -> int:
    """When points no longer count (Unix ms)."""
    days = GRAVE_POINTS_DAYS if points >= POINTS_MAX else POINTS_DAYS
    return at + days * DAY_MS if points else at

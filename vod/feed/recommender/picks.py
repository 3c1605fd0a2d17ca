"""What the recommender is asked for, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Literal

PickReason = Literal[
    "followed", "like_others", "hashtag", "creator", "sound", "fresh", "trending", "language", "chronological"
]
"""The source that ranked a video where it is, as the interface's codes name it."""

InterestKind = Literal["hashtag", "creator", "sound"]


@dataclass(frozen=True, slots=True)
class PageRequest:
    person: str | None  # None: nobody is known, nothing is personal
    now: int  # Unix ms
    limit: int
    followed: Set[str] = frozenset()  # creators
    languages: Set[str] = frozenset()  # that the person reads
    exclude: Set[str] = frozenset()  # videos that this swipe session has been given already


@dataclass(frozen=True, slots=True)
class Pick:
    """One video of a page."""

    video: str
    reason: PickReason
    score: float  # comparable within a page
    propensity: float  # the probability with which this ranker would show it on this page, above 0, at most 1
    details: Mapping[str, str | float] = field(default_factory=dict)
    """What the reason rests on: `video` (that the person liked), `hashtag`, `creator`, `sound`, `language`, and the
    predicted `finish`, `like`, `skip`."""


@dataclass(frozen=True, slots=True)
class Interest:
    kind: InterestKind
    key: str  # a hashtag, or an id
    weight: float  # 0 to 1, relative to the person's strongest

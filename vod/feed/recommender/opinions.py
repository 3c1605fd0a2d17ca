"""What an action says about a video: to the person's own profile, and about the video for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vod.feed.recommender.memory.catalogue import FINISHED, FOLLOWED, LIKED, REPORTED, SHARED, SKIPPED
from vod.feed.recommender.signals import SignalKind


@dataclass(frozen=True, slots=True)
class Opinion:
    """`own`: for the profile, 1 is a like. `good`: how much better or worse a showing was than an average one."""

    own: float
    good: float
    stat: int | None = None
    by: float = 1.0  # what is added to the statistic; below 0: something is taken back


OPINIONS: Mapping[SignalKind, Opinion] = {
    "finished": Opinion(0.5, 0.5, FINISHED),
    "skipped": Opinion(-0.3, -0.2, SKIPPED),
    "liked": Opinion(1.0, 0.5, LIKED),
    "unliked": Opinion(-1.0, -0.5, LIKED, -1.0),
    "shared": Opinion(1.2, 0.7, SHARED),
    "commented": Opinion(0.6, 0.4),
    "saved": Opinion(1.0, 0.6, SHARED),
    "followed": Opinion(1.2, 0.7, FOLLOWED),
    "not_interested": Opinion(-2.0, -0.5, SKIPPED),
    "reported": Opinion(-2.0, -1.0, REPORTED),
    "report_withdrawn": Opinion(2.0, 1.0, REPORTED, -1.0),
}
WATCHED_OWN = 0.5  # per share of the usual watch time, above half of it
WATCHED_GOOD = 0.5


def of_watching(share: float) -> Opinion:
    """`share`: of what people usually watch of a video of that length, 0 to 2."""
    return Opinion(WATCHED_OWN * max(0.0, share - 0.5), WATCHED_GOOD * share)

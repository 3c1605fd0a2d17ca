"""What people did with each ranker: rates with confidence intervals.

A person's impressions are not independent of each other, so people are the sample: a rate is a ratio of sums over
people, its variance that of the ratio estimator (Cochran, Sampling Techniques, 1977, 6.5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, case, func, select

from vod.feed.experiment.experiments import Experiment
from vod.tables import feed_events, feed_impressions

Z_95 = 1.959964
PEOPLE_MAX = 50_000  # of an experiment, that are counted: reading more takes too long


class Estimate(msgspec.Struct, frozen=True):
    """A rate, and where it lies with 95 % confidence; null where there is too little to tell."""

    value: float | None
    low: float | None
    high: float | None


class ArmResult(msgspec.Struct):
    """What one ranker achieved. `watch_share`: how much of the videos was watched."""

    ranker: str
    people: int
    impressions: int
    finish_rate: Estimate
    like_rate: Estimate
    watch_share: Estimate


@dataclass(frozen=True, slots=True)
class PersonCount:
    """What one person was shown and did."""

    impressions: int
    finishes: float
    likes: float
    watched: float  # sum of shares


def results(connection: Connection, experiment: Experiment) -> list[ArmResult]:
    """Of both arms, the control first."""
    counts = _counts(connection, experiment)
    return [arm(name, counts.get(name, ())) for name in (experiment.control, experiment.treatment)]


def arm(ranker: str, people: Sequence[PersonCount]) -> ArmResult:
    shown = [one.impressions for one in people]
    return ArmResult(
        ranker, len(people), sum(shown),
        ratio([one.finishes for one in people], shown),
        ratio([one.likes for one in people], shown),
        ratio([one.watched for one in people], shown),
    )  # fmt: skip


def ratio(gained: Sequence[float], shown: Sequence[int]) -> Estimate:
    """Sum over sum, with people as the sample."""
    count, total = len(shown), sum(shown)
    if total == 0:
        return Estimate(None, None, None)
    value = sum(gained) / total
    if count < 2:
        return Estimate(value, None, None)
    residuals = sum((gain - value * size) ** 2 for gain, size in zip(gained, shown, strict=True))
    error = Z_95 * math.sqrt(residuals * count / (count - 1)) / total
    return Estimate(value, max(0.0, value - error), min(1.0, value + error))


def _counts(connection: Connection, experiment: Experiment) -> Mapping[str, list[PersonCount]]:
    shown = feed_impressions
    done = feed_events
    of_showing = (
        select(
            done.c.impression,
            func.max(case((done.c.kind == "finish", case((done.c.fraction >= 1, 1), else_=0)), else_=0)).label(
                "finish"
            ),
            func.max(case((done.c.kind == "like", 1), else_=0)).label("liked"),
            func.max(done.c.fraction).label("watched"),
        )
        .where(done.c.id >= experiment.id, done.c.impression.is_not(None))
        .group_by(done.c.impression)
        .subquery()
    )
    query = (
        select(
            shown.c.ranker,
            func.count().label("impressions"),
            func.coalesce(func.sum(of_showing.c.finish), 0).label("finishes"),
            func.coalesce(func.sum(of_showing.c.liked), 0).label("likes"),
            func.coalesce(func.sum(of_showing.c.watched), 0.0).label("watched"),
        )
        .select_from(shown.outerjoin(of_showing, of_showing.c.impression == shown.c.id))
        .where(
            shown.c.id >= experiment.id, shown.c.kind == "video",
            shown.c.ranker.in_((experiment.control, experiment.treatment)),
            shown.c.at <= (experiment.stopped_at if experiment.stopped_at is not None else 2**62),
        )
        .group_by(shown.c.viewer, shown.c.ranker)
        .limit(PEOPLE_MAX)
    )  # fmt: skip
    found: dict[str, list[PersonCount]] = {}
    for row in connection.execute(query):
        count = PersonCount(row.impressions, float(row.finishes), float(row.likes), float(row.watched))
        found.setdefault(row.ranker, []).append(count)
    return found

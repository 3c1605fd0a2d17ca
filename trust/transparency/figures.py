"""Figures: what a tally says, exactly for whoever runs the server, and so that nobody can be recognised in public."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from trust.machine.learning.evaluate import Evaluated
from trust.transparency.counting import Tally

FEW = 5  # fewer could be somebody; so many times are needed for a median, too
MINUTE_MS = 60_000


class Times(msgspec.Struct):
    """In minutes. Null: there were none, or too few to tell of."""

    median: float | None
    p90: float | None


class Figures(msgspec.Struct, kw_only=True):
    """Of a month or a period. In public, null stands for 1 to 4, and other counts are rounded to the nearest five.

    `found`: by whom: report, machine, person. `content`: keep, hide. `measures`: warn, posts, live, account; `endless`:
    those of them without an end. `restricting`: decisions that took something from somebody; `grounds` (law, terms) and
    `categories` are of these. `machine_wrong`: the machine had asked and nothing was wrong; `machine_reversed`:
    decisions that it had asked for, reversed. `outcomes` of appeals: upheld, reversed.
    """

    reports: int | None
    reasons: dict[str, int | None]
    kinds: dict[str, int | None]
    decided: int | None
    decision_minutes: Times
    found: dict[str, int | None]
    content: dict[str, int | None]
    measures: dict[str, int | None]
    endless: dict[str, int | None]
    restricting: int | None
    grounds: dict[str, int | None]
    categories: dict[str, int | None]
    machine_wrong: int | None
    machine_reversed: int | None
    appeals: int | None
    outcomes: dict[str, int | None]
    appeal_minutes: Times


class Precision(msgspec.Struct):
    """How often moderators agreed with what the machine marked of a label, as it is now: between `low` and `high` with
    90 %. Null where there is too little."""

    label: str
    decided: int | None
    marked: int | None
    precision: float | None
    low: float | None
    high: float | None


def rounded(count: int) -> int | None:
    """For the public. Each figure is rounded for itself, so that the difference of two of them names nobody either."""
    if 0 < count < FEW:
        return None
    return (count + 2) // 5 * 5


def figures(tally: Tally, *, public: bool) -> Figures:
    def shown(count: int) -> int | None:
        return rounded(count) if public else count

    def one(name: str) -> int | None:
        return shown(tally.counts[name, ""])

    def by(name: str) -> dict[str, int | None]:
        return {key: shown(times) for (figure, key), times in sorted(tally.counts.items()) if figure == name and times}

    def times(name: str) -> Times:
        waits = sorted(tally.waits[name])
        if not waits or (public and len(waits) < FEW):
            return Times(None, None)
        return Times(_minutes(_quantile(waits, 0.5)), _minutes(_quantile(waits, 0.9)))

    return Figures(
        reports=one("reports"), reasons=by("reason"), kinds=by("kind"), decided=one("decided"),
        decision_minutes=times("decision"), found=by("found"), content=by("content"), measures=by("measure"),
        endless=by("endless"), restricting=one("restricting"), grounds=by("ground"), categories=by("category"),
        machine_wrong=one("machine_wrong"), machine_reversed=one("machine_reversed"), appeals=one("appeals"),
        outcomes=by("outcome"), appeal_minutes=times("appeal"),
    )  # fmt: skip


def precision(one: Evaluated, *, public: bool) -> Precision:
    if not public:
        return Precision(one.label, one.decided, one.marked, one.precision, one.low, one.high)
    few = one.marked < FEW
    shares = [None if few or share is None else round(share, 2) for share in (one.precision, one.low, one.high)]
    return Precision(one.label, rounded(one.decided), rounded(one.marked), *shares)


def _quantile(ordered: Sequence[int], share: float) -> int:
    """The least of them that so many are not longer than."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _minutes(ms: int) -> float:
    return round(ms / MINUTE_MS, 1)

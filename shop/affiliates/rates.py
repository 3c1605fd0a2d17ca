"""Which rate counts for whom: a raised one at once, a lowered one only after a while for who promotes already. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

LOWERED_DAYS = 30
LOWERED_MS = LOWERED_DAYS * 86_400_000
RATE_MAX = 5_000  # hundredths of a percent


class RateRule(msgspec.Struct, frozen=True):
    """`product` is empty for the rate of all products without one of their own; `rate` is null when a product goes with
    the others again. In hundredths of a percent."""

    id: str
    product: str
    rate: int | None
    at: int


def rate_for(rules: Iterable[RateRule], product: str, since: int | None, now: int) -> RateRule | None:
    """The rule of a product for somebody who has promoted it `since` then (Unix ms), or who begins now. It is the best
    of those that were in force within LOWERED_DAYS while they did, so that nobody's work is paid less from one day to
    the next. None: nothing is paid."""
    own: RateRule | None = None
    every: RateRule | None = None
    start = now if since is None else max(since, now - LOWERED_MS)
    best: RateRule | None = None
    for rule in sorted((one for one in rules if one.product in ("", product) and one.at <= now), key=_order):
        if rule.at > start:  # what was in force until now counts, too
            best = _better(best, own or every)
        if rule.product:
            own = rule if rule.rate is not None else None
        else:
            every = rule
    best = _better(best, own or every)
    return best if best is not None and best.rate else None


def _better(one: RateRule | None, other: RateRule | None) -> RateRule | None:
    """The newer one if both are the same."""
    if one is None or other is None:
        return other or one
    return one if (one.rate or 0) > (other.rate or 0) else other


def _order(rule: RateRule) -> tuple[int, str]:
    return rule.at, rule.id

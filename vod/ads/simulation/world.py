"""A simulated day: campaigns that compete, viewers who come and go, a burst, and bots that see everything."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from vod.ads.campaigns.campaign import Caps, Pricing, RunningCampaign, RunningCreative, Targets
from vod.ads.decision.pacing import HOURS, Curve
from vod.ads.decision.place import Place

DAY_MS = 86_400_000
START = 20_000 * DAY_MS  # any midnight
TAGS = tuple(f"topic{number}" for number in range(20))
ZONE = ZoneInfo("UTC")
BURST_HOUR, BURST_S, BURST = 14, 300, 8.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One place for an ad. `program`: a bot, whose views are marked and never billed."""

    at: int
    viewer: str
    place: Place
    program: bool


def campaigns(count: int, random: np.random.Generator) -> list[RunningCampaign]:
    """Bids from 2 to 20 for a thousand views, days from 1 to 20, half of them for certain hashtags. Money of a day is
    for less than there are viewers: a campaign that nobody could see spends nothing, whatever paces it."""
    found = []
    for number in range(count):
        bid = int(random.integers(2, 20)) * 1_000_000
        day = int(random.integers(1, 20)) * 1_000_000 // max(1, count // 20)
        tags = tuple(sorted({str(one) for one in random.choice(TAGS, 3)})) if number % 2 else ()
        found.append(campaign(f"c{number:04}", bid_micro=bid, day_micro=day, targets=Targets(hashtags=tags)))
    return found


def campaign(
    name: str, *, bid_micro: int, day_micro: int, total_micro: int = 10**12, targets: Targets | None = None,
    caps: Caps | None = None, start: int = START,
    pricing: Pricing = "cpm",
) -> RunningCampaign:  # fmt: skip
    creative = RunningCreative(f"{name}-1", f"{name}-video", "https://example.com/", "", "learn_more")
    return RunningCampaign(
        id=name, advertiser=f"{name}-advertiser", tier="auction", category="food", pricing=pricing, bid_micro=bid_micro,
        total_micro=total_micro, day_micro=day_micro, starts=start, ends=start + DAY_MS, zone=ZONE,
        caps=caps or Caps(day=3, total=None), targets=targets or Targets(), creatives=(creative,), sponsor=name,
        payer=name,
    )  # fmt: skip


def traffic(shift_h: int = 0) -> Curve:
    """Viewers by hour: few at night, most in the evening."""
    return tuple(1.0 + 0.8 * math.sin((hour - 10 - shift_h) / HOURS * 2 * math.pi) for hour in range(HOURS))


def visits(
    per_day: int, random: np.random.Generator, *, burst: bool, bots: float = 0.0, viewers: int = 4_000
) -> Iterator[Visit]:
    """In the order of their times. `bots`: their share of the visits."""
    curve = traffic()
    rate = per_day / sum(curve) / 3_600
    for second in range(86_400):
        hour, of_hour = divmod(second, 3_600)
        factor = BURST if burst and hour == BURST_HOUR and of_hour < BURST_S else 1.0
        for _ in range(int(random.poisson(rate * curve[hour] * factor))):
            program = bool(random.random() < bots)
            viewer = f"bot{random.integers(20)}" if program else f"v{random.integers(viewers)}"
            tags = frozenset(str(one) for one in random.choice(TAGS, 2))
            yield Visit(START + second * 1_000 + int(random.integers(1_000)), viewer, Place(hashtags=tags), program)


def shares(spent: Sequence[int]) -> float:
    """How evenly alike things fared (Jain's index): 1 if all are equal."""
    total = sum(spent)
    return total * total / (len(spent) * sum(one * one for one in spent)) if total else 0.0

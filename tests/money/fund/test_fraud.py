"""What bots get: their own mass, whatever they watch, like and share."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from money.fund.division import View, divided, weights

POT = 237_500  # coins
VIEWERS = 4_000
CREATORS = 300
DAYS = 30
SMALL = "c299"


def honest(seed: int) -> list[list[View]]:
    """Viewers who watch a few minutes on some days, most of them the same few creators."""
    draw = random.Random(seed)
    popular = [1 / (rank + 1) for rank in range(CREATORS)]
    audience = []
    for number in range(VIEWERS):
        own = []
        for day in sorted(draw.sample(range(DAYS), draw.randint(1, DAYS))):
            for creator in set(draw.choices(range(CREATORS), popular, k=draw.randint(1, 6))):
                reactions = draw.choice([0, 0, 0, 1, 2, 4, 7])
                own.append(
                    View(f"v{number}", day, f"c{creator}/1", f"c{creator}", draw.randint(5_000, 300_000), reactions)
                )
        audience.append(own)
    return audience


def bots(count: int, days: int, reactions: int = 7) -> list[list[View]]:
    """Sixteen hours a day of one small creator, with all the likes, shares and follows there are."""
    videos = [f"{SMALL}/{number}" for number in range(20)]
    return [
        [View(f"bot{bot}", day, video, SMALL, 2_880_000, reactions) for day in range(days) for video in videos]
        for bot in range(count)
    ]


def paid(audience: list[list[View]], least_days: int = 3) -> Mapping[str, int]:
    eligible = {f"c{number}": 0 for number in range(CREATORS)}
    for own in audience:
        for view, weight in zip(own, weights(own, eligible, least_days), strict=True):
            if weight:
                eligible[view.creator] += weight
    return divided(POT, eligible)


@pytest.fixture(scope="module")
def before() -> tuple[list[list[View]], Mapping[str, int]]:
    audience = honest(1)
    return audience, paid(audience)


def test_bots_that_are_not_trusted_change_nobodys_pay(before: tuple[list[list[View]], Mapping[str, int]]) -> None:
    audience, alone = before
    assert paid(audience + bots(400, days=2)) == alone


@pytest.mark.parametrize("count", [50, 400])
def test_trusted_bots_gain_their_own_mass_and_no_more(
    before: tuple[list[list[View]], Mapping[str, int]], count: int
) -> None:
    audience, alone = before
    after = paid(audience + bots(count, days=DAYS))
    voices = sum(min(10, len({view.day for view in own})) / 10 for own in audience if len({v.day for v in own}) >= 3)
    share = count / (voices + count)
    assert after[SMALL] == pytest.approx(alone[SMALL] * (1 - share) + POT * share, abs=3)
    for creator, coins in alone.items():
        if creator != SMALL:
            assert after[creator] == pytest.approx(coins * (1 - share), abs=2), "the honest lose no more, and alike"


def test_what_bots_like_and_how_long_they_watch_moves_nothing(
    before: tuple[list[list[View]], Mapping[str, int]],
) -> None:
    audience, _ = before
    short = [[view._replace(ms=5_000, reactions=0) for view in own[::20]] for own in bots(50, days=DAYS)]
    assert paid(audience + bots(50, days=DAYS)) == pytest.approx(paid(audience + short), abs=1)

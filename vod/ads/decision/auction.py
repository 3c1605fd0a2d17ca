"""The auction for one slot: who wins it, and the price.

Score = bid per thousand views x quality. The winner is found with rates that are drawn (Thompson sampling), so that new
ads are tried; the price is made of the mean rates, so that nobody pays for the luck of a draw. It is the least with
which the winner still beats the second, between the floor and its own bid.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vod.ads.decision.lineup import Lineup, Mask
from vod.ads.decision.quality import Quality

NONE = -1.0  # the score of who does not take part; all others have at least 0


class Win(NamedTuple):
    """`price_micro` for what the campaign is billed for, one view or one click; `runner_up_micro` what the second would
    have paid at its own bid for the winner's place; 0: there was none."""

    row: int
    price_micro: int
    runner_up_micro: int


def auction(lineup: Lineup, quality: Quality, eligible: Mask, random: np.random.Generator) -> Win | None:
    """None if nobody may and can pay. House ads are shown only where there is no other.

    Whoever could not be as good as the best is on average, even with all luck, does not take part in the draw.
    """
    purse = np.minimum(lineup.bids, lineup.left)  # who has little left bids no more than that
    taking = eligible & (purse >= lineup.floors)
    bids = purse.astype(np.float64)
    means = np.where(taking, bids * quality.mean, NONE)
    best = float(means.max(initial=NONE))
    if best == NONE:
        return _house(lineup, quality, eligible, random)
    taking &= bids * quality.high >= best
    scores = np.where(taking, bids * quality.draw(random), NONE)
    row = int(scores.argmax())
    scores[row] = NONE
    second = int(scores.argmax())
    if scores[second] == NONE:  # nobody else was drawn
        means[row] = NONE
        second = int(means.argmax())
    floor, bid = int(lineup.floors[row]), int(purse[row])
    if means[second] == NONE or second == row:
        return Win(row, floor, 0)
    needed = int(np.ceil(min(float(means[second]) / float(quality.mean[row]), float(2**53))))
    return Win(row, max(floor, min(needed, bid)), needed)


def _house(lineup: Lineup, quality: Quality, eligible: Mask, random: np.random.Generator) -> Win | None:
    """They are ranked by quality alone."""
    house = eligible & lineup.house
    return Win(int(np.where(house, quality.draw(random), NONE).argmax()), 0, 0) if house.any() else None

"""The auction: more money never hurts, and nobody pays more than they bid."""

from __future__ import annotations

import random

import numpy as np
import pytest

from vod.ads.campaigns.campaign import RunningCampaign, Targets
from vod.ads.decision.auction import Win, auction
from vod.ads.decision.lineup import Lineup
from vod.ads.decision.place import Place
from vod.ads.decision.quality import Counts, Quality, Week
from vod.ads.simulation.world import START, campaign

FLOOR = 1_000_000


def lineup_of(campaigns: list[RunningCampaign], counts: dict[str, Counts] | None = None) -> Lineup:
    made = Lineup(campaigns, FLOOR, 50_000)
    made.learn(counts or {})
    made.left[:] = 10**9
    return made


def quality_of(campaigns: list[RunningCampaign], counts: dict[str, Counts]) -> Quality:
    lineup = lineup_of(campaigns, counts)
    return Quality([one.id for one in campaigns], counts, lineup.by_click, lineup.by_conversion)


def held(lineup: Lineup, quality: Quality, seed: int) -> Win | None:
    return auction(lineup, quality, lineup.eligible(Place(), START), np.random.default_rng(seed))


def crowd(chance: random.Random, count: int) -> tuple[list[RunningCampaign], dict[str, Counts]]:
    made = [
        campaign(f"c{number}", bid_micro=chance.randint(500_000, 20_000_000), day_micro=10**9)
        for number in range(count)
    ]
    views = {one.id: chance.randint(0, 5_000) for one in made}
    counts = {
        name: Counts(seen, chance.randint(0, seen // 20), chance.randint(0, seen)) for name, seen in views.items()
    }
    return made, counts


@pytest.mark.parametrize("seed", range(40))
def test_raising_a_bid_never_loses_a_slot_and_no_price_is_above_its_bid(seed: int) -> None:
    chance = random.Random(seed)
    made, counts = crowd(chance, chance.randint(1, 12))
    quality = quality_of(made, counts)
    before = held(lineup_of(made), quality, seed)
    if before is None:
        assert all(one.bid_micro < FLOOR for one in made)
        return
    assert FLOOR <= before.price_micro * 1_000 <= made[before.row].bid_micro
    raised = list(made)
    winner = made[before.row]
    raised[before.row] = campaign(winner.id, bid_micro=winner.bid_micro * 2, day_micro=10**9)
    after = held(lineup_of(raised), quality, seed)
    assert after is not None
    assert after.row == before.row
    assert after.price_micro * 1_000 <= raised[before.row].bid_micro


def test_the_price_is_the_least_that_still_wins() -> None:
    """With equal quality, what the second bids."""
    made = [campaign("a", bid_micro=9_000_000, day_micro=10**9), campaign("b", bid_micro=4_000_000, day_micro=10**9)]
    sure = {one.id: Counts(10**9, 10**7, 3 * 10**8) for one in made}
    win = held(lineup_of(made), quality_of(made, sure), 1)
    assert win == Win(0, 4_000, 4_000)


def test_who_is_alone_pays_the_floor() -> None:
    made = [campaign("a", bid_micro=9_000_000, day_micro=10**9)]
    assert held(lineup_of(made), quality_of(made, {}), 1) == Win(0, FLOOR // 1_000, 0)


def test_who_has_little_left_bids_no_more_than_that() -> None:
    made = [campaign("a", bid_micro=9_000_000, day_micro=10**9), campaign("b", bid_micro=8_000_000, day_micro=10**9)]
    lineup = lineup_of(made)
    lineup.left[0] = 1_500
    sure = {one.id: Counts(10**9, 10**7, 3 * 10**8) for one in made}
    win = held(lineup, quality_of(made, sure), 1)
    assert win == Win(1, 1_500, 1_500)
    lineup.left[:] = 10
    assert held(lineup, quality_of(made, sure), 1) is None, "neither can pay one view"


@pytest.mark.parametrize(
    ("targets", "place", "shown"),
    [
        (Targets(), Place(), True),
        (Targets(hashtags=("bread",)), Place(hashtags=frozenset({"bread", "cats"})), True),
        (Targets(hashtags=("bread",)), Place(hashtags=frozenset({"cats"})), False),
        (Targets(hashtags=("bread",), languages=("fr",)), Place(hashtags=frozenset({"bread"})), False),
        (Targets(countries=("FR",)), Place(country=None), False),
        (Targets(countries=("FR",)), Place(country="FR"), True),
        (Targets(devices=("phone",)), Place(device="desktop"), False),
        (Targets(devices=("phone",)), Place(device="phone"), True),
        (Targets(hours=(0,)), Place(), True),
        (Targets(hours=(1, 2)), Place(), False),
    ],
)
def test_an_ad_is_shown_only_where_all_its_targets_hold(targets: Targets, place: Place, shown: bool) -> None:
    made = [campaign("a", bid_micro=9_000_000, day_micro=10**9, targets=targets)]
    lineup = lineup_of(made)
    assert bool(lineup.eligible(place, START)[0]) is shown


def test_nobody_is_shown_before_its_start_or_after_its_end() -> None:
    lineup = lineup_of([campaign("a", bid_micro=9_000_000, day_micro=10**9)])
    assert not lineup.eligible(Place(), START - 1)[0]
    assert lineup.eligible(Place(), START)[0]
    assert not lineup.eligible(Place(), START + 86_400_000)[0]


def shop(name: str, bid: int) -> RunningCampaign:
    return campaign(name, bid_micro=bid, day_micro=10**9, pricing="ocpm")


def known(chance: random.Random) -> Counts:
    """Of a campaign that knows enough conversions, or not."""
    views = chance.randint(0, 50_000)
    clicks = chance.randint(0, views // 20)
    bought = chance.randint(0, min(clicks, 200))
    return Counts(views, clicks, views // 3, Week(views, clicks, bought))


@pytest.mark.parametrize("seed", range(40))
def test_a_higher_bid_for_conversions_never_loses_a_slot_and_no_view_costs_more_than_it_is_worth(seed: int) -> None:
    chance = random.Random(seed)
    made, counts = crowd(chance, 6)
    shops = [shop(f"shop{number}", chance.randint(1_000_000, 50_000_000)) for number in range(6)]
    made += shops
    counts |= {one.id: known(chance) for one in shops}
    quality, lineup = quality_of(made, counts), lineup_of(made, counts)
    before = held(lineup, quality, seed)
    assert before is not None
    assert before.price_micro <= lineup.bids[before.row]
    for row, one in enumerate(made):
        if one.pricing != "ocpm":
            continue
        assert lineup.bids[row] <= one.bid_micro * counts[one.id].week.rate
        raised = [*made[:row], shop(one.id, one.bid_micro * 2), *made[row + 1 :]]
        after = held(lineup_of(raised, counts), quality_of(raised, counts), seed)
        assert after is not None
        if before.row == row:
            assert after.row == row


@pytest.mark.parametrize(("conversions", "clicks_are_billed"), [(0, True), (49, True), (50, False)])
def test_conversions_are_bid_for_from_fifty_a_week_on_and_clicks_before(
    conversions: int, clicks_are_billed: bool
) -> None:
    week = Week(10_000, 100, conversions)
    lineup = lineup_of([shop("a", 10_000_000)], {"a": Counts(10_000, 100, 0, week)})
    assert bool(lineup.by_click[0]) is clicks_are_billed
    if clicks_are_billed:
        assert lineup.bids[0] == int(10_000_000 * (conversions + 1) / 150), "smoothed: one of fifty clicks is usual"
        assert lineup.floors[0] == 50_000
    else:
        assert lineup.bids[0] == int(10_000_000 * (50 + 0.01) / 10_050)
        assert lineup.floors[0] == FLOOR // 1_000


def test_who_is_more_likely_to_convert_wins_at_the_same_bid() -> None:
    made = [shop("often", 10_000_000), shop("seldom", 10_000_000)]
    counts = {
        "often": Counts(10**6, 10**4, 3 * 10**5, Week(10**6, 10**4, 2_000)),
        "seldom": Counts(10**6, 10**4, 3 * 10**5, Week(10**6, 10**4, 500)),
    }
    win = held(lineup_of(made, counts), quality_of(made, counts), 1)
    assert win is not None
    assert win.row == 0
    assert win.price_micro == pytest.approx(5_000, rel=0.01), (
        "what makes it as good as the second: a quarter of its bid"
    )

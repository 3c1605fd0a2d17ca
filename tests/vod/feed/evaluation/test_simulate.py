"""The simulated world."""

from __future__ import annotations

import json

import numpy as np
import pytest

from vod.feed.evaluation import simulate as module
from vod.feed.evaluation.rankers import RawPopularity, Recommender
from vod.feed.evaluation.simulate import NEWCOMER_SWIPES, Simulation, attack, doubling, gini


def test_new_videos_find_an_audience_that_popularity_never_gives_them() -> None:
    ours = Simulation(Recommender(1), 1, pages=800).run()
    popular = Simulation(RawPopularity(), 1, pages=800).run()
    assert float(str(ours["new_with_under_10_views"])) < 0.8
    assert float(str(popular["new_with_under_10_views"])) > 0.9
    assert float(str(ours["share_of_views_of_good"])) > float(str(popular["share_of_views_of_good"]))


def test_the_same_seed_gives_the_same_results() -> None:
    first, again = (Simulation(Recommender(4), 4, pages=60).run() for _ in range(2))
    assert json.dumps(first) == json.dumps(again)


def test_bots_with_quiet_voices_move_popularity_but_not_the_recommender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BOT_VOICE", 0.0)
    times = {}
    for ranker in (Recommender(2), RawPopularity()):
        simulation = Simulation(ranker, 2, pages=200)
        simulation.run()
        times[ranker.name] = float(str(attack(simulation)["times"]))
    assert times["ours"] < 2
    assert times["popular"] > 3


def test_doubling_is_counted_in_swipes() -> None:
    rates = np.full(NEWCOMER_SWIPES, 0.2)
    assert doubling(rates)["swipes_until_doubled"] is None
    rates[20:] = 0.5
    assert 20 < int(str(doubling(rates)["swipes_until_doubled"])) <= 24


def test_gini_is_0_for_equals_and_near_1_for_a_winner() -> None:
    assert gini(np.ones(50)) == pytest.approx(0)
    assert gini(np.zeros(50)) == 0
    assert gini(np.eye(1, 50)[0]) == pytest.approx(0.98)

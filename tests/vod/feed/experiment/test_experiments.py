"""The experiment switch: a stable split, and rates with honest intervals."""

from __future__ import annotations

import pytest

from core.errors import Conflict, InvalidRequest
from tests.vod.conftest import House
from tests.vod.feed.conftest import BASE_URL
from vod.feed.experiment.experiments import Experiment, Experiments
from vod.feed.experiment.results import ratio, results
from vod.feed.viewer import Viewer


def test_people_are_split_by_hash_and_stay_where_they_are() -> None:
    one = Experiment("a", "learned", "popular", 30, 0)
    arms = [one.arm(f"person {n}") for n in range(2_000)]
    assert arms == [one.arm(f"person {n}") for n in range(2_000)]
    assert 500 < arms.count("popular") < 700
    other = Experiment("b", "learned", "popular", 30, 0)
    assert arms != [other.arm(f"person {n}") for n in range(2_000)]


def test_one_experiment_runs_at_a_time(house: House) -> None:
    experiments = Experiments(house.database, house.time)
    with pytest.raises(InvalidRequest):
        experiments.start("learned", "learned", 50)
    with pytest.raises(InvalidRequest):
        experiments.start("learned", "popular", 100)
    experiments.start("learned", "popular", 50)
    with pytest.raises(Conflict):
        experiments.start("learned", "newest", 50)
    assert house.database.read(experiments.running) is not None
    experiments.stop()
    assert house.database.read(experiments.running) is None
    assert house.database.read(lambda c: experiments.ranker(c, "somebody")) == "learned"


def test_each_arm_is_shown_by_its_ranker_and_counted(house: House) -> None:
    for _ in range(3):
        house.show(house.person())
    house.vod.learning.catch_up()
    experiment = Experiments(house.database, house.time).start("newest", "popular", 50)
    for _ in range(8):
        who = house.person()
        house.vod.feed.for_you(Viewer(who.id, who), "", 5, BASE_URL)
    arms = house.database.read(lambda c: results(c, experiment))
    assert [arm.ranker for arm in arms] == ["newest", "popular"]
    assert sum(arm.people for arm in arms) == 8
    assert sum(arm.impressions for arm in arms) == 24
    assert {arm.finish_rate.value for arm in arms if arm.people} == {0.0}


def test_an_interval_is_wider_with_fewer_people() -> None:
    few, many = ratio([1.0, 0.0] * 3, [2] * 6), ratio([1.0, 0.0] * 300, [2] * 600)
    assert few.value == many.value == 0.25
    assert few.low is not None
    assert many.low is not None
    assert few.low < many.low < 0.25
    assert ratio([], []).value is None
    assert ratio([1.0], [2]).low is None

"""No campaign ever spends or holds more than its budget, whatever happens to views and nodes."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import update

from tests.vod.ads.stage import Stage
from vod.ads.campaigns.tables import campaigns
from vod.ads.decision.place import Place
from vod.ads.serving.node import Slot
from vod.ads.serving.serve import Serve
from vod.ads.serving.slices import HOLD_MS, LEASE_MS

VIEWED_MS = 6_000
BUDGET = 1_000_000  # a euro


def spent_and_held(stage: Stage, campaign: str) -> None:
    """What must hold at any moment."""
    assert stage.billed(campaign) <= stage.committed(campaign) <= BUDGET
    spent, held = stage.posted(campaign)
    assert spent + held == stage.committed(campaign)


@pytest.mark.parametrize("seed", [1, 2])
def test_two_nodes_with_late_lost_doubled_and_forged_views_never_overspend(stage: Stage, seed: int) -> None:
    chance = random.Random(seed)
    campaign = stage.campaign(total_micro=BUDGET, caps={"day": None, "total": None})
    nodes = [stage.node(1), stage.node(2)]
    stage.warm()
    views: list[tuple[int, Serve]] = []
    for second in range(150):
        for number in range(4):
            serve = stage.serve(nodes[number % 2], f"~{second}.{number}")
            if serve is not None and chance.random() > 0.2:  # the others are lost
                late = 2 * HOLD_MS if chance.random() < 0.1 else VIEWED_MS
                views.append((stage.now + late, serve))
        due = [serve for at, serve in views if at <= stage.now]
        views = [(at, serve) for at, serve in views if at > stage.now]
        stage.tell([(serve.id, "viewable") for serve in due] * 2 + [("0" * 20, "viewable")])
        stage.tick(1_000)
        if second % 30 == 0:
            spent_and_held(stage, campaign)
    assert stage.billed(campaign) > 0
    stage.now += 2 * HOLD_MS
    stage.tell([(serve.id, "viewable") for _, serve in views])  # much too late
    for _ in range(8):
        stage.tick(60_000)
        stage.billing.run()
    spent_and_held(stage, campaign)
    assert stage.posted(campaign)[0] == stage.billed(campaign)
    assert stage.proved()


def test_a_budget_that_was_just_lowered_holds_for_a_node_that_has_not_heard_of_it(stage: Stage) -> None:
    campaign = stage.campaign(total_micro=50 * BUDGET)
    node = stage.node()
    stage.tick()
    node.choose(Slot("~a", Place()), stage.now)
    less = update(campaigns).where(campaigns.c.id == campaign).values(total_micro=BUDGET)
    stage.database.write(lambda c: c.execute(less))
    stage.tick(100)
    spent_and_held(stage, campaign)
    assert stage.committed(campaign) > 0


def test_a_killed_nodes_slices_come_back(stage: Stage) -> None:
    campaign = stage.campaign(total_micro=BUDGET, caps={"day": None, "total": None})
    dying = stage.node(1)
    stage.warm()
    serve = stage.serve(dying, "~a")
    lost = stage.serve(dying, "~b")
    assert serve is not None
    assert lost is not None
    stage.now += VIEWED_MS
    assert stage.tell([(serve.id, "viewable")]) == [True]
    stage.nodes.clear()  # kill -9
    assert stage.committed(campaign) > serve.price_micro
    stage.node(2)
    stage.tick(1_000)
    assert stage.committed(campaign) > serve.price_micro, "its views may still come"
    stage.tick(LEASE_MS + HOLD_MS + 5_000)
    stage.tick(5_000)
    assert stage.state(lost.id) == "lapsed"
    stage.billing.run()
    assert stage.posted(campaign) == (serve.price_micro, stage.committed(campaign) - serve.price_micro)
    assert stage.committed(campaign) == serve.price_micro + sum(
        n.holds.left(k) for n, _ in stage.nodes for k in n.holds.slices
    )
    assert stage.proved()


def test_a_node_that_was_asleep_records_nothing_for_slices_that_are_not_its_own_any_more(stage: Stage) -> None:
    stage.campaign(total_micro=BUDGET)
    asleep = stage.node(1)
    stage.warm()
    other = stage.node(2)
    stage.now += LEASE_MS + HOLD_MS + 5_000
    stage.nodes[1][1].tick()
    asleep.lease = stage.now + 1_000  # its own clock has stood still
    assert stage.serve(asleep, "~a") is None
    assert other.id != asleep.id


def test_a_view_is_billed_by_the_clock_although_nobody_has_swept(stage: Stage) -> None:
    campaign = stage.campaign(total_micro=BUDGET)
    node = stage.node()
    stage.warm()
    serve = stage.serve(node, "~a")
    assert serve is not None
    stage.now += HOLD_MS + 1
    stage.tell([(serve.id, "viewable")])
    assert stage.billed(campaign) == 0
    assert stage.state(serve.id) == "held"


def test_a_lower_budget_holds_at_once_for_what_is_not_shown_yet(stage: Stage) -> None:
    campaign = stage.campaign(total_micro=BUDGET, caps={"day": None, "total": None})
    node = stage.node()
    stage.warm()
    assert stage.committed(campaign) > 10_000
    stage.database.write(
        lambda c: c.execute(update(campaigns).where(campaigns.c.id == campaign).values(total_micro=5_000))
    )
    for number in range(20):
        stage.tick(2_000)
        stage.serve(node, f"~{number}")
    assert stage.committed(campaign) <= 5_000


def test_a_paused_campaign_is_shown_no_more_and_gives_back_what_it_has_not_shown(stage: Stage) -> None:
    campaign = stage.campaign(total_micro=BUDGET)
    node = stage.node()
    stage.warm()
    serve = stage.serve(node, "~a")
    assert serve is not None
    stage.database.write(
        lambda c: c.execute(update(campaigns).where(campaigns.c.id == campaign).values(state="paused"))
    )
    stage.tick(2_500)
    assert stage.serve(node, "~b") is None
    assert stage.committed(campaign) == serve.price_micro
    stage.tell([(serve.id, "viewable")])  # it was on a screen already
    assert stage.billed(campaign) == serve.price_micro


def test_an_advertiser_without_money_is_not_shown(stage: Stage) -> None:
    campaign = stage.campaign(balance_micro=1, total_micro=BUDGET)
    node = stage.node()
    stage.warm()
    assert stage.serve(node, "~a") is None
    assert stage.committed(campaign) == 0


@pytest.mark.parametrize("pages", [1, 3])
def test_a_cap_of_two_shows_two_on_two_nodes(stage: Stage, pages: int) -> None:
    stage.campaign(total_micro=BUDGET, caps={"day": 2, "total": None})
    nodes = [stage.node(1), stage.node(2)]
    stage.warm()
    shown = 0
    for _ in range(5):
        for node in nodes * pages:
            serve = stage.serve(node, "person")
            if serve is not None:
                shown += 1
                stage.tell([(serve.id, "view")], "person")
    assert shown == 2


def test_what_was_never_seen_does_not_count_for_the_cap(stage: Stage) -> None:
    stage.campaign(total_micro=BUDGET, caps={"day": 1, "total": None})
    node = stage.node()
    stage.warm()
    assert stage.serve(node, "person") is not None
    assert stage.serve(node, "person") is None
    for _ in range(13):
        stage.tick(10_000)
    assert stage.serve(node, "person") is not None

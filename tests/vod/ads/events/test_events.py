"""What counts, what is billed, and what is only marked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from tests.vod.ads.stage import Stage
from vod.ads.billing.figures import Figures, figures
from vod.ads.campaigns.tables import advertiser_members
from vod.ads.events.counts import COLUMNS
from vod.ads.events.invalid import CLOCK_MS, Kind, Rates
from vod.ads.serving.serve import Serve
from vod.ads.serving.slices import HOLD_MS
from vod.ads.tables import ad_days, ad_events


def shown(stage: Stage, viewer: str = "person", **values: Any) -> tuple[str, Serve]:
    campaign = stage.campaign(total_micro=1_000_000, caps={"day": None, "total": None}, **values)
    node = stage.node()
    stage.warm()
    serve = stage.serve(node, viewer)
    assert serve is not None
    return campaign, serve


def counted(stage: Stage, campaign: str) -> Figures:
    return stage.database.read(lambda c: figures(c, [campaign])).get(campaign, Figures())


def marks(stage: Stage, serve: Serve) -> dict[str, str]:
    query = select(ad_events.c.kind, ad_events.c.mark).where(ad_events.c.serve == serve.id)
    return {row.kind: row.mark for row in stage.database.read(lambda c: c.execute(query).all())}


def test_a_viewable_view_is_billed_once(stage: Stage) -> None:
    campaign, serve = shown(stage)
    stage.now += 2_500
    told: list[tuple[str, Kind]] = [(serve.id, "view"), (serve.id, "viewable"), (serve.id, "viewable")]
    assert stage.tell(told, "person") == [True, True, False]
    assert stage.tell(told, "person") == [False, False, False]
    assert stage.billed(campaign) == serve.price_micro
    assert counted(stage, campaign) == Figures(views=1, viewable=1, spent_micro=serve.price_micro)


@pytest.mark.parametrize(("kind", "terms"), [("viewable", {}), ("click", {"pricing": "cpc", "bid_micro": 200_000})])
def test_what_is_billed_counts_for_the_caps_whatever_a_client_leaves_out(
    stage: Stage, kind: Kind, terms: dict[str, Any]
) -> None:
    campaign = stage.campaign(total_micro=50_000_000, caps={"day": 1, "total": None}, **terms)
    first, second = stage.node(1), stage.node(2)
    stage.warm()
    serve = stage.serve(first, "~a")
    assert serve is not None
    stage.now += 2_500
    stage.tell([(serve.id, kind)])
    assert stage.billed(campaign) == serve.price_micro
    stage.tick(HOLD_MS)
    stage.warm()
    assert stage.serve(second, "~b") is not None
    assert stage.serve(second, "~a") is None


def test_a_view_alone_costs_nothing(stage: Stage) -> None:
    campaign, serve = shown(stage)
    stage.tell([(serve.id, "view")], "person")
    assert stage.billed(campaign) == 0


def test_what_cannot_be_true_yet_by_the_servers_clock_is_not_billed(stage: Stage) -> None:
    campaign, serve = shown(stage)
    stage.now += 1_900
    stage.tell([(serve.id, "viewable")], "person")
    assert marks(stage, serve) == {"viewable": "soon"}
    assert stage.billed(campaign) == 0
    assert counted(stage, campaign) == Figures(invalid=1)


def test_a_click_is_billed_where_clicks_are_paid(stage: Stage) -> None:
    campaign, serve = shown(stage, pricing="cpc", bid_micro=200_000)
    stage.now += 3_000
    stage.tell([(serve.id, "viewable")], "person")
    assert stage.billed(campaign) == 0
    stage.tell([(serve.id, "click")], "person")
    assert stage.billed(campaign) == serve.price_micro


@pytest.mark.parametrize("who", ["other", None])
def test_only_who_was_shown_an_ad_may_speak_of_it(stage: Stage, who: str | None) -> None:
    campaign, serve = shown(stage)
    stage.now += 2_500
    assert stage.tell([(serve.id, "viewable")], who) == [False]
    assert stage.billed(campaign) == 0


def test_programs_and_the_advertisers_own_people_cost_nothing(stage: Stage) -> None:
    campaign, serve = shown(stage, viewer="~session")
    stage.now += 2_500
    stage.tell([(serve.id, "viewable")], program=True)
    assert marks(stage, serve) == {"viewable": "program"}
    other = stage.serve(stage.nodes[0][0], "owner")
    assert other is not None
    member = {"advertiser": other.campaign.advertiser, "person": "owner", "role": "owner", "at": 0}
    stage.database.write(lambda c: c.execute(insert(advertiser_members).values(member)))
    stage.now += 2_500
    stage.tell([(other.id, "viewable")], "owner")
    assert marks(stage, other) == {"viewable": "own"}
    assert stage.billed(campaign) == 0


def test_a_flood_of_views_from_one_network_is_billed_five_times(stage: Stage) -> None:
    campaign, first = shown(stage, viewer="~0")
    serves = [first]
    for number in range(1, 9):
        serve = stage.serve(stage.nodes[0][0], f"~{number}")
        assert serve is not None
        serves.append(serve)
    stage.now += 2_500
    for serve in serves:
        stage.tell([(serve.id, "viewable")], source="192.0.2.7")
    assert counted(stage, campaign).viewable == 5
    assert stage.billed(campaign) == sum(serve.price_micro for serve in serves[:5])


def test_a_flood_of_clicks_is_marked_by_every_window() -> None:
    rates = Rates()
    accepted = sum(not rates.exceeds("click", "somebody", f"c{number}", number * 1_000) for number in range(3_600))
    assert accepted == 10, "the window of an hour"
    assert rates.exceeds("click", "somebody", "other", 3_590_000)
    assert not rates.exceeds("click", "else", "other", 3_590_000)
    assert not rates.exceeds("click", "else", "another", 3_660_000)
    assert rates.exceeds("click", "else", "other", 3_720_000), "one a day for each campaign"


def test_whoever_hides_an_ad_does_not_see_its_campaign_again(stage: Stage) -> None:
    _, serve = shown(stage)
    node = stage.nodes[0][0]
    stage.tell([(serve.id, "hide")], "person")
    node.hidden("person", serve.campaign.id)
    assert stage.serve(node, "person") is None
    other = stage.node(2)
    for number in range(125):  # until the first gives back what it does not use
        stage.serve(other, f"~{number}")
        stage.tick(5_000)
    assert stage.serve(other, "~somebody") is not None
    assert stage.serve(other, "person") is None


LENGTH_MS = 20_000


@pytest.mark.parametrize(
    ("kind", "after_ms"), [("quarter", 5_000), ("half", 10_000), ("three_quarters", 15_000), ("finish", 20_000)]
)
def test_a_part_of_the_video_is_watched_only_once_so_much_time_has_passed(
    stage: Stage, kind: Kind, after_ms: int
) -> None:
    _, serve = shown(stage, length_ms=LENGTH_MS)
    early = stage.serve(stage.nodes[0][0], "person")
    assert early is not None
    stage.now += after_ms - CLOCK_MS - 1
    stage.tell([(early.id, kind)], "person")
    stage.now += 1 + CLOCK_MS
    stage.tell([(serve.id, kind)], "person")
    assert (marks(stage, early), marks(stage, serve)) == ({kind: "soon"}, {kind: ""})


def test_parts_are_counted_and_cost_nothing(stage: Stage) -> None:
    campaign, serve = shown(stage, length_ms=LENGTH_MS)
    stage.now += LENGTH_MS
    told: list[tuple[str, Kind]] = [(serve.id, kind) for kind in ("quarter", "half", "three_quarters", "finish")]
    assert stage.tell(told * 2, "person") == [True] * 4 + [False] * 4
    assert days(stage, campaign) == {"quarters": 1, "halves": 1, "three_quarters": 1, "finishes": 1}
    assert stage.billed(campaign) == 0


@pytest.mark.parametrize("order", [("viewable", "not_viewable"), ("not_viewable", "viewable")])
@pytest.mark.parametrize("together", [True, False])
def test_a_view_has_one_verdict_and_a_viewable_one_is_the_last_word(
    stage: Stage, order: tuple[Kind, Kind], together: bool
) -> None:
    campaign, serve = shown(stage)
    stage.now += 2_500
    told: list[tuple[str, Kind]] = [(serve.id, kind) for kind in order]
    for batch in [told] if together else [[one] for one in told]:
        stage.tell(batch, "person")
    assert days(stage, campaign) == {"viewable": 1, "spent_micro": serve.price_micro}


def days(stage: Stage, campaign: str) -> dict[str, int]:
    """The counts that are not 0."""
    query = select(*(ad_days.c[name] for name in COLUMNS)).where(ad_days.c.campaign == campaign)
    [row] = stage.database.read(lambda c: c.execute(query).all())
    return {name: count for name, count in row._mapping.items() if count}

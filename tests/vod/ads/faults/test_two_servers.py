"""Two real servers with one database: whatever happens to beacons, servers and bookings, no budget is exceeded and each
bill is the sum of its receipts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from money.ledger.rules import TRANSFER_AMOUNT_MAX
from tests.money.providers.stripe_server import stripe_server
from tests.vod.ads.faults.cluster import Ad, Cluster
from vod.ads.campaigns.floors import BID_MICRO_MAX
from vod.ads.serving.slices import HOLD_MS, LEASE_MS

BUDGET = 61_003  # of a thousandth each: it does not come out even
PAGES = 36
EURO = 1_000_000


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, shared_postgres_url: str, redis_url: str) -> Iterator[Cluster]:
    with stripe_server() as stripe:
        made = Cluster(tmp_path_factory.mktemp("cluster"), shared_postgres_url, redis_url, stripe)
        try:
            made.start()
            yield made
        finally:
            made.close()


@pytest.fixture
def dear(cluster: Cluster) -> Iterator[None]:
    """A view costs a quarter of a euro."""
    cluster.floor(EURO // 4 * 1_000)
    yield
    cluster.floor(EURO)


def east_of(zone: str) -> str:
    """Where it is three hours later."""
    return f"Etc/GMT{int(zone.removeprefix('Etc/GMT')) - 3:+d}"


def impressions(ads: list[Ad]) -> list[str]:
    return [str(ad["impression"]) for ad in ads]


def test_lost_late_doubled_and_forged_beacons_of_two_nodes_never_overspend(cluster: Cluster) -> None:
    chance = random.Random(14)
    campaign = cluster.campaign(cluster.advertiser(1_000_000), total_micro=BUDGET)
    cluster.shown(cluster.one)
    cluster.shown(cluster.two)
    late: list[str] = []
    for _ in range(2):
        seen = impressions(cluster.storm(PAGES, (cluster.one, cluster.two)))
        cluster.leap(3)
        chance.shuffle(seen)
        late += seen[:3]
        told = [(one, "viewable") for one in seen[6:]]  # three are lost
        forged = [(one[:-1] + ("0" if one[-1] != "0" else "1"), "viewable") for one in seen[:3]]
        cluster.beacons(told[::2] + forged + told[1::2] + told, cluster.two)
        assert cluster.billed(campaign) <= cluster.committed(campaign) <= BUDGET
    assert cluster.billed(campaign) > BUDGET // 3
    cluster.leap(HOLD_MS / 1000 + 3, step_s=9.0)
    before = cluster.billed(campaign)
    assert cluster.beacons([(one, "viewable") for one in late], cluster.one) == len(late)
    assert cluster.billed(campaign) == before, "too late to be billed"
    cluster.end(campaign)
    cluster.settled(campaign)
    assert cluster.posted(campaign).spent_micro == cluster.billed(campaign) <= BUDGET
    assert cluster.proved()


def test_a_budget_that_is_changed_while_ads_are_shown_holds_on_both_nodes(cluster: Cluster, dear: None) -> None:
    campaign = cluster.campaign(cluster.advertiser(20 * EURO), total_micro=10 * EURO, bid_micro=BID_MICRO_MAX)
    cluster.shown(cluster.one)
    seen = impressions(cluster.storm(4, (cluster.one, cluster.two)))
    cluster.leap(3)
    cluster.beacons([(one, "viewable") for one in seen], cluster.two)
    assert cluster.edit(campaign, total_micro=5 * EURO).json()["code"] == "budget_too_low", "more is held"
    assert cluster.act(campaign, "pause") == "paused"
    cluster.until(
        lambda: cluster.posted(campaign).held_micro + cluster.posted(campaign).spent_micro <= 5 * EURO,
        "slices come back", leaping_s=3.0,
    )  # fmt: skip
    cluster.silent(campaign)
    assert cluster.edit(campaign, total_micro=5 * EURO).status_code == 200
    assert cluster.act(campaign, "resume") == "running"
    cluster.shown(cluster.two)
    seen = impressions(cluster.storm(12, (cluster.one, cluster.two)))
    cluster.leap(3)
    cluster.beacons([(one, "viewable") for one in seen], cluster.one)
    assert EURO < cluster.billed(campaign) <= cluster.committed(campaign) <= 5 * EURO
    assert cluster.edit(campaign, total_micro=7 * EURO).status_code == 200
    shown = cluster.shown(cluster.one)
    cluster.end(campaign)
    cluster.leap(3)
    cluster.silent(campaign)
    assert cluster.beacons([(shown["impression"], "viewable")], cluster.two) == 1, "it was on a screen already"
    cluster.settled(campaign)
    assert cluster.posted(campaign).spent_micro <= 7 * EURO
    assert cluster.proved()


def test_another_time_zone_at_midnight_bills_nothing_twice(cluster: Cluster, dear: None) -> None:
    campaign = cluster.campaign(
        cluster.advertiser(20 * EURO), total_micro=10 * EURO, day_micro=2 * EURO, bid_micro=BID_MICRO_MAX
    )  # fmt: skip
    here = str(cluster.view(campaign)["zone"])
    days = list[str]()

    def spend() -> list[str]:
        cluster.shown(cluster.one)
        seen = impressions(cluster.storm(6, (cluster.one, cluster.two)))
        cluster.leap(3)
        cluster.beacons([(one, "viewable") for one in seen], cluster.two)
        days.append(max(cluster.days(campaign)))
        return seen

    last = str(cluster.view(campaign)["ends_on"])
    later = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    assert cluster.edit(campaign, ends_on=later).status_code == 200
    seen = spend()
    assert cluster.edit(campaign, zone=east_of(here)).status_code == 200
    cluster.leap(5)
    seen += spend()
    assert days[0] < days[1], "it is tomorrow there"
    before = cluster.billed(campaign)
    assert cluster.beacons([(one, "viewable") for one in seen], cluster.one) == 0, "each was billed in its own day"
    assert cluster.edit(campaign, zone=here).status_code == 200
    cluster.leap(5)
    cluster.storm(6, (cluster.one, cluster.two))
    assert cluster.billed(campaign) == before
    assert all(micro <= 2 * EURO for micro in cluster.days(campaign).values()), cluster.days(campaign)
    cluster.end(campaign)
    cluster.settled(campaign)
    assert cluster.proved()


def test_a_creative_that_is_deleted_while_it_is_shown_is_billed_once_and_shown_no_more(cluster: Cluster) -> None:
    campaign = cluster.campaign(cluster.advertiser(EURO), total_micro=BUDGET)
    shown = cluster.shown(cluster.two)
    assert cluster.baker.http.delete(f"/api/ads/creatives/{cluster.creative_of(campaign)}").status_code == 200
    cluster.leap(3)
    cluster.silent(campaign)
    told = [(shown["impression"], kind) for kind in ("viewable", "viewable", "click", "finish")]
    assert cluster.beacons(told, cluster.one) == 3
    assert cluster.view(campaign)["state"] == "draft"
    assert 0 < cluster.billed(campaign) <= 8_000
    cluster.end(campaign)
    cluster.settled(campaign)
    assert cluster.proved()


def test_a_dispute_on_the_advertisers_card_stops_its_ads_on_both_nodes(cluster: Cluster) -> None:
    advertiser = cluster.advertiser()
    paid = cluster.pay_in(advertiser, 2_000)
    campaign = cluster.campaign(advertiser, total_micro=BUDGET)
    shown = cluster.shown(cluster.one)
    cluster.leap(3)
    assert cluster.beacons([(shown["impression"], "viewable")], cluster.two) == 1
    dispute = cluster.stripe.dispute(paid)
    cluster.hear("charge.dispute.created", dispute, cluster.two)
    cluster.leap(3)
    cluster.silent(campaign)
    cluster.leap(HOLD_MS / 1000, step_s=9.0)
    balance = cluster.balance(advertiser)
    assert (balance["available_micro"], balance["debt_micro"]) == (0, cluster.billed(campaign))
    cluster.stripe.decide(dispute, "won")
    cluster.hear("charge.dispute.closed", dispute, cluster.one)
    assert cluster.balance(advertiser)["debt_micro"] == 0
    cluster.shown(cluster.two)
    cluster.end(campaign)
    cluster.settled(campaign)
    assert cluster.proved()


def test_prices_at_the_limits_are_billed_to_the_millionth_and_beyond_them_refused(cluster: Cluster) -> None:
    advertiser = cluster.advertiser(TRANSFER_AMOUNT_MAX)
    most = {"bid_micro": BID_MICRO_MAX, "total_micro": TRANSFER_AMOUNT_MAX}
    for terms in (
        {"bid_micro": BID_MICRO_MAX + 1}, {"total_micro": TRANSFER_AMOUNT_MAX + 1}, {"bid_micro": 2**63},
        {"total_micro": 2**64}, {"bid_micro": -1}, {"total_micro": 1e12}, {"bid_micro": True}, {"category": ""},
        {"category": None}, {"category": "nothing"},
    ):  # fmt: skip
        answer = cluster.book(advertiser, **(most | terms))
        assert answer.status_code == 400, (terms, answer.text)
    without = cluster.book(advertiser, **most, category=...)
    assert without.status_code == 400, "a campaign without a category"
    assert cluster.book(advertiser, **most).status_code == 201
    campaign = cluster.campaign(advertiser, **most, pricing="cpc", category="food")
    rival = cluster.campaign(cluster.advertiser(TRANSFER_AMOUNT_MAX), **most, pricing="cpc")
    cluster.shown(cluster.one)
    seen = impressions(cluster.storm(6, (cluster.one, cluster.two)))
    cluster.leap(1)
    cluster.beacons([(one, "click") for one in seen], cluster.two)
    spent = cluster.billed(campaign) + cluster.billed(rival)
    assert 0 < spent <= len(seen) * BID_MICRO_MAX
    for one in (campaign, rival):
        assert cluster.committed(one) <= TRANSFER_AMOUNT_MAX
        cluster.end(one)
    for one in (campaign, rival):
        cluster.settled(one)
    assert cluster.proved()


def test_what_a_killed_node_held_comes_back(cluster: Cluster) -> None:
    campaign = cluster.campaign(cluster.advertiser(1_000_000), total_micro=BUDGET)
    seen = [*impressions([cluster.shown(cluster.two)]), *impressions(cluster.storm(10, (cluster.two,)))]
    dying = cluster.node_of(seen[0].partition(".")[0])
    cluster.leap(3)
    cluster.beacons([(one, "viewable") for one in seen[::2]], cluster.one)  # the other node hears of them
    cluster.two.kill()
    assert cluster.committed(campaign) > cluster.billed(campaign) > 0
    cluster.leap(LEASE_MS / 1000 + HOLD_MS / 1000 + 5, step_s=9.0)
    cluster.until(lambda: dying not in cluster.nodes(), "nobody has taken its slices back", leaping_s=2.0)
    before = cluster.billed(campaign)
    assert cluster.beacons([(one, "viewable") for one in seen[1::2]], cluster.one) == len(seen[1::2])
    assert cluster.billed(campaign) == before, "its money is back already"
    cluster.end(campaign)
    cluster.settled(campaign)
    assert cluster.posted(campaign).spent_micro == before
    assert cluster.proved()

"""States: only along the transitions there are, by the clock and by the money, and shown only when all is approved."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.errors import Refusal
from money.ads import Capture, Release, Reserve
from tests.vod.ads.campaigns.conftest import EURO, ZONE, Agency
from tests.vod.ads.campaigns.rows import DAY_MS
from vod.ads.campaigns.booking import CampaignEdit
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.lifecycle import SETTLE_AFTER_MS
from vod.ads.campaigns.states import CAMPAIGN_STATES, OPEN, SHOWABLE, TRANSITIONS, is_possible


def reserve(agency: Agency, campaign: CampaignView, micro: int, key: str = "1") -> None:
    asked = Reserve(key, agency.bakery.id, campaign.id, micro, campaign.budget_micro)
    agency.house.database.write(lambda c: agency.house.money.ad_budgets.reserve(c, [asked]))


def capture(agency: Agency, campaign: CampaignView, micro: int) -> None:
    asked = Capture("1", agency.bakery.id, campaign.id, micro)
    agency.house.database.write(lambda c: agency.house.money.ad_budgets.capture(c, [asked]))


def release(agency: Agency, campaign: CampaignView, micro: int) -> None:
    asked = Release("1", agency.bakery.id, campaign.id, micro)
    agency.house.database.write(lambda c: agency.house.money.ad_budgets.release(c, [asked]))


def test_every_state_is_reached_and_the_last_one_is_final() -> None:
    reached = {state for after in TRANSITIONS.values() for state in after} | {"draft"}
    assert reached == set(CAMPAIGN_STATES)
    assert TRANSITIONS["settled"] == ()
    assert set(SHOWABLE) < set(OPEN)
    assert all(not is_possible(state, state) for state in CAMPAIGN_STATES)


def test_a_campaign_begins_and_ends_by_the_clock(agency: Agency) -> None:
    begins = today(ZONE, agency.house.time()) + timedelta(days=2)
    made = agency.running(starts_on=begins, ends_on=begins)
    assert (made.state, agency.shown()) == ("ready", [made.id]), "whoever shows it looks at its first day"
    agency.house.time.leap_ms = 3 * DAY_MS
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "ended"


def test_a_first_day_that_has_come_starts_it(agency: Agency) -> None:
    begins = today(ZONE, agency.house.time()) + timedelta(days=2)
    made = agency.running(starts_on=begins, ends_on=begins + timedelta(days=9))
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "ready"
    agency.house.time.leap_ms = 3 * DAY_MS
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "running"


def test_a_campaign_is_exhausted_when_it_cannot_pay_one_cheapest_view(agency: Agency) -> None:
    agency.pay_in(50)
    made = agency.running(total_micro=5 * EURO)
    reserve(agency, made, 5 * EURO)
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "running", "what is held may come back"
    capture(agency, made, 5 * EURO - 999)
    agency.studio.lifecycle.tick()
    assert (agency.view(made).state, agency.shown()) == ("exhausted", [])
    assert agency.studio.bookings.edit(made.id, agency.ada, CampaignEdit(total_micro=6 * EURO)).state == "running"


def test_a_campaign_that_can_pay_a_view_goes_on(agency: Agency) -> None:
    agency.pay_in(50)
    made = agency.running(total_micro=5 * EURO)
    reserve(agency, made, 5 * EURO)
    capture(agency, made, 5 * EURO - 1_000)
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "running"


def test_house_campaigns_are_never_exhausted(agency: Agency) -> None:
    account = agency.open_account(agency.root, name="The platform", house=True)
    creatives = [agency.creative(video=agency.house.show(agency.root))]
    bookings = agency.studio.bookings
    made = bookings.create(agency.root, agency.terms(advertiser=account.id, creatives=creatives))
    waiting = bookings.submit(made.id, agency.root).creatives[0]
    assert waiting.state == "waiting"
    agency.decide_by(agency.root, waiting)
    agency.studio.lifecycle.tick()
    [shown] = agency.house.database.read(agency.studio.campaigns.running)
    assert (shown.id, shown.tier, shown.bid_micro) == (made.id, "house", 0)


def test_an_ended_campaign_is_settled_when_nothing_is_held_anymore(agency: Agency) -> None:
    agency.pay_in(50)
    made = agency.running()
    reserve(agency, made, 3 * EURO)
    agency.studio.bookings.end(made.id, agency.ada)
    agency.house.time.leap_ms = SETTLE_AFTER_MS + 1_000
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "ended"
    release(agency, made, 3 * EURO)
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "settled"


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_in_whichever_order_the_rules_hold(agency: Agency, seed: int) -> None:
    """Random steps of advertiser, reviewer, clock and money; after each one: a possible transition, and nothing is
    shown unless somebody approved it as it is."""
    draw = random.Random(seed)
    agency.pay_in(900)
    agency.verify()
    made = agency.book(total_micro=5 * EURO)
    ada, bookings, lifecycle = agency.ada, agency.studio.bookings, agency.studio.lifecycle
    counter = iter(range(10_000))

    def now() -> CampaignView:
        return agency.view(made)

    def creative() -> str:
        return draw.choice(now().creatives).id if now().creatives else "nothing"

    def another() -> object:
        return bookings.add_creative(made.id, ada, agency.creative(text=f"Text {next(counter)}"))

    def spend() -> None:
        view, key = now(), str(next(counter))
        micro = draw.choice([1_000, EURO, 4 * EURO])
        reserve(agency, view, micro, key)
        capture_held(draw.random() < 0.5)

    def capture_held(billed: bool) -> None:
        key, held = str(next(counter)), now().held_micro
        if held and billed:
            asked = [Capture(key, agency.bakery.id, made.id, held)]
            agency.house.database.write(lambda c: agency.house.money.ad_budgets.capture(c, asked))
        elif held:
            back = [Release(key, agency.bakery.id, made.id, held)]
            agency.house.database.write(lambda c: agency.house.money.ad_budgets.release(c, back))

    def later() -> None:
        agency.house.time.leap_ms += draw.choice([60_000, DAY_MS])

    steps: list[Callable[[], object]] = [
        lambda: bookings.submit(made.id, ada),
        lambda: bookings.pause(made.id, ada),
        lambda: bookings.resume(made.id, ada),
        lambda: bookings.edit_creative(creative(), ada, agency.creative(text=f"Text {next(counter)}")),
        lambda: bookings.remove_creative(creative(), ada),
        lambda: bookings.edit(made.id, ada, CampaignEdit(total_micro=draw.choice([5, 6, 9]) * EURO)),
        lambda: bookings.edit(made.id, ada, CampaignEdit(category=draw.choice(["food", "events"]))),
        lambda: agency.decide(made, approved=draw.random() < 0.7),
        lifecycle.tick, another, spend, later,
    ]  # fmt: skip
    weights = [3, 1, 2, 2, 1, 1, 1, 4, 3, 2, 2, 1]
    for step in range(60):
        before = now()
        act = draw.choices(steps, weights)[0] if step < 58 else lambda: bookings.end(made.id, ada)
        try:
            act()
        except Refusal:
            assert now().state == before.state, "what is refused changes nothing"
        after = now()
        assert after.state == before.state or _reaches(before.state, after.state), (before.state, after.state)
        assert after.spent_micro + after.held_micro <= after.budget_micro
        shown = agency.shown() == [made.id]
        assert shown == (
            after.state in SHOWABLE
            and any(one.state == "approved" for one in after.creatives)
            and agency.house.time() < after.ends_at
        )
    assert now().state in ("ended", "settled")


def _reaches(before: str, after: str) -> bool:
    """In one step or two: an approval leads to `ready` and, when the first day has come, on to `running`."""
    return any(
        is_possible(before, one) and (one == after or is_possible(one, after))  # type: ignore[arg-type]
        for one in CAMPAIGN_STATES
    )

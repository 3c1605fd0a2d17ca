"""Sponsored goals: who may offer and start them, and where the reward is in every state."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import text

from core.errors import NotAllowed, Refusal
from money.ads.credit import GoalCredit
from money.errors import AdBalanceTooLow
from tests.vod.ads.campaigns.conftest import EURO
from tests.vod.ads.goals.conftest import REWARD, SHARE, Sponsor
from tests.vod.conftest import House
from vod.ads.campaigns.routes.documents import spent_on
from vod.ads.goals.states import HELD
from vod.errors import AdvertiserNotReady, ConsentNotFound, GoalNotFound, GoalNotOpen, InvalidGoal

PAID_IN = 900 * EURO
HOUR_MS = 3_600_000


def test_a_goal_that_is_reached_in_time_pays_the_creators_share_once(sponsor: Sponsor) -> None:
    goal = sponsor.offered()
    assert sponsor.money(goal) == (PAID_IN - REWARD, REWARD, 0, 0)
    credit = sponsor.start(goal)
    assert isinstance(credit, GoalCredit)
    assert (credit.sponsor, credit.text, credit.target, credit.coins) == ("Corner Bakery", goal.text, 500, 0)
    assert sponsor.reach(goal)
    assert not sponsor.reach(goal), "it is reached once"
    sponsor.tick()
    sponsor.tick()
    assert sponsor.now(goal).state == "paid"
    assert sponsor.money(goal) == (PAID_IN - REWARD, 0, SHARE, REWARD - SHARE)
    assert not sponsor.faults()
    [listed] = sponsor.house.vod.ads.library.ads("", "", 10).items
    assert (listed.creative, listed.format, listed.sponsor) == (goal.id, "goal", "Corner Bakery")


def test_a_goal_that_is_not_reached_in_time_goes_back_to_its_advertiser(sponsor: Sponsor) -> None:
    goal = sponsor.offered()
    sponsor.start(goal)
    sponsor.house.time.leap_ms += HOUR_MS
    assert not sponsor.reach(goal), "the clock decides, whether or not anybody has looked"
    sponsor.tick()
    assert (sponsor.now(goal).state, sponsor.now(goal).because) == ("returned", "missed")
    assert sponsor.money(goal) == (PAID_IN, 0, 0, 0)
    assert not sponsor.faults()


def test_a_room_that_ends_or_a_host_who_stops_gives_the_reward_back(sponsor: Sponsor) -> None:
    for by_host, because in ((True, "declined"), (False, "missed")):
        goal = sponsor.offered()
        sponsor.start(goal)
        sponsor.leave(goal, by_host=by_host)
        sponsor.leave(goal, by_host=by_host)
        assert (sponsor.now(goal).state, sponsor.now(goal).because) == ("returned", because)
    assert sponsor.available() == PAID_IN
    assert not sponsor.faults()


def test_only_what_was_reviewed_is_started_and_only_by_its_host_who_is_of_age(sponsor: Sponsor) -> None:
    goal = sponsor.submit(sponsor.draft())
    assert isinstance(sponsor.start(goal), GoalNotFound), "nobody has reviewed it"
    with pytest.raises(NotAllowed):
        sponsor.review(goal, by=sponsor.ada)
    sponsor.review(goal)
    assert isinstance(sponsor.start(goal, sponsor.bob), GoalNotFound)
    sponsor.born(date(2015, 1, 1))
    assert isinstance(sponsor.start(goal), NotAllowed), "rooms of minors are not sponsored"
    sponsor.born(date(1990, 1, 1))
    sponsor.studio.consents.revoke(sponsor.creator, sponsor.code.code)
    assert isinstance(sponsor.start(goal), GoalNotOpen), "the consent was taken back"
    sponsor.tick()
    assert sponsor.now(goal).because == "declined"
    assert sponsor.money(goal) == (PAID_IN, 0, 0, 0)


def test_a_rejected_goal_gives_its_reward_back_and_one_without_money_is_not_reviewed(sponsor: Sponsor) -> None:
    goal = sponsor.review(sponsor.submit(sponsor.draft()), approved=False)
    assert (goal.state, goal.because, goal.reasons) == ("returned", "rejected", ["misleading"])
    assert not sponsor.house.database.read(lambda c: sponsor.open.goals.offers(c, sponsor.creator.id))
    dear = sponsor.draft(reward_micro=1_000 * EURO)
    with pytest.raises(AdBalanceTooLow):
        sponsor.submit(dear)
    assert sponsor.now(dear).state == "draft"
    assert sponsor.available() == PAID_IN


def test_a_code_is_for_rooms_or_for_a_video_and_nobody_sponsors_their_own_room(sponsor: Sponsor) -> None:
    with pytest.raises(ConsentNotFound):
        sponsor.draft(code=sponsor.consent().code)
    with pytest.raises(ConsentNotFound):
        sponsor.promote(sponsor.code)
    sponsor.creator = sponsor.ada
    with pytest.raises(InvalidGoal):
        sponsor.draft(code=sponsor.consent(video="").code)


def test_a_dispute_returns_what_has_not_begun_and_holds_what_was_reached(sponsor: Sponsor) -> None:
    begun, waiting = sponsor.offered(), sponsor.offered()
    sponsor.start(begun)
    sponsor.studio.advertisers.stop(sponsor.bakery.id, sponsor.root, stopped=True)
    assert isinstance(sponsor.start(waiting), GoalNotOpen)
    sponsor.reach(begun)
    sponsor.tick()
    assert (sponsor.now(waiting).because, sponsor.now(begun).state) == ("stopped", "reached")
    with pytest.raises(GoalNotOpen):
        sponsor.open.goals.cancel(begun.id, sponsor.ada)
    sponsor.studio.advertisers.stop(sponsor.bakery.id, sponsor.root, stopped=False)
    sponsor.tick()
    assert sponsor.now(begun).state == "paid"
    assert not sponsor.faults()


def test_advertiser_and_host_are_told_once_what_becomes_of_a_goal(sponsor: Sponsor) -> None:
    heard, ada, host = sponsor.house.inbox, sponsor.ada, sponsor.creator
    goal = sponsor.offered()
    sponsor.start(goal)
    sponsor.reach(goal)
    sponsor.tick()
    sponsor.tick()
    assert (heard.of(ada, "goal"), heard.of(host, "goal")) == (["approved", "paid"], ["offered", "earned"])
    heard.notices.clear()
    sponsor.review(sponsor.submit(sponsor.draft()), approved=False)
    sponsor.open.goals.cancel(sponsor.submit(sponsor.draft()).id, ada)
    assert (heard.of(ada, "goal"), heard.of(host, "goal")) == (["rejected"], []), "the host never knew of them"
    heard.notices.clear()
    sponsor.open.goals.cancel(sponsor.offered().id, ada)
    sponsor.open.review.stop(sponsor.offered().id, sponsor.eve, "Fraud.")
    sponsor.start(begun := sponsor.offered())
    sponsor.leave(begun, by_host=True)
    assert heard.of(ada, "goal") == ["approved", "approved", "stopped", "approved", "declined"]
    assert heard.of(host, "goal") == ["offered", "host_cancelled", "offered", "host_stopped", "offered"]


def test_a_goal_names_nobody_whom_no_reviewer_has_verified(sponsor: Sponsor) -> None:
    edit, real = sponsor.studio.advertisers.edit, sponsor.account()

    def name(name: str) -> None:
        edit(real.id, sponsor.ada, name=name, payer=real.payer, country=real.country, zone=real.zone)

    name("Somebody Famous")
    goal = sponsor.submit(sponsor.draft())
    with pytest.raises(AdvertiserNotReady):
        sponsor.review(goal)
    name(real.name)
    sponsor.verify()
    with pytest.raises(AdvertiserNotReady):
        sponsor.review(goal)
    assert sponsor.review(goal, approved=False).state == "returned"
    assert sponsor.offered().sponsor == real.name


def test_nobody_stops_a_goal_that_concerns_them(sponsor: Sponsor) -> None:
    sponsor.start(goal := sponsor.offered())
    for who in (sponsor.ada, sponsor.creator):
        with pytest.raises(NotAllowed):
            sponsor.open.review.stop(goal.id, who, "Fraud.")
    assert sponsor.now(goal).state == "running"


def test_a_statement_names_what_was_spent_on(sponsor: Sponsor) -> None:
    goal, campaign = sponsor.offered(), sponsor.book()
    named = sponsor.house.database.read(lambda c: spent_on(c, [goal.id, campaign.id, "unknown"]))
    assert named == {goal.id: ("goal", "Bread for everybody"), campaign.id: ("campaign", "Opening")}


def test_a_moderator_sees_what_may_be_stopped(sponsor: Sponsor) -> None:
    waiting, offered, begun = sponsor.submit(sponsor.draft()), sponsor.offered(), sponsor.offered()
    sponsor.start(begun)
    queue, read = sponsor.open.review.queue, sponsor.house.database.read
    assert [one.id for one in read(lambda c: queue(c, "", 10)).items] == [waiting.id]
    assert [one.id for one in read(lambda c: queue(c, "", 10, ongoing=True)).items] == [offered.id, begun.id]
    sponsor.open.review.stop(begun.id, sponsor.eve, "Fraud.")
    assert [one.id for one in read(lambda c: queue(c, "", 10, ongoing=True)).items] == [offered.id]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("reward_micro = reward_micro - 1", "goal_has_its_money"),
        ("state = 'reached'", "goal_has_its_money"),
        ("share_percent = 31", "goal_pays_the_share_that_was_agreed"),
        ("creator = 'other'", "goal_pays_the_share_that_was_agreed"),
        ("target_coins = 501", "goal_was_reached_in_its_time"),
        ("minutes = 59", "goal_was_reached_in_its_time"),
    ],
)
def test_a_paid_goal_that_is_altered_is_found(sponsor: Sponsor, change: str, rule: str) -> None:
    goal = sponsor.offered()
    sponsor.start(goal)
    sponsor.reach(goal)
    sponsor.tick()
    assert not sponsor.faults()
    sponsor.house.database.write(lambda c: c.execute(text(f"UPDATE ad_goals SET {change}")))
    found = sponsor.faults()
    assert any(rule in one for one in found), found
    if rule != "goal_was_reached_in_its_time" and "state" not in change:
        assert any("ad_goals" in one for one in found), "ads verify finds it, too"


class Run:
    """One goal, and everything that may happen to it."""

    def __init__(self, house: House, seed: int) -> None:
        self.random = random.Random(seed)
        self.sponsor = Sponsor(house)
        self.goal = self.sponsor.draft()

    def step(self) -> None:
        one, goal, advertisers = self.sponsor, self.goal, self.sponsor.studio.advertisers
        seldom = self.random.random() < 0.15
        deeds: list[Callable[[], object]] = [
            lambda: one.submit(goal),
            lambda: one.review(goal, approved=not seldom),
            lambda: one.start(goal), lambda: one.start(goal),
            lambda: one.reach(goal),
            lambda: one.leave(goal, by_host=True) if seldom else None,
            lambda: one.leave(goal, by_host=False) if seldom else None,
            lambda: one.open.goals.cancel(goal.id, one.ada) if seldom else None,
            lambda: one.open.goals.decline(goal.id, one.creator) if seldom else None,
            lambda: one.open.review.stop(goal.id, one.eve, "Fraud.") if seldom else None,
            lambda: one.studio.consents.revoke(one.creator, one.code.code) if seldom else None,
            lambda: advertisers.stop(one.bakery.id, one.root, stopped=seldom),
            lambda: one.tick(self.random.choice([0, 60_000, HOUR_MS])),
            lambda: one.born(date(2015, 1, 1) if seldom else date(1990, 1, 1)),
        ]  # fmt: skip
        with contextlib.suppress(Refusal):
            self.random.choice(deeds)()
        self.check()

    def check(self) -> None:
        state = self.sponsor.now(self.goal).state
        left, held, share, revenue = self.sponsor.money(self.goal)
        assert held == (REWARD if state in HELD else 0), state
        assert (share, revenue) == ((SHARE, REWARD - SHARE) if state == "paid" else (0, 0)), state
        assert left + held + share + revenue == PAID_IN


@pytest.mark.parametrize("seed", range(4))
def test_a_reward_is_in_one_place_whatever_happens(house: House, seed: int) -> None:
    run = Run(house, seed)
    for _ in range(40):
        run.step()
    run.sponsor.studio.advertisers.stop(run.sponsor.bakery.id, run.sponsor.root, stopped=False)
    run.sponsor.tick(40 * 24 * HOUR_MS)
    run.sponsor.tick()
    run.check()
    assert run.sponsor.now(run.goal).state in ("draft", "paid", "returned")
    assert not run.sponsor.faults()

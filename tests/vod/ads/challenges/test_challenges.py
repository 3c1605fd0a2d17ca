"""A challenge from its booking to its paid winner: whose money is where, and who may win."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from core.errors import InvalidRequest, NotAllowed, Refusal
from money.errors import AdBalanceTooLow, CurrencyNotPaid
from money.rates.rates import coins_for, worth
from money.tables import coin_rates
from tests.vod.ads.campaigns.conftest import EURO, ZONE
from tests.vod.ads.challenges.conftest import PER_THOUSAND, Bakery
from vod.ads.campaigns.dates import today
from vod.ads.challenges.terms import set_fee
from vod.errors import (
    AdvertiserNotReady,
    CategoryNotAllowed,
    ChallengeChanged,
    ChallengeNotFound,
    ChallengeNotOpen,
    EntryNotEligible,
    HashtagTaken,
    InvalidCampaign,
    InvalidChallenge,
)

PRIZE = 100 * EURO


def test_a_prize_is_held_from_booking_until_its_winner_is_paid_to_the_coin(bakery: Bakery) -> None:
    bob, cleo, dan = (bakery.house.person() for _ in range(3))
    challenge = bakery.draft()
    assert (challenge.state, challenge.tag, bakery.left, bakery.held(challenge)) == (
        "draft",
        "bestbread",
        500 * EURO,
        0,
    )
    challenge = bakery.submit(challenge)
    assert (challenge.state, bakery.left, bakery.held(challenge)) == ("review", 400 * EURO, PRIZE)
    assert bakery.submit(challenge).state == "review"
    assert bakery.held(challenge) == PRIZE
    challenge = bakery.approve(challenge)
    assert challenge.state == "running"
    mine, other = bakery.enter(bob), bakery.enter(cleo)
    bakery.like(other, bob, dan)
    bakery.pass_days(6)
    assert bakery.now(challenge).state == "judging"
    challenge = bakery.choose(challenge, mine)
    assert challenge.state == "paid"
    assert challenge.winner is not None
    assert (challenge.winner.person, challenge.winner.video, challenge.winner.by) == (bob.brief, mine, "sponsor")
    assert (bakery.held(challenge), bakery.left) == (0, 400 * EURO)
    assert bakery.earned(bob) == coins_for(10_000, PER_THOUSAND)
    assert worth(bakery.earned(bob), PER_THOUSAND) == 10_000  # the whole prize can be paid out
    assert bakery.proved()


def test_the_balance_must_pay_the_prize_and_the_fee(bakery: Bakery) -> None:
    with pytest.raises(AdBalanceTooLow):
        bakery.submit(bakery.draft(prize_micro=501 * EURO))
    assert bakery.left == 500 * EURO
    bakery.house.database.write(lambda c: c.execute(coin_rates.delete()))
    with pytest.raises(CurrencyNotPaid):
        bakery.submit(bakery.draft())
    assert bakery.proved()


def test_a_fee_is_taken_when_it_begins_and_goes_back_before(bakery: Bakery) -> None:
    bakery.house.database.write(lambda c: set_fee(c, 20 * EURO, "root", 0))
    begins = today(ZONE, bakery.house.time()) + timedelta(days=3)
    challenge = bakery.approve(bakery.submit(bakery.draft(starts_on=begins, ends_on=begins)))
    assert (challenge.state, bakery.held(challenge), challenge.fee_micro) == ("ready", 120 * EURO, 20 * EURO)
    challenge = bakery.open.challenges.cancel(challenge.id, bakery.ada)
    assert (challenge.state, bakery.left) == ("cancelled", 500 * EURO)
    other = bakery.begun()
    assert (bakery.held(other), bakery.left) == (PRIZE, 380 * EURO)
    with pytest.raises(ChallengeNotOpen):
        bakery.open.challenges.cancel(other.id, bakery.ada)
    bakery.pass_days(6)
    assert (bakery.now(other).state, bakery.left) == ("unwon", 480 * EURO)
    assert bakery.proved()


def test_a_rejected_challenge_gets_its_money_back_and_may_be_booked_again(bakery: Bakery) -> None:
    challenge = bakery.submit(bakery.draft())
    challenge = bakery.reject(challenge)
    assert (challenge.state, challenge.reasons, challenge.note) == ("draft", ["misleading"], "No.")
    assert (bakery.left, bakery.held(challenge)) == (500 * EURO, 0)
    with pytest.raises(ChallengeChanged):
        bakery.approve(challenge)
    again = bakery.submit(challenge)
    with pytest.raises(NotAllowed):
        bakery.approve(again, bakery.ada)
    assert bakery.approve(again).state == "running"
    assert bakery.proved()


def test_a_review_that_never_comes_gives_the_money_back(bakery: Bakery) -> None:
    challenge = bakery.submit(bakery.draft())
    bakery.pass_days(6)
    assert (bakery.now(challenge).state, bakery.left) == ("cancelled", 500 * EURO)
    assert bakery.proved()


def test_a_sponsor_whose_name_is_not_verified_runs_nothing(bakery: Bakery) -> None:
    challenge = bakery.submit(bakery.draft())
    bakery.studio.advertisers.edit(bakery.bakery.id, bakery.ada, name="Other", payer=None, country="FR", zone=ZONE)
    with pytest.raises(AdvertiserNotReady):
        bakery.approve(challenge)


def test_only_public_videos_of_adults_within_the_dates_enter(bakery: Bakery) -> None:
    bob, young = bakery.house.person(), bakery.house.person()
    bakery.born(young, date(2015, 1, 1))
    early = bakery.enter(bob)
    bakery.pass_days(0.001)
    begins = today(ZONE, bakery.house.time()) + timedelta(days=1)
    challenge = bakery.begun(starts_on=begins, ends_on=begins + timedelta(days=2))
    too_soon = bakery.enter(bob)
    bakery.pass_days(1.01)
    inside, second = bakery.enter(bob), bakery.enter(bob, "#BestBread again")
    for video in (
        bakery.enter(young), bakery.enter(bakery.ada), bakery.enter(bob, "no tag"),
        bakery.enter(bob, visibility="followers"), bakery.enter(bob, state="processing"), early, too_soon,
    ):  # fmt: skip
        with pytest.raises(Refusal):
            bakery.choose(challenge, video)
    assert bakery.now(challenge).entries == 2
    assert {one.video.id for one in bakery.open.public.entries(challenge.id, None, "", 10).items} == {inside, second}
    shown = bakery.house.vod.videos.video(inside, None)
    assert shown.challenge is not None
    assert (shown.challenge.sponsor, shown.challenge.id) == (
        "Corner Bakery",
        challenge.id,
    )
    assert bakery.house.vod.videos.video(early, None).challenge is None


def test_an_entry_can_be_withdrawn_and_nothing_enters_after_the_end(bakery: Bakery) -> None:
    bob, cleo = bakery.house.person(), bakery.house.person()
    challenge = bakery.begun()
    gone, hidden, back, stays = (bakery.enter(bob) for _ in range(4))
    edit = bakery.house.vod.videos.edit
    edit(back, bob, None, "private")
    edit(back, bob, None, "public")
    assert bakery.now(challenge).entries == 4
    bakery.pass_days(6)
    bakery.house.vod.videos.delete(gone, bob)
    edit(hidden, bob, None, "private")
    edit(hidden, bob, None, "public")
    late = bakery.enter(cleo)
    for video in (gone, hidden, late):
        with pytest.raises(EntryNotEligible):
            bakery.choose(challenge, video)
    assert [one.video.id for one in bakery.open.public.entries(challenge.id, None, "", 10).items] == [stays, back]
    edit(back, bob, "another caption", None)
    assert bakery.now(challenge).entries == 1


def test_when_the_sponsor_does_not_choose_the_most_liked_entry_wins_by_the_clock(bakery: Bakery) -> None:
    bob, cleo, dan, eli = (bakery.house.person() for _ in range(4))
    challenge = bakery.begun()
    first, second = bakery.enter(bob), bakery.enter(cleo)
    bakery.like(second, dan, eli)
    bakery.like(first, bob, bakery.ada, dan)  # one's own like, and the sponsor's, do not count
    bakery.pass_days(6)
    bakery.like(first, cleo, eli)  # too late to count
    bakery.pass_days(12)
    assert bakery.now(challenge).state == "judging"
    bakery.house.time.leap_ms += 2 * 86_400_000  # the schedule is late, the clock is not
    with pytest.raises(ChallengeNotOpen):
        bakery.choose(challenge, first)
    bakery.open.lifecycle.tick()
    won = bakery.now(challenge)
    assert won.state == "paid"
    assert won.winner is not None
    assert (won.winner.video, won.winner.by, won.winner.likes, won.winner.because) == (second, "likes", 2, "")
    assert bakery.proved()


def test_where_likes_choose_nobody_else_does_and_the_earlier_of_equals_wins(bakery: Bakery) -> None:
    bob, cleo = bakery.house.person(), bakery.house.person()
    challenge = bakery.begun(choice="likes")
    first, _ = bakery.enter(bob), bakery.enter(cleo)
    bakery.pass_days(6)
    won = bakery.now(challenge)
    assert won.state == "paid"
    assert won.winner is not None
    assert won.winner.video == first
    with pytest.raises(ChallengeNotOpen):
        bakery.choose(challenge, first)


def test_a_winner_who_is_no_adult_by_then_or_joins_the_sponsor_cannot_win(bakery: Bakery) -> None:
    bob, cleo, dan = (bakery.house.person() for _ in range(3))
    challenge = bakery.begun()
    hers, his, other = bakery.enter(cleo), bakery.enter(bob), bakery.enter(dan)
    bakery.pass_days(6)
    bakery.born(cleo, date(2014, 1, 1))
    bakery.join(bob, "viewer")
    for video in (hers, his):
        with pytest.raises(EntryNotEligible):
            bakery.choose(challenge, video)
    assert bakery.choose(challenge, other).state == "paid"


def test_a_new_sponsors_prize_waits_as_long_as_a_stolen_card_may(bakery: Bakery) -> None:
    fresh = Bakery.__new__(Bakery)
    fresh.__dict__.update(bakery.__dict__)
    fresh.bakery = fresh.open_account()
    fresh.verify(fresh.bakery)
    fresh.pay_in(200)
    bob, cleo = fresh.house.person(), fresh.house.person()
    challenge = fresh.begun()
    video, other = fresh.enter(bob), fresh.enter(cleo)
    fresh.pass_days(6)
    decided = fresh.choose(challenge, video)
    assert decided.state == "decided"
    assert decided.winner is not None
    assert decided.winner.paid_from is not None
    assert (fresh.held(challenge), fresh.earned(bob)) == (PRIZE, 0)
    with pytest.raises(ChallengeNotOpen):
        fresh.choose(challenge, other)
    fresh.studio.advertisers.stop(fresh.bakery.id, fresh.root, stopped=True)
    fresh.pass_days(30)
    assert fresh.now(challenge).state == "decided"  # a dispute, or an admin, stands against it
    fresh.studio.advertisers.stop(fresh.bakery.id, fresh.root, stopped=False)
    fresh.pass_days(0)
    assert (fresh.now(challenge).state, fresh.earned(bob)) == ("paid", coins_for(10_000, PER_THOUSAND))
    assert fresh.proved()


def test_a_winner_who_is_gone_before_they_are_paid_loses_to_another(bakery: Bakery) -> None:
    bob, cleo = bakery.house.person(), bakery.house.person()
    challenge = bakery.begun()
    video, other = bakery.enter(bob), bakery.enter(cleo)
    bakery.pass_days(6)
    bakery.studio.advertisers.stop(bakery.bakery.id, bakery.root, stopped=True)
    assert bakery.choose(challenge, video).state == "decided"
    bakery.born(bob, date(2015, 1, 1))  # as good as gone: no prize may be paid to them
    bakery.pass_days(0)
    again = bakery.now(challenge)
    assert (again.state, again.winner, bakery.held(challenge)) == ("judging", None, PRIZE)
    bakery.studio.advertisers.stop(bakery.bakery.id, bakery.root, stopped=False)
    assert bakery.choose(challenge, other).state == "paid"
    assert bakery.proved()


def test_an_admin_stops_a_fraud_and_the_prize_pays_what_is_owed(bakery: Bakery) -> None:
    challenge = bakery.begun()
    bakery.enter(bakery.house.person())
    with pytest.raises(NotAllowed):
        bakery.open.review.stop(challenge.id, bakery.eve, "A stolen card.")
    with pytest.raises(InvalidRequest):
        bakery.open.review.stop(challenge.id, bakery.root, " ")
    stopped = bakery.open.review.stop(challenge.id, bakery.root, "A stolen card.")
    assert (stopped.state, bakery.held(challenge), bakery.left) == ("cancelled", 0, 500 * EURO)
    assert bakery.open.public.challenge(challenge.id).stopped_because == "A stolen card."
    assert bakery.proved()


def test_one_hashtag_belongs_to_one_open_challenge_and_never_to_a_sponsor_if_it_is_others(bakery: Bakery) -> None:
    challenge = bakery.begun()
    with pytest.raises(HashtagTaken):
        bakery.submit(bakery.draft(tag="BESTBREAD"))
    bakery.pass_days(6)
    assert bakery.now(challenge).state == "unwon"
    bob = bakery.house.person()
    for _ in range(101):
        bakery.enter(bob)
    with pytest.raises(HashtagTaken):
        bakery.submit(bakery.draft())
    assert bakery.proved()


def test_decisions_in_parallel_pay_one_winner_once(bakery: Bakery) -> None:
    entrants = [bakery.house.person() for _ in range(6)]
    challenge = bakery.begun()
    videos = [bakery.enter(one) for one in entrants]
    bakery.pass_days(6)

    def choose(video: str) -> bool:
        try:
            return bakery.choose(challenge, video).state == "paid"
        except Refusal:
            return False

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(choose, videos)) == 1
    assert sorted(bakery.earned(one) for one in entrants)[-2:] == [0, coins_for(10_000, PER_THOUSAND)]
    assert bakery.proved()


def test_an_entry_withdrawn_while_it_is_chosen_is_either_paid_or_refused(bakery: Bakery) -> None:
    for number in range(4):
        bob = bakery.house.person()
        challenge = bakery.begun(tag=f"race{number}", prize_micro=10 * EURO)
        video = bakery.enter(bob, f"#race{number}")
        bakery.pass_days(6)

        def choose(challenge=challenge, video=video) -> str:  # type: ignore[no-untyped-def]
            try:
                return str(bakery.choose(challenge, video).state)
            except Refusal as refusal:
                return refusal.code

        with ThreadPoolExecutor(2) as threads:
            chosen = threads.submit(choose)
            threads.submit(bakery.house.vod.videos.delete, video, bob).result()
        assert chosen.result() in ("paid", "entry_not_eligible", "challenge_not_open")
        assert (bakery.earned(bob) > 0) == (chosen.result() == "paid")
        bakery.open.lifecycle.tick()
        assert bakery.now(challenge).state == ("paid" if bakery.earned(bob) else "unwon")
    assert bakery.proved()


REFUSED: list[tuple[dict[str, Any], type[Refusal]]] = [
    ({"tag": "two words"}, InvalidChallenge), ({"tag": ""}, InvalidChallenge), ({"tag": "#a#b"}, InvalidChallenge),
    ({"tag": "x" * 41}, InvalidChallenge), ({"title": " "}, InvalidChallenge), ({"rules": ""}, InvalidChallenge),
    ({"prize_micro": 9 * EURO}, InvalidChallenge), ({"prize_micro": 20 * EURO + 1}, InvalidChallenge),
    ({"prize_micro": 10**10 + 10_000}, InvalidChallenge), ({"category": "politics"}, CategoryNotAllowed),
    ({"starts_on": date(2020, 1, 1)}, InvalidCampaign), ({"ends_on": date(2020, 1, 1)}, InvalidCampaign),
    ({"ends_on": date(2099, 1, 1)}, InvalidCampaign),
]  # fmt: skip


def test_what_cannot_be_promised_is_not_booked(bakery: Bakery) -> None:
    for terms, refusal in REFUSED:
        with pytest.raises(refusal):
            bakery.draft(**terms)
    yesterday = today(ZONE, bakery.house.time()) - timedelta(days=1)
    with pytest.raises(InvalidChallenge):
        bakery.draft(starts_on=yesterday)
    with pytest.raises(InvalidChallenge):
        bakery.draft(ends_on=yesterday + timedelta(days=61))


def test_outsiders_learn_nothing_of_a_draft(bakery: Bakery) -> None:
    challenge = bakery.draft()
    with pytest.raises(ChallengeNotFound):
        bakery.open.challenges.submit(challenge.id, bakery.bob)
    with pytest.raises(ChallengeNotFound):
        bakery.open.public.challenge(challenge.id)
    with pytest.raises(ChallengeNotFound):
        bakery.open.public.entries(challenge.id, None, "", 10)
    bakery.join(bakery.bob, "viewer")
    with pytest.raises(NotAllowed):
        bakery.open.challenges.submit(challenge.id, bakery.bob)

"""An effect costs its days and no more: held when it is submitted, paid day by day, the rest given back."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import text

from core.errors import NotAllowed, Refusal
from money.errors import AdBalanceTooLow
from tests.vod.ads.campaigns.conftest import EURO, ZONE
from tests.vod.ads.effects.conftest import DAY, Gallery
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.review import Verdict
from vod.ads.effects.bookings import EffectView
from vod.errors import CategoryNotAllowed, EffectChanged, EffectNotFound, EffectNotOpen, InvalidEffect


def test_an_effect_is_held_then_paid_by_the_day_and_over_after_the_last(gallery: Gallery) -> None:
    gallery.pay_in(100)
    effect = gallery.submitted(3)
    assert (effect.state, effect.total_micro, effect.held_micro) == ("review", 3 * DAY, 3 * DAY)
    assert gallery.available() == 100 * EURO - 3 * DAY
    assert gallery.offered() == []
    effect = gallery.approve(effect)
    assert (effect.state, effect.spent_micro, effect.held_micro) == ("booked", DAY, 2 * DAY)
    assert gallery.offered() == [effect.id]
    gallery.effects.days.tick()  # the same day is not paid twice
    assert gallery.seen(effect).spent_micro == DAY
    for day in (2, 3):
        gallery.leap(1)
        assert (gallery.seen(effect).spent_micro, gallery.offered()) == (day * DAY, [effect.id])
    gallery.leap(1)
    effect = gallery.seen(effect)
    assert (effect.state, effect.spent_micro, effect.held_micro) == ("ended", 3 * DAY, 0)
    assert [one.micro for one in effect.by_day] == [DAY] * 3
    assert gallery.offered() == []
    assert gallery.wrong() == []
    [listed] = gallery.house.vod.ads.library.ads("corner", "", 5).items
    assert (listed.creative, listed.sponsor, listed.text, listed.video) == (
        effect.id, "Corner Bakery", "Fresh bread", ""
    )  # fmt: skip


def test_a_rejected_effect_costs_nothing_says_why_and_is_mended(gallery: Gallery) -> None:
    gallery.pay_in(100)
    effect = gallery.reject(gallery.submitted())
    assert (effect.state, effect.reasons, effect.note) == ("rejected", ["quality"], "It hides the face.")
    assert gallery.available() == 100 * EURO
    with pytest.raises(EffectNotOpen):
        gallery.effects.bookings.submit(effect.id, gallery.ada)
    asked = gallery.asked(2, name="Fresher bread")
    mended = gallery.effects.bookings.edit(effect.id, gallery.ada, asked)
    assert (mended.state, mended.name, mended.days) == ("draft", "Fresher bread", 2)
    again = gallery.approve(gallery.effects.bookings.submit(effect.id, gallery.ada))
    assert (again.state, again.held_micro + again.spent_micro) == ("booked", 2 * DAY)
    assert gallery.wrong() == []


def test_a_sponsor_that_is_stopped_is_not_offered_and_its_days_are_not_paid(gallery: Gallery) -> None:
    gallery.pay_in(100)
    effect = gallery.booked(3)
    gallery.studio.advertisers.stop(gallery.bakery.id, gallery.root, stopped=True)
    assert gallery.offered() == []
    gallery.leap(1)
    assert gallery.seen(effect).spent_micro == DAY
    gallery.studio.advertisers.stop(gallery.bakery.id, gallery.root, stopped=False)
    gallery.leap(1)
    assert gallery.offered() == [effect.id]
    gallery.leap(1)
    assert gallery.seen(effect).spent_micro == 2 * DAY
    assert gallery.available() == 100 * EURO - 2 * DAY
    assert gallery.wrong() == []


def test_what_is_not_ones_own_cannot_be_seen_booked_or_judged(gallery: Gallery) -> None:
    gallery.pay_in(50)
    effect = gallery.draft(2)
    with pytest.raises(EffectNotFound):
        gallery.read(lambda c: gallery.effects.bookings.view(c, effect.id, gallery.bob))
    for act in (gallery.effects.bookings.submit, gallery.effects.bookings.end):
        with pytest.raises(EffectNotFound):
            act(effect.id, gallery.bob)
    effect = gallery.effects.bookings.submit(effect.id, gallery.ada)
    with pytest.raises(NotAllowed):
        gallery.effects.review.decide(effect.id, gallery.ada, Verdict(True, effect.revision))
    with pytest.raises(EffectChanged):
        gallery.effects.review.decide(effect.id, gallery.eve, Verdict(True, effect.revision - 1))
    gallery.approve(effect)
    with pytest.raises(EffectChanged):
        gallery.approve(effect)
    with pytest.raises(EffectNotOpen):
        gallery.effects.bookings.edit(effect.id, gallery.ada, gallery.asked())
    other = gallery.open_account(gallery.bob)
    with pytest.raises(InvalidEffect):  # the picture is the bakery's
        gallery.effects.bookings.create(gallery.bob, gallery.asked(advertiser=other.id))


def test_what_cannot_be_paid_or_shown_is_not_submitted(gallery: Gallery) -> None:
    gallery.pay_in(50)
    effect = gallery.draft(3)
    with pytest.raises(AdBalanceTooLow):
        gallery.effects.bookings.submit(effect.id, gallery.ada)
    assert (gallery.seen(effect).state, gallery.available()) == ("draft", 50 * EURO)
    with pytest.raises(CategoryNotAllowed):
        gallery.draft(category="politics")
    with pytest.raises(InvalidEffect):
        gallery.draft(name="W" * 31)
    with pytest.raises(InvalidEffect):
        gallery.draft(91)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE effect_days SET micro = micro - 1",
        "UPDATE effect_days SET day = '2020-01-01'",
        "UPDATE effect_bookings SET day_micro = day_micro + 1",
        "DELETE FROM effect_days",
    ],
)
def test_a_paid_day_that_was_altered_is_found(gallery: Gallery, sql: str) -> None:
    gallery.pay_in(100)
    effect = gallery.booked(2)
    assert gallery.wrong() == []
    gallery.write(lambda c: c.execute(text(sql)))
    assert [one for one in gallery.wrong() if effect.id in one] != []


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_done_in_whatever_order_the_books_say_what_was_offered(gallery: Gallery, seed: int) -> None:
    chance = random.Random(seed)
    gallery.pay_in(400)
    effects: list[EffectView] = []
    for _ in range(30):
        deed = chance.randrange(7)
        try:
            if deed == 0 or not effects:
                effects.append(gallery.draft(chance.randint(1, 5)))
                continue
            one = gallery.seen(chance.choice(effects))
            if deed == 1:
                gallery.effects.bookings.submit(one.id, gallery.ada)
            elif deed == 2:
                gallery.approve(one)
            elif deed == 3 and chance.random() < 0.5:
                gallery.reject(one)
            elif deed == 4 and chance.random() < 0.3:
                gallery.effects.bookings.end(one.id, gallery.ada)
            elif deed == 5:
                gallery.studio.advertisers.stop(gallery.bakery.id, gallery.root, stopped=chance.random() < 0.3)
            else:
                gallery.leap(chance.random())
        except Refusal:
            pass
        views = [gallery.seen(one) for one in effects]
        assert gallery.available() + sum(one.spent_micro + one.held_micro for one in views) == 400 * EURO
        day = today(ZONE, gallery.house.time()).isoformat()
        for view in views:
            assert view.spent_micro == DAY * len(view.by_day) <= view.total_micro
            if view.id in gallery.offered():
                assert day in [one.day for one in view.by_day], "it is offered on a day that is paid"
            if view.state in ("ended", "rejected", "draft"):
                assert view.held_micro == 0
    assert gallery.wrong() == []

"""Money of a slice is left, held or spent, and never in two of these."""

from __future__ import annotations

import random

from vod.ads.decision import holds as holds_module
from vod.ads.decision.holds import GRACE_MS, Holds
from vod.ads.decision.seen import SHOWN_PER_VIEWER_MAX, VIEWERS_MAX, Past, Seen, Shown

KEY = ("campaign", "2026-11-29")


def test_whatever_happens_no_millionth_is_lost_or_made() -> None:
    for seed in range(30):
        chance, holds, granted, spent, taken, waiting = random.Random(seed), Holds(), 0, 0, 0, list[str]()
        for number in range(400):
            act = chance.random()
            if act < 0.2:
                micro = chance.randint(1, 50)
                holds.grant(KEY, micro)
                granted += micro
            elif act < 0.6:
                if holds.hold(f"s{number}", KEY, chance.randint(1, 20), number):
                    waiting.append(f"s{number}")
            elif waiting and act < 0.75:
                holds.let_go(waiting.pop())
            elif waiting and act < 0.95:
                before = holds.held_micro
                holds.spent(waiting.pop())
                spent += before - holds.held_micro
            else:
                taken += holds.take(KEY)
            assert holds.left(KEY) >= 0
            assert holds.left(KEY) + holds.held_micro + spent + taken == granted


def test_a_slice_pays_no_more_than_it_has() -> None:
    holds = Holds()
    holds.grant(KEY, 10)
    assert holds.hold("a", KEY, 10, 1)
    assert not holds.hold("b", KEY, 1, 1)
    assert holds.let_go("a") == KEY
    assert holds.let_go("a") is None
    assert holds.take(KEY, 4) == 4
    assert holds.left(KEY) == 6


def test_a_serve_is_over_when_nothing_of_it_can_be_on_its_way() -> None:
    holds = Holds()
    holds.grant(KEY, 10)
    holds.hold("a", KEY, 10, 1_000)
    assert holds.expired(999) == []
    assert holds.expired(1_000) == ["a"]
    assert not holds.over("a", 1_000)
    assert holds.over("a", 1_000 + GRACE_MS)


def test_what_waits_is_bounded() -> None:
    holds, most = Holds(), holds_module.HELD_MAX
    holds.grant(KEY, most + 1)
    assert all(holds.hold(str(number), KEY, 1, 1) for number in range(most))
    assert not holds.hold("one more", KEY, 1, 1)


def test_viewers_and_what_they_saw_are_bounded() -> None:
    seen = Seen()
    for number in range(VIEWERS_MAX + 1):
        seen.learn(f"v{number}", Past([], set()))
    assert not seen.knows("v0")
    assert seen.knows("v1")
    seen.add("v1", [Shown(str(number), "c", "d", None) for number in range(SHOWN_PER_VIEWER_MAX + 5)])
    assert len(seen.past("v1").shown) == SHOWN_PER_VIEWER_MAX


def test_what_lapsed_without_being_seen_does_not_count() -> None:
    past = Past([Shown("a", "c", "d", 1_000), Shown("b", "c", "d", None)], set())
    assert past.counts(500) == {"c": 2}
    assert past.counts(1_500) == {"c": 1}
    assert past.on("c", "d", 1_500) == 1
    assert past.on("c", "e", 500) == 0

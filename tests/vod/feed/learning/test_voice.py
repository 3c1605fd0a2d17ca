"""How much what somebody does counts for others, and how much they can have watched."""

from __future__ import annotations

from core.ids import first_id, new_id, time_of
from vod.feed.learning.crowds import Crowds
from vod.feed.learning.voice import DAY_MS, Speaker, Utterance, standing, voice
from vod.feed.learning.watching import WatchClock, fraction, may_have_finished

OLD = Speaker(100 * DAY_MS)


def test_an_account_is_heard_the_more_the_older_it_is() -> None:
    ages = [standing(Speaker(days * DAY_MS)) for days in range(20)]
    assert ages == sorted(ages)
    assert ages[0] < 0.1
    assert ages[-1] == 1
    assert standing(Speaker(None)) < ages[0], "a visitor least of all"
    assert standing(Speaker(0, trusted=True)) == 1


def test_what_was_not_shown_not_sent_or_said_before_counts_for_nobody_else() -> None:
    assert voice(OLD, Utterance(shown=True, first=True)) == 1
    assert voice(OLD, Utterance(shown=False, first=True)) == 0
    assert voice(OLD, Utterance(shown=True, first=False)) == 0
    assert voice(OLD, Utterance(shown=True, first=True, sent=False)) == 0


def test_fans_and_crowds_of_one_network_are_heard_less() -> None:
    alone = voice(OLD, Utterance(shown=True, first=True))
    assert voice(OLD, Utterance(shown=True, first=True, followed=True)) < alone
    assert voice(OLD, Utterance(shown=True, first=True, of_creator=8)) == alone / 2
    assert sum(voice(OLD, Utterance(shown=True, first=True, of_network=n)) for n in range(1000)) < 8 * alone


def test_time_is_claimed_once_for_all_videos_together() -> None:
    clock = WatchClock()
    assert clock.claim("ada", 1_000, 5_000, 4_000) == 3_000
    assert clock.claim("ada", 1_000, 5_000, 4_000) == 0, "those seconds are gone"
    assert clock.claim("ada", 1_000, 5_000, 5_000) == 1_000
    assert clock.claim("bob", 9_000, 5_000, 4_000) == 0, "shown in the future"


def test_a_share_is_between_0_and_1() -> None:
    assert fraction(5_000, 10_000) == 0.5
    assert fraction(50_000, 10_000) == 1
    assert fraction(5_000, 0) == 0
    assert may_have_finished(7_000, 10_000)
    assert not may_have_finished(1_000, 10_000)


def test_a_crowd_counts_each_member_once_a_day() -> None:
    crowds = Crowds()
    assert [crowds.count("video", member, 0) for member in ("a", "a", "b", "c")] == [0, 0, 1, 2]
    assert crowds.count("video", "a", DAY_MS) == 0


def test_an_id_tells_when_it_was_made() -> None:
    assert first_id(time_of(made := new_id())) <= made < first_id(time_of(made) + 1)
    assert time_of(first_id(1_234)) == 1_234
    assert time_of("nonsense") == 0

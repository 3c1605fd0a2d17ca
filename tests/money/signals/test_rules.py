"""Each sign of laundering is found in what it describes, and none in what honest rooms earn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from money.signals.rules import EARNED_COINS_MIN, Earned, RoomTake, signs

MINUTE_MS = 60_000
HONEST = {f"fan{n}": 500 + 10 * n for n in range(20)}


def room(coins: int, *, viewers: int = 50, minutes: int = 60, dull: float = 0.0) -> RoomTake:
    shown = minutes * MINUTE_MS
    return RoomTake("room", coins, shown, viewers * shown, round(dull * shown))


def codes(**changes: object) -> set[str]:
    honest = {
        "by_giver": HONEST, "new_accounts": (), "new_cards": (), "given_back": {}, "rooms": [room(12_000)],
        "past": [3.0, 4.0, 5.0, 4.5, 3.5],
    }  # fmt: skip
    return {sign.code for sign in signs(Earned(**honest | changes))}  # type: ignore[arg-type]


def test_an_honest_room_has_no_sign() -> None:
    assert codes() == set()


def test_almost_everything_from_three_people_is_a_sign() -> None:
    assert codes(by_giver={"a": 4_000, "b": 4_000, "c": 500, "d": 900}) == {"few_givers"}


def test_half_of_it_from_new_accounts_or_new_cards_is_a_sign() -> None:
    half = sorted(HONEST, key=HONEST.__getitem__)[-10:]
    assert codes(new_accounts=half) == {"new_accounts"}
    assert codes(new_cards=half) == {"new_cards"}
    assert codes(new_accounts=half[:3]) == set()


def test_coins_that_go_both_ways_are_a_sign() -> None:
    back = dict.fromkeys(sorted(HONEST)[:6], 10_000)
    assert codes(given_back=back) == {"circle"}
    assert codes(given_back={"fan1": 10**9}) == set(), "at most what went both ways counts"


def test_large_gifts_in_an_empty_room_are_a_sign_against_the_creators_own_past() -> None:
    assert codes(rooms=[room(12_000, viewers=1)]) == {"unwatched"}
    assert codes(rooms=[room(12_000, viewers=1)], past=[150.0, 200.0, 250.0, 180.0, 220.0]) == set()


def test_without_a_past_the_same_limit_holds_for_all() -> None:
    assert codes(rooms=[room(40_000, viewers=1)], past=[]) == {"unwatched"}
    assert codes(rooms=[room(20_000, viewers=1)], past=[]) == set()


def test_a_black_or_still_picture_that_earns_is_a_sign() -> None:
    assert codes(rooms=[room(12_000, dull=0.9)]) == {"dull_picture"}
    assert codes(rooms=[room(12_000, dull=0.4)]) == set()


def test_payouts_asked_for_whenever_a_hold_ends_are_a_sign() -> None:
    assert codes(payout_delays_ms=[60_000, 5_000, 300_000]) == {"quick_payout"}
    assert codes(payout_delays_ms=[60_000, 5_000, 3 * 86_400_000]) == set()


def test_little_money_has_no_sign() -> None:
    assert codes(by_giver={"a": EARNED_COINS_MIN - 1}, new_accounts=["a"], given_back={"a": 10**9}) == set()


@given(
    givers=st.dictionaries(st.text(max_size=3), st.integers(1, 10**9), max_size=20),
    back=st.dictionaries(st.text(max_size=3), st.integers(0, 10**9), max_size=20),
    past=st.lists(st.floats(0, 10**9), max_size=20),
    rooms=st.lists(st.builds(RoomTake, st.just("r"), *[st.integers(0, 10**12)] * 4), max_size=5),
)
def test_whatever_was_earned_each_sign_is_found_once_within_it(
    givers: dict[str, int], back: dict[str, int], past: list[float], rooms: list[RoomTake]
) -> None:
    found = signs(Earned(givers, list(givers), [], back, rooms, past))
    assert len({sign.code for sign in found}) == len(found)
    shares = [sign for sign in found if sign.code in ("few_givers", "new_accounts", "circle")]
    assert all(0 <= sign.percent <= 100 and 0 <= sign.coins <= sum(givers.values()) for sign in shares)

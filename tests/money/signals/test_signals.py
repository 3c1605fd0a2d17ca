"""A sign of laundering is opened once, lengthens the hold, and is decided by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, insert

from core.database import Database
from core.errors import Conflict, NotAllowed, NotFound
from core.ids import new_id
from core.settings import Settings
from live.monitoring.airtime import RoomAirtime
from money import part as money_part
from money.earnings.hold import day_name
from money.gifts import GiftOrder, GiftReceipt
from money.ledger.accounts import MINT, payable, wallet
from money.ledger.rules import Transfer
from money.part import Money
from money.payouts.states import Payout, States
from money.signals.signals import CLEARED_FOR_MS, Signal
from money.tables import payouts
from tests.cores import core_over
from tests.money.conftest import START, HeldClock, brief

DAY_MS = 86_400_000
OLD = START - 400 * DAY_MS


class World:
    """When people joined, and what the rooms of hosts showed."""

    def __init__(self) -> None:
        self.joined: dict[str, int] = {}
        self.rooms: dict[str, list[RoomAirtime]] = {}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def money(database: Database, clock: HeldClock, tmp_path: Path, world: World) -> Iterator[Money]:
    part = money_part.open(
        core_over(database, tmp_path, settings=Settings(data_dir=tmp_path), clock=clock),
        brief=brief,
        joined=lambda _, ids: {who: world.joined.get(who, OLD) for who in ids},
        airtime=lambda _, host, since: [room for room in world.rooms.get(host, []) if room.started_at >= since],
    )
    yield part.api
    assert database.read(part.api.verify) == []
    part.close()


def give(money: Money, clock: HeldClock, giver: str, creator: str, gift: str, times: int, room: str = "room") -> None:
    """Gifts out of bought coins."""
    key = f"{giver}:{clock.now}:{gift}"
    money.database.write(lambda c: buy(money, c, giver, key))
    orders = [GiftOrder(f"{key}:{n}", giver, creator, gift, 1, room, clock.now) for n in range(times)]
    answers = money.database.write(lambda c: money.gifts.give(c, orders))
    assert all(isinstance(answer, GiftReceipt) for answer in answers), answers


def buy(money: Money, connection: Connection, giver: str, key: str) -> None:
    entries = {MINT: -50_000, wallet(giver): 50_000}
    money.ledger.post(connection, [Transfer(f"purchase:{key}", "purchase", START - 300 * DAY_MS, key, entries, {})])


def open_signals(money: Money) -> list[Signal]:
    return money.database.read(lambda c: money.signals.page(c, "open", "", 100)).items


def decide(money: Money, signal: Signal, state: str) -> Signal:
    return money.database.write(lambda c: money.signals.decide(c, signal.id, state, "Looked at it.", "mod"))  # type: ignore[arg-type]


def test_large_gifts_of_few_new_accounts_before_a_still_picture_are_noticed(
    money: Money, clock: HeldClock, world: World
) -> None:
    world.joined = {"mule1": START - DAY_MS, "mule2": START - DAY_MS}
    world.rooms = {"bob": [RoomAirtime("room", START - 3_600_000, 3_600_000, 2 * 3_600_000, 3_500_000)]}
    for mule in ("mule1", "mule2"):
        give(money, clock, mule, "bob", "rocket", 6)
    clock.now += 60_000
    found = {sign.code for sign in money.signals.look_at("bob")}
    assert found == {"few_givers", "new_accounts", "dull_picture"}
    assert {signal.code for signal in open_signals(money)} == found
    assert {signal.person for signal in open_signals(money)} == {"bob"}


def test_looking_again_opens_nothing_twice_until_it_has_doubled(money: Money, clock: HeldClock) -> None:
    give(money, clock, "ada", "bob", "castle", 2)
    for _ in range(3):
        money.signals.look_at("bob")
    [signal] = open_signals(money)
    assert (signal.code, signal.percent, signal.coins) == ("few_givers", 100, 20_000)
    decide(money, signal, "cleared")
    money.signals.look_at("bob")
    assert open_signals(money) == []
    clock.now += DAY_MS
    give(money, clock, "ada", "bob", "castle", 2)
    money.signals.look_at("bob")
    assert [signal.coins for signal in open_signals(money)] == [40_000]


def test_what_was_cleared_is_raised_again_after_a_month(money: Money, clock: HeldClock) -> None:
    give(money, clock, "ada", "bob", "castle", 2)
    money.signals.look_at("bob")
    decide(money, open_signals(money)[0], "cleared")
    clock.now += CLEARED_FOR_MS + DAY_MS
    give(money, clock, "ada", "bob", "castle", 2)
    money.signals.look_at("bob")
    assert len(open_signals(money)) == 1


def test_a_circle_is_seen_from_both_sides(money: Money, clock: HeldClock) -> None:
    give(money, clock, "ada", "bob", "castle", 2)
    give(money, clock, "bob", "ada", "castle", 2)
    clock.now += 1_000
    assert "circle" in {sign.code for sign in money.signals.look_at("bob")}
    assert "circle" in {sign.code for sign in money.signals.look_at("ada")}


def test_a_signal_lengthens_the_hold_until_a_person_clears_it(money: Money, clock: HeldClock) -> None:
    give(money, clock, "ada", "bob", "castle", 2)
    money.signals.look_at("bob")
    [held] = money.database.read(lambda c: money.earnings.held(c, "bob"))
    assert (held.reason, held.coins) == ("review", 10_000)
    clock.now += 9 * DAY_MS
    assert money.database.read(lambda c: money.earnings.due(c, "bob")) == 0
    assert money.database.write(money.earnings.release) == 0
    decide(money, open_signals(money)[0], "cleared")
    assert money.database.read(lambda c: money.earnings.due(c, "bob")) == 10_000
    assert money.database.write(money.earnings.release) == 1


def test_a_confirmed_signal_still_ends_with_the_long_hold(money: Money, clock: HeldClock) -> None:
    give(money, clock, "ada", "bob", "castle", 2)
    money.signals.look_at("bob")
    decide(money, open_signals(money)[0], "confirmed")
    clock.now += 29 * DAY_MS
    assert money.database.read(lambda c: money.earnings.due(c, "bob")) == 0
    clock.now += 3 * DAY_MS
    assert money.database.read(lambda c: money.earnings.due(c, "bob")) == 10_000


def test_a_signal_is_decided_once(money: Money, clock: HeldClock) -> None:
    give(money, clock, "ada", "bob", "castle", 2)
    money.signals.look_at("bob")
    [signal] = open_signals(money)
    decided = decide(money, signal, "confirmed")
    assert (decided.state, decided.decided_by, decided.note) == ("confirmed", "mod", "Looked at it.")
    with pytest.raises(Conflict):
        decide(money, signal, "cleared")
    with pytest.raises(NotFound):
        money.database.write(lambda c: money.signals.decide(c, "none", "cleared", "", "mod"))


def test_nobody_clears_a_signal_about_themselves(money: Money, clock: HeldClock) -> None:
    give(money, clock, "ada", "mod", "castle", 2)
    money.signals.look_at("mod")
    [signal] = open_signals(money)
    with pytest.raises(NotAllowed):
        decide(money, signal, "cleared")
    assert open_signals(money) == [signal]


def test_payouts_asked_for_whenever_a_hold_ends_are_noticed(money: Money, clock: HeldClock) -> None:
    def ask(at: int) -> None:
        """And take it back at once."""
        payout = Payout(
            id=new_id(), person="bob", state="requested", currency="USD", amount_minor=2_000, fee_minor=0, coins=4_000,
            per_thousand=500, rail="sandbox", destination=None, shown="", fingerprint="", reason="", waits_until=None,
            approved_by=None, seconded_by=None, approved_at=None, file=None, attempt=0, answer="", called_at=0,
            ref=None, at=at,
        )  # fmt: skip
        opening = Transfer("bobs", "opening", 0, "", {MINT: -4_000, payable("bob"): 4_000}, {})

        def write(connection: Connection) -> None:
            money.ledger.post(connection, [opening])
            connection.execute(insert(payouts).values(key=f"{at}", **msgspec.structs.asdict(payout)))
            states = States(money.ledger)
            states.begin(connection, payout, at)
            states.move(connection, payout.id, "cancelled", at, by="bob")

        money.database.write(write)

    asked = []
    for _ in range(3):
        give(money, clock, "ada", "bob", "castle", 1)
        asked.append(clock.now // DAY_MS)
        clock.now += DAY_MS
    clock.now += 10 * DAY_MS
    for day in asked:
        ask(money.earnings.holds.due_at("standard", day_name(day)) + 60_000)
    assert "quick_payout" in {sign.code for sign in money.signals.look_at("bob")}
    ask(clock.now)  # days after the last hold
    assert "quick_payout" not in {sign.code for sign in money.signals.look_at("bob")}

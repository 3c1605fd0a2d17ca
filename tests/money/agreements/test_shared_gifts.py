"""A gift is shared as was agreed when it was given, and says so; creator and agency earn alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from core.database import Database
from core.ids import new_id
from core.settings import Settings
from money import part as money_part
from money.agreements import BEGINS_AFTER_MS
from money.catalogue import GIFTS
from money.earnings import DAY_MS
from money.gifts import GiftReceipt
from money.ledger.rounding_carry import Split, left
from money.ledger.terms import Terms
from money.part import Money
from money.tables import transfers
from tests.cores import core_over
from tests.money.agreements.conftest import agree, balances, give, order, rate
from tests.money.conftest import HeldClock, brief
from tests.money.ledger.test_proofs import alter


@pytest.fixture
def funded(database: Database, clock: HeldClock, tmp_path: Path) -> Iterator[Money]:
    """The platform pays creators and agencies their share of bonus coins."""
    chosen = Settings(data_dir=tmp_path, commission_percent=40, marketing_funds_bonus=True)
    opened = money_part.open(core_over(database, tmp_path, settings=chosen, clock=clock), brief=brief)
    yield opened.api
    assert database.read(opened.api.verify) == []
    opened.close()


def details(money: Money) -> list[dict[str, object]]:
    gifts = select(transfers.c.detail).where(transfers.c.kind == "gift").order_by(transfers.c.id)
    return list(money.database.read(lambda c: c.execute(gifts).scalars().all()))


def earned(money: Money, person: str) -> tuple[int, int]:
    """Pending and payable coins."""
    found = money.database.read(lambda c: money.wallets.wallet(c, person)).earnings
    return found.pending, found.payable


def test_creator_agency_and_platform_get_all_of_a_gift(money: Money, clock: HeldClock) -> None:
    made = agree(money, clock, 30, 20)
    [receipt] = give(money, order("bouquet", clock.now))
    assert isinstance(receipt, GiftReceipt)
    assert (receipt.coins, receipt.creator_coins) == (99, 49)
    found = balances(money)
    assert (found["bob", "pending"], found["zoe", "pending"], found["platform", "commission"]) == (49, 20, 30)
    [detail] = details(money)
    said = ("agreement", "commission_percent", "agency", "agency_percent", "agency_coins")
    assert [detail[name] for name in said] == [made.id, 30, "zoe", 20, 20]


def test_gifts_of_one_batch_are_shared_by_what_held_at_each(money: Money, clock: HeldClock) -> None:
    first = agree(money, clock, 30, 20)
    second = rate(money, 10)
    before, after = second.valid_from - 1, second.valid_from
    give(money, order("crown", before), order("crown", after), order("crown", before))
    assert [one["commission_percent"] for one in details(money)] == [30, 10, 30]
    assert [one["agreement"] for one in details(money)] == [first.id, second.id, first.id]
    found = balances(money)
    assert found["bob", "pending"] == 250 + 350 + 250
    assert found["zoe", "pending"] == 300


def test_what_a_gift_says_stays_when_the_agreement_ends(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    paid = order("crown", clock.now)
    give(money, paid)
    money.database.write(lambda c: money.agreements.agreements.end(c, "bob", 0))
    clock.now += BEGINS_AFTER_MS
    [again] = give(money, paid)
    assert isinstance(again, GiftReceipt)
    assert (again.creator_coins, again.replayed) == (250, True), "a retry under the next agreement is the same gift"
    give(money, order("crown", clock.now))
    found = balances(money)
    assert (found["bob", "pending"], found["zoe", "pending"], found["platform", "commission"]) == (550, 100, 350)
    assert [one.get("agency") for one in details(money)] == ["zoe", None]


def test_bonus_coins_follow_the_same_agreement_and_are_not_paid_out(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    money.database.write(lambda c: money.grant(c, "ada", 40, "start", "welcome"))
    give(money, order("cake", clock.now), order("cake", clock.now))  # 30 and 10 of them bonus coins
    found = balances(money)
    assert (found["bob", "promoted"], found["zoe", "promoted"], found["platform", "grant"]) == (20, 8, -28)
    assert (found["bob", "pending"], found["zoe", "pending"], found["platform", "commission"]) == (10, 4, 6)


def test_the_platform_may_fund_the_agencys_share_of_bonus_coins_too(funded: Money, clock: HeldClock) -> None:
    agree(funded, clock, 30, 20)
    funded.database.write(lambda c: funded.grant(c, "ada", 40, "start", "welcome"))
    give(funded, order("cake", clock.now), order("cake", clock.now))
    found = balances(funded)
    assert (found["bob", "pending"], found["zoe", "pending"]) == (30, 12)
    assert (found["platform", "marketing"], found["platform", "grant"]) == (-28, 0)
    clock.now += 9 * DAY_MS
    funded.database.write(funded.earnings.release)
    assert (earned(funded, "bob"), earned(funded, "zoe")) == ((0, 30), (0, 12))


def test_an_agencys_earnings_are_held_and_released_like_the_creators(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    give(money, order("crown", clock.now))
    kept = {who: money.database.read(lambda c: money.earnings.held(c, who)) for who in ("bob", "zoe")}  # noqa: B023
    assert [(one.coins, one.reason) for one in kept["zoe"]] == [(100, "standard")]
    assert kept["bob"][0].due_at == kept["zoe"][0].due_at
    clock.now += 9 * DAY_MS
    money.database.write(money.earnings.release)
    assert (earned(money, "bob"), earned(money, "zoe")) == ((0, 250), (0, 100))


def test_both_sides_see_what_the_agency_got(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    agree(money, clock, 10, 10, creator="carl")
    give(money, order("crown", clock.now), order("cake", clock.now), order("crown", clock.now, creator="carl"))
    reports, read = money.agreements.reports, money.database.read
    zoes = read(lambda c: reports.report(c, "zoe", 28))
    assert [(one.person and one.person.id, one.coins, one.gifts) for one in zoes.creators] == [
        ("bob", 106, 2),
        ("carl", 50, 1),
    ]
    bobs = read(lambda c: reports.report(c, "bob", 7))
    assert [(one.person and one.person.id, one.coins, one.gifts) for one in bobs.agencies] == [("zoe", 106, 2)]
    assert (bobs.creators, zoes.agencies) == ([], [])
    told = read(lambda c: money.reports.report(c, "zoe", 28))
    assert [(one.source, one.coins, one.gifts) for one in told.sources] == [("agency", 156, 3)]
    clock.now += 7 * DAY_MS
    assert read(lambda c: reports.report(c, "bob", 7)).agencies == [], "of the period only"


def test_a_statement_says_whose_gift_an_agency_shares_in(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    give(money, order("crown", clock.now))
    lines = {
        who: money.database.read(lambda c: money.wallets.statement(c, who, None, "", 10)).items[0]  # noqa: B023
        for who in ("ada", "bob", "zoe")
    }
    assert (lines["zoe"].kind, lines["zoe"].amount, lines["zoe"].detail["as"]) == ("gift_received", 100, "agency")
    others = [one.other.id if one.other else None for one in lines.values()]
    assert others == ["bob", "ada", "bob"]
    assert "as" not in lines["bob"].detail
    assert not {"agency", "agreement", "agency_percent", "agency_coins"} & set(lines["ada"].detail)


def test_an_agency_that_gives_itself_sees_both_sides(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    give(money, order("crown", clock.now, giver="zoe"))
    lines = money.database.read(lambda c: money.wallets.statement(c, "zoe", None, "", 10)).items[:2]
    assert {(one.kind, one.amount, one.other.id if one.other else None) for one in lines} == {
        ("gift_received", 100, "bob"),
        ("gift_sent", -500, "bob"),
    }


def escaped(json: str) -> str:
    """For a statement in which ":1" is a parameter."""
    return json.replace(":", "\\:")


def test_verify_names_a_gift_that_was_not_shared_as_it_says(money: Money, clock: HeldClock, database: Database) -> None:
    agree(money, clock, 30, 20)
    give(money, order("crown", clock.now), order("rose", clock.now))
    for table, column in (("agency_fractions", "hundredths"), ("agency_earnings", "coins")):
        money.database.write(lambda c: c.execute(text(f"UPDATE {table} SET {column} = {column} + 1")))  # noqa: B023
        assert len(database.read(money.verify)) == 1, table
        money.database.write(lambda c: c.execute(text(f"UPDATE {table} SET {column} = {column} - 1")))  # noqa: B023
    number = database.read(lambda c: c.execute(text("SELECT max(id) FROM transfers WHERE kind = 'gift'")).scalar())
    original = database.read(
        lambda c: c.execute(text(f"SELECT CAST(detail AS TEXT) FROM transfers WHERE id = {number}")).scalar_one()
    )
    update = f"UPDATE transfers SET detail = '{{}}' WHERE id = {number}"
    for told in ('"agency_coins":2', '"agency_percent":21', '"agency":"yan"', '"agreement":"x"'):
        name = told.split(":")[0]
        value = original.split(f"{name}:")[1].split(",")[0].rstrip("}")
        altered = original.replace(f"{name}:{value}", told)
        alter(database, update.format(escaped(altered)))
        rules = {one.rule for one in database.read(money.verify)}
        assert "detail_is_what_was_posted" in rules, told
        alter(database, update.format(escaped(original)))


percents = st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda two: (min(two), max(two) - min(two)))
"""The platform's and the agency's, at most 100 together."""


@given(percents, st.lists(st.integers(1, 10_000), min_size=1, max_size=120))
def test_many_gifts_bring_creator_and_agency_their_exact_share_within_a_coin(
    shares: tuple[int, int], amounts: list[int]
) -> None:
    platform, agencys = shares
    terms = Terms(platform, "x", "zoe", agencys)
    split = Split({})
    got = [split.shares("bob", coins, terms) for coins in amounts]
    for (creator, agency), coins in zip(got, amounts, strict=True):
        assert min(creator, agency) >= 0
        assert creator + agency <= coins
    total = sum(amounts)
    assert 0 <= total * terms.creator_percent - sum(one for one, _ in got) * 100 < 100
    assert abs(total * agencys - sum(one for _, one in got) * 100) < 100
    if platform == 0:
        assert sum(map(sum, got)) == total, "a platform that takes nothing gets nothing by rounding"


@given(st.lists(st.tuples(percents, st.integers(1, 500)), min_size=1, max_size=60))
def test_terms_that_change_between_gifts_lose_nothing(gifts: list[tuple[tuple[int, int], int]]) -> None:
    split, creators, agencys = Split({}), 0, 0
    for (platform, agency), coins in gifts:
        terms = Terms(platform, "x", "zoe", agency)
        creator, cut = split.shares("bob", coins, terms)
        assert 0 <= creator <= coins - cut <= coins
        creators += left(coins, terms.creator_percent, creator)
        agencys += left(coins, agency, cut)
    assert 0 <= creators < 100
    assert -100 < agencys < 200


CHEAP = sorted(gift for gift in GIFTS if GIFTS[gift].coins <= 500)  # so that no spending limit is reached
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(CHEAP), st.integers(1, 4)),
        st.tuples(st.just("agree"), st.integers(0, 50)),
        st.tuples(st.just("grant"), st.integers(1, 300)),
    ),
    max_size=20,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_is_agreed_and_given_sums_to_zero_and_is_proved(
    money: Money, clock: HeldClock, taken: list[tuple[str, int]]
) -> None:
    run = new_id()
    exact = {f"{run}b": 0, f"{run}z": 0, f"{run}y": 0}
    terms = (40, "", 0)
    for number, (what, n) in enumerate(taken):
        if what == "agree":
            agency = f"{run}{'zy'[n % 2]}"
            before = terms
            made = agree(money, clock, n, n // 2 + 1, creator=f"{run}b", agency=agency)
            terms = (made.platform_percent, agency, made.agency_percent)
            assert before[1] in ("", agency) or made.valid_from == clock.now
        elif what == "grant":
            money.database.write(lambda c: money.grant(c, f"{run}a", n, f"{run}{number}", "test"))  # noqa: B023
        else:
            orders = [order(what, clock.now, creator=f"{run}b", giver=f"{run}a") for _ in range(n)]
            for receipt in give(money, *orders):
                assert isinstance(receipt, GiftReceipt)
                paid = receipt.coins - receipt.bonus
                exact[f"{run}b"] += paid * (100 - terms[0] - terms[2])
                if terms[1]:
                    exact[terms[1]] += paid * terms[2]
    for person, hundredths in exact.items():
        assert abs(sum(earned(money, person)) * 100 - hundredths) < 200
    assert money.database.read(money.verify) == []

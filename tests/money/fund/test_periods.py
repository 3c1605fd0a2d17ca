"""From open to posted: frozen, paid once, whatever is repeated or interrupted."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select, text

from core.database import Database
from core.errors import IdempotencyKeyReused, InvalidRequest, Refusal
from money.earnings import DAY_MS
from money.errors import FundNotReady, FundPeriodOver, FundPeriodRuns
from money.fund.proofs import verify_period
from money.ledger.accounts import AD_MINT, AD_REVENUE, MARKETING, fund
from money.ledger.rules import COINS, Account, Transfer
from money.part import Money
from money.tables import accounts, coin_rates, fund_creators, fund_periods, fund_views, transfers
from tests.money.conftest import HeldClock
from tests.money.fund.conftest import BEGIN, NEXT, OVER, PERIOD, World


class KilledError(Exception):
    pass


def balance(database: Database, account: Account) -> int:
    own = select(accounts.c.balance).where(
        accounts.c.owner == account.owner, accounts.c.kind == account.kind, accounts.c.unit == COINS
    )
    return database.read(lambda c: c.execute(own).scalar()) or 0


def test_a_pot_is_paid_by_what_viewers_watched(world: World, database: Database) -> None:
    world.fill(1_000)
    world.watch("ann", "bob/1", "bob/2", "carl/1")  # a whole voice, a third for each video
    world.watch("dan", "carl/1", days=range(5))  # half a voice
    posted = world.posted()
    assert (posted.state, posted.pot, posted.carried, posted.views, posted.viewers) == ("posted", 1_000, 0, 35, 2)
    assert (world.coins("bob"), world.coins("carl")) == (444, 556)
    assert balance(database, fund(PERIOD)) == 0
    assert balance(database, MARKETING) == -1_000
    assert database.read(lambda c: list(verify_period(c, PERIOD))) == []


def test_what_creators_get_pays_their_debt_first(world: World, database: Database, money: Money) -> None:
    from money.ledger.accounts import MINT, debt
    from money.ledger.rules import Transfer

    owed = Transfer(key="t", kind="test", at=1, request="", entries={debt("bob"): -30, MINT: 30}, detail={})
    database.write(lambda c: money.ledger.post(c, [owed]))
    world.fill(100)
    world.watch("ann", "bob/1")
    world.posted()
    assert world.coins("bob") == 70
    assert balance(database, debt("bob")) == 0
    with database.engine.begin() as connection:  # the books of this test have no purchase that was taken back
        assert connection.execute(text("SELECT count(*) FROM takes")).scalar() == 0
    database.write(
        lambda c: money.ledger.post(
            c, [Transfer(key="u", kind="test", at=1, request="", entries={Account("bob", "wallet", COINS): 30,
                MINT: -30}, detail={})],
        )
    )  # fmt: skip


def test_everything_is_harmless_twice(world: World, database: Database) -> None:
    world.fill(100)
    world.fill(100)
    world.watch("ann", "bob/1")
    first = world.close()
    assert world.close() == first
    assert world.posted() == world.posted()
    assert world.close().state == "posted"
    assert world.coins("bob") == 100
    moved = select(func.count()).select_from(transfers).where(transfers.c.kind.in_(("fund", "fund_fill")))
    assert database.read(lambda c: c.execute(moved).scalar()) == 2


def test_a_key_fills_one_pot_once_with_one_amount(world: World) -> None:
    world.fill(100)
    with pytest.raises(IdempotencyKeyReused):
        world.fill(101)


def test_the_share_of_ads_is_put_in_once_also_where_somebody_used_its_name(
    money: Money, database: Database, clock: HeldClock
) -> None:
    world = World(money, database, clock, fund_ads_percent=10)
    brought = Transfer(
        key="ads", kind="test", at=BEGIN, request="", entries={AD_REVENUE: 10_000_000, AD_MINT: -10_000_000}, detail={}
    )
    database.write(lambda c: money.ledger.post(c, [brought]))
    rate = {"currency": "EUR", "valid_from": 0, "per_thousand": 500, "by": "root"}
    database.write(lambda c: c.execute(insert(coin_rates).values(rate)))
    for key in ("ads", f"carried:{PERIOD}"):
        world.fill(5, key=key)
    world.clock.now = OVER
    world.fill(5, NEXT, f"carried:{PERIOD}")
    assert world.posted().pot == 5 + 5 + 200  # a tenth of 10 EUR, at 5 EUR for 1,000
    assert world.close().pot == 210
    assert database.read(lambda c: world.fund.periods.one(c, NEXT)).pot == 5 + 210, "nobody had a view"


@pytest.mark.parametrize("coins", [0, -1, 10**12 + 1, True])
def test_a_pot_is_filled_with_whole_coins(world: World, coins: int) -> None:
    with pytest.raises(InvalidRequest):
        world.fill(coins)


def test_a_closed_pot_is_filled_no_more(world: World) -> None:
    world.close()
    with pytest.raises(FundPeriodOver):
        world.fill(5)


def test_a_month_that_has_not_begun_has_no_pot(world: World) -> None:
    with pytest.raises(InvalidRequest):
        world.fill(5, "2024-03")


@pytest.mark.parametrize("now", [BEGIN, OVER - 1])
def test_a_month_is_closed_an_hour_after_its_end(world: World, now: int, clock: HeldClock) -> None:
    clock.now = now
    with pytest.raises(FundPeriodRuns):
        world.fund.closing.close(PERIOD, "root")


def test_nothing_is_posted_before_somebody_has_looked(world: World, database: Database) -> None:
    world.fill(100)
    world.watch("ann", "bob/1")
    with pytest.raises(FundNotReady):
        database.write(lambda c: world.fund.posting.review(c, PERIOD, "root"))
    world.close()
    with pytest.raises(FundNotReady):
        world.fund.posting.post(PERIOD, "root")
    assert world.coins("bob") == 0


def test_what_is_nobodys_is_carried_into_the_pot_of_this_month(world: World, database: Database) -> None:
    world.fill(100)
    world.watch("ann", "gone/1")
    assert world.posted().carried == 100
    periods = database.read(world.fund.periods.all)
    assert [(one.period, one.state, one.pot) for one in periods] == [(NEXT, "open", 100), (PERIOD, "posted", 100)]
    world.watch("ann", "bob/1", days=range(40, 50))
    world.clock.now = OVER + 31 * DAY_MS
    world.posted(NEXT)
    assert world.coins("bob") == 100


def test_a_month_without_pot_or_views_can_be_posted(world: World) -> None:
    assert world.posted().state == "posted"


def test_a_pot_of_one_coin(world: World) -> None:
    world.fill(1)
    for viewer in ("ann", "dan", "eve"):
        world.watch(viewer, *(f"c{number}/1" for number in range(3)))
    world.posted()
    assert sorted(world.coins(f"c{number}") for number in range(3)) == [0, 0, 1]


def test_a_killed_closing_is_begun_again(world: World, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("money.fund.closing.PIECE_ROWS", 2)
    world.fill(1_000)
    for number in range(7):
        world.watch("ann", f"c{number}/1", f"c{number}/2")
    world.clock.now = OVER
    for survived in range(9):
        left = survived

        def killed() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError

        with pytest.raises(KilledError):
            world.fund.closing.close(PERIOD, "root", killed)
        assert database.read(lambda c: world.fund.periods.one(c, PERIOD)).state == "closing"
        with pytest.raises(FundPeriodOver):
            world.fill(5, key="late")
    assert world.open().closing.close(PERIOD, "root").views == 140
    assert database.read(lambda c: list(verify_period(c, PERIOD))) == []


def test_of_two_that_close_at_once_one_gives_up(world: World) -> None:
    world.watch("ann", "bob/1")
    world.clock.now = OVER
    calls: list[int] = []

    def other() -> None:
        if not calls:
            calls.append(1)
            world.open().closing.close(PERIOD, "other")

    with pytest.raises(FundNotReady):
        world.fund.closing.close(PERIOD, "root", other)
    assert world.close().closed_by == "other"


def test_a_killed_posting_goes_on_where_it_was(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("money.fund.posting.POST_BATCH_MAX", 2)
    world.fill(1_000)
    world.watch("ann", *(f"c{number}/1" for number in range(7)))
    world.close()
    database.write(lambda c: world.fund.posting.review(c, PERIOD, "root"))

    def killed() -> None:
        raise KilledError

    for done in (2, 4, 6):
        with pytest.raises(KilledError):
            world.open().posting.post(PERIOD, "root", killed)
        assert sum(world.coins(f"c{number}") > 0 for number in range(7)) == done
    assert world.open().posting.post(PERIOD, "root").state == "posted"
    assert sum(world.coins(f"c{number}") for number in range(7)) == 1_000


def test_a_view_counts_once_a_day_with_the_longest_time(world: World, database: Database) -> None:
    world.watch("ann", "bob/1", days=[0, 0, 1], ms=5_000)
    world.watch("ann", "bob/1", days=[0], ms=9_000, reactions=1)
    world.watch("ann", "bob/1", days=[0], ms=6_000)
    rows = select(fund_views.c.ms, fund_views.c.reactions).order_by(fund_views.c.day)
    assert database.read(lambda c: c.execute(rows).all()) == [(9_000, 0), (5_000, 0)]


def test_own_views_and_those_of_the_household_do_not_count(world: World, database: Database) -> None:
    from money.tables import payout_destinations

    def pay_to(person: str, account: str) -> None:
        row = {"id": person, "person": person, "rail": "hand", "details": {}, "shown": "", "fingerprint": account,
               "at": 1, "usable_at": 1}  # fmt: skip
        database.write(lambda c: c.execute(payout_destinations.insert().values(row)))

    pay_to("bob", "same")
    pay_to("ann", "same")
    pay_to("dan", "another")
    for viewer in ("bob", "ann", "dan"):
        world.watch(viewer, "bob/1", days=[0])
    assert database.read(lambda c: c.execute(select(func.count()).select_from(fund_views)).scalar()) == 1


def test_views_of_a_young_account_do_not_count(world: World, database: Database) -> None:
    from core.ids import new_id

    viewer = new_id()  # made now, long after this month
    world.watch(viewer, "bob/1", days=[0])
    assert database.read(lambda c: c.execute(select(func.count()).select_from(fund_views)).scalar()) == 0


def test_a_viewer_has_a_limit_of_videos_a_day(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("money.fund.views.VIEWER_DAY_VIEWS_MAX", 3)
    for number in range(5):
        world.watch("ann", f"bob/{number}", "carl/1", days=[0])
    assert database.read(lambda c: c.execute(select(func.count()).select_from(fund_views)).scalar()) == 3


def test_nobody_can_tell_afterwards_who_watched(world: World, database: Database) -> None:
    world.watch("ann", "bob/1")
    names = database.read(lambda c: set(c.execute(select(fund_views.c.viewer)).scalars()))
    assert "ann" not in names
    assert len(names) == 1
    world.close()
    assert database.read(lambda c: c.execute(select(fund_periods.c.viewer_key)).scalar_one()) is None
    world.open()
    world.clock.now = BEGIN
    world.watch("ann", "carl/1", days=[3])  # by a process with a slow clock that knows the key no more
    world.fund = world.open()
    world.watch("ann", "carl/1", days=[3])


def test_who_lacks_something_gets_nothing_and_sees_why(money: Money, database: Database, clock: HeldClock) -> None:
    world = World(money, database, clock, fund_creator_views=20, fund_creator_days=4, fund_creator_followers=10)
    world.fill(500)
    for viewer in ("ann", "dan"):
        world.watch(viewer, "bob/1", "few/1", "gone/1")
        world.watch(viewer, "rare/1", "short/1", "short/2", "short/3", "short/4", "short/5", days=range(3))
    world.followers = {"few": 9}
    world.posted()
    rows = select(fund_creators.c.creator, fund_creators.c.reasons, fund_creators.c.coins)
    assert database.read(lambda c: {row[0]: (row[1], row[2]) for row in c.execute(rows)}) == {
        "bob": ("", 500), "few": ("followers", 0), "gone": ("deleted", 0), "rare": ("views,days", 0),
        "short": ("days", 0),
    }  # fmt: skip
    own = database.read(lambda c: world.fund.explaining.explain(c, "few", PERIOD))
    assert own.month.reasons == ["followers"]
    assert [(need.name, need.has, need.least) for need in own.needs if (need.has or 0) < need.least] == [
        ("followers", 9, 10)
    ]


def test_an_amount_is_explained_by_day_and_by_video(world: World, database: Database) -> None:
    world.fill(1_001)
    world.watch("ann", "bob/1", "bob/2", "carl/1", reactions=1)
    world.watch("dan", "bob/2", days=range(20, 26), ms=40_000, reactions=6)
    world.posted()
    found = database.read(lambda c: world.fund.explaining.explain(c, "bob", PERIOD))
    assert found.month.coins == world.coins("bob") > 600
    assert sum(day.coins for day in found.days) == found.month.coins
    assert len(found.days) == 31
    assert [day.coins > 0 for day in found.days] == [at < 10 or 20 <= at < 26 for at in range(31)]
    assert sum(video.coins for video in found.videos) == found.month.coins
    assert [(one.video, one.views, one.liked, one.shared, one.followed) for one in found.videos] == [
        ("bob/2", 16, 10, 6, 6), ("bob/1", 10, 10, 0, 0),
    ]  # fmt: skip
    with pytest.raises(Refusal):
        database.read(lambda c: world.fund.explaining.explain(c, "eve", PERIOD))
    own = database.read(lambda c: world.fund.explaining.own(c, "bob"))
    assert [(one.period, one.coins) for one in own.items] == [(PERIOD, found.month.coins)]

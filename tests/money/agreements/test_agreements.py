"""What was agreed holds from its time on, never overlaps, and is never rewritten."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError

from core.database import Database
from core.errors import Conflict, Refusal
from core.settings import Settings
from money import part as money_part
from money.agreements import AGREEMENTS_MAX, AHEAD_DAYS_MAX, BEGINS_AFTER_MS, NOTICE_DAYS
from money.agreements import agreements as module
from money.earnings import DAY_MS
from money.errors import InvalidAgreement, NoAgency, NoticeTooShort, RateTooHigh
from money.part import Money
from money.tables import agreements
from tests.cores import core_over
from tests.money.agreements.conftest import agree, held, rate
from tests.money.conftest import START, HeldClock, brief

NOTICE_MS = NOTICE_DAYS * DAY_MS


def end(money: Money, at: int = 0, creator: str = "bob") -> None:
    money.database.write(lambda c: money.agreements.agreements.end(c, creator, at))


def leave(money: Money, creator: str = "bob") -> int:
    return money.database.write(lambda c: money.agreements.agreements.leave(c, creator))


def test_a_rate_holds_from_its_time_on_and_never_before(money: Money) -> None:
    made = rate(money, 30, START + DAY_MS)
    assert (made.valid_from, made.until, made.creator_percent, made.by) == (START + DAY_MS, None, 70, "root")
    assert held(money, "bob", START + DAY_MS - 1) == (40, None, 0), "the standard rate"
    assert held(money, "bob", START + DAY_MS) == (30, None, 0)
    assert held(money, "carl", START + DAY_MS) == (40, None, 0)


def test_nothing_is_changed_for_the_past_or_at_once(money: Money) -> None:
    """Two seconds are what every process needs to know of it."""
    assert rate(money, 30, 5).valid_from == START + BEGINS_AFTER_MS


def test_an_agreement_is_ended_and_followed_by_the_next(money: Money, clock: HeldClock) -> None:
    first = rate(money, 30)
    clock.now += DAY_MS
    second = rate(money, 20)
    made = money.database.read(lambda c: money.agreements.agreements.all(c, "bob"))
    assert [(one.id, one.until) for one in made] == [(second.id, None), (first.id, second.valid_from)]
    end_at = clock.now + NOTICE_MS
    end(money, end_at)
    assert held(money, "bob", end_at - 1) == (20, None, 0)
    assert held(money, "bob", end_at) == (40, None, 0)


def test_a_change_replaces_whatever_was_planned_from_then_on(money: Money) -> None:
    planned = rate(money, 90, START + 40 * DAY_MS)
    rate(money, 35, START + 10 * DAY_MS)
    assert held(money, "bob", planned.valid_from) == (35, None, 0), "the typing error never holds"
    ids = [one.id for one in money.database.read(lambda c: money.agreements.agreements.all(c, "bob"))]
    assert planned.id not in ids


def test_what_leaves_a_creator_less_is_announced_thirty_days_before(money: Money, clock: HeldClock) -> None:
    for early in (0, START + NOTICE_MS - 1):
        with pytest.raises(NoticeTooShort):
            rate(money, 41, early)
    rate(money, 41, START + NOTICE_MS)
    rate(money, 10)
    clock.now += BEGINS_AFTER_MS
    with pytest.raises(NoticeTooShort):
        end(money)
    end(money, clock.now + NOTICE_MS)


def test_an_agency_and_its_share_stay_when_the_rate_changes(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    rate(money, 25)
    assert held(money, "bob", clock.now + BEGINS_AFTER_MS) == (25, "zoe", 20)
    with pytest.raises(InvalidAgreement):
        rate(money, 81, clock.now + NOTICE_MS)


def test_a_creator_leaves_with_notice_and_a_new_rate_does_not_undo_it(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    ends = leave(money)
    assert ends == clock.now + NOTICE_MS
    with pytest.raises(NoAgency):
        leave(money)
    rate(money, 25, clock.now + DAY_MS)
    assert held(money, "bob", ends - 1) == (25, "zoe", 20)
    assert held(money, "bob", ends) == (40, None, 0)


def test_nobody_leaves_an_agency_that_they_do_not_have(money: Money) -> None:
    with pytest.raises(NoAgency):
        leave(money)
    rate(money, 10)
    with pytest.raises(NoAgency):
        leave(money)
    with pytest.raises(InvalidAgreement):
        end(money, creator="carl")


def test_a_rate_does_not_silently_drop_an_agency_that_is_planned(money: Money, clock: HeldClock) -> None:
    proposals = money.agreements.proposals
    made = money.database.write(lambda c: proposals.propose(c, "bob", "zoe", 30, 20, START + 9 * DAY_MS, "root"))
    money.database.write(lambda c: proposals.accept(c, "bob", made.id))
    with pytest.raises(InvalidAgreement):
        rate(money, 20)
    end(money)
    assert held(money, "bob", START + 9 * DAY_MS) == (40, None, 0)


@pytest.mark.parametrize("percent", [-1, 101])
def test_shares_are_percents_of_a_gift(money: Money, percent: int) -> None:
    with pytest.raises(InvalidAgreement):
        rate(money, percent)


def test_a_change_is_planned_at_most_a_year_ahead(money: Money) -> None:
    with pytest.raises(InvalidAgreement):
        rate(money, 30, START + AHEAD_DAYS_MAX * DAY_MS + 1)
    with pytest.raises(InvalidAgreement):
        end(money, START + AHEAD_DAYS_MAX * DAY_MS + 1)


def test_a_creator_has_a_limited_number_of_agreements(money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    assert AGREEMENTS_MAX >= 100
    monkeypatch.setattr(module, "AGREEMENTS_MAX", 2)
    for _ in range(2):
        rate(money, 30)
    with pytest.raises(InvalidAgreement):
        rate(money, 30)


def test_what_was_agreed_cannot_be_rewritten_or_deleted(money: Money, database: Database) -> None:
    rate(money, 30)
    for change in ("UPDATE agreements SET platform_percent = 1", 'UPDATE agreements SET "by" = \'eve\'',
                   "DELETE FROM agreements"):  # fmt: skip
        with pytest.raises(DatabaseError, match="append-only"):
            database.write(lambda c: c.execute(text(change)))  # noqa: B023
    assert held(money, "bob", START + DAY_MS) == (30, None, 0)


def test_the_platform_never_promises_more_than_a_coin_brought_in(
    database: Database, clock: HeldClock, tmp_path: Path
) -> None:
    """At half of a gift 1,000 earned coins may be worth 1,287 cents; the more of it others get, the less."""
    chosen = Settings(data_dir=tmp_path, commission_percent=50, coin_rates="USD=1000")
    opened = money_part.open(core_over(database, tmp_path, settings=chosen, clock=clock), brief=brief)
    money = opened.api
    with pytest.raises(RateTooHigh, match="break-even"):
        rate(money, 0)
    rate(money, 40)
    with pytest.raises(RateTooHigh):
        database.write(lambda c: money.rates.add(c, "USD", 1_200, 0, "root"))
    database.write(lambda c: money.rates.add(c, "USD", 1_050, 0, "root"))
    database.read(money.rates.check)
    opened.close()


def test_admins_who_change_one_creator_at_once_leave_one_order(money: Money) -> None:
    """Whoever comes second is either after the first or refused."""
    refused: list[BaseException] = []

    def change(platform: int) -> None:
        try:
            rate(money, platform)
        except Conflict as error:
            refused.append(error)

    for round_ in range(3):
        threads = [threading.Thread(target=change, args=(round_ * 4 + n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    made = money.database.read(lambda c: money.agreements.agreements.all(c, "bob"))
    assert sum(one.until is None for one in made) == 1
    assert len(refused) < 12
    assert money.database.read(money.verify) == []


changes = st.lists(
    st.tuples(
        st.sampled_from(("rate", "end", "leave", "agree", "wait")), st.integers(0, 60), st.integers(0, 100),
        st.integers(0, 60),
    ),
    max_size=20,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes)
def test_periods_never_overlap_and_the_past_never_changes(
    money: Money, clock: HeldClock, steps: list[tuple[str, int, int, int]]
) -> None:
    creator = f"c{clock.now}"
    past: dict[int, tuple[int, str | None, int]] = {}
    for what, days, platform, agencys in steps:
        clock.now += 1
        past[clock.now] = held(money, creator, clock.now)
        at = clock.now + days * DAY_MS
        proposals = money.agreements.proposals
        try:
            if what == "rate":
                rate(money, platform, at, creator=creator)
            elif what == "end":
                end(money, at, creator)
            elif what == "leave":
                leave(money, creator)
            elif what == "agree":
                agency = "zoe" if days % 2 else "yan"
                made = money.database.write(
                    lambda c: proposals.propose(c, creator, agency, platform, agencys, at, "root")  # noqa: B023
                )
                money.database.write(lambda c: proposals.accept(c, creator, made.id))  # noqa: B023
            else:
                clock.now += days * DAY_MS
        except Refusal:
            pass
    clock.now += 1
    assert {at: held(money, creator, at) for at in past} == past
    assert money.database.read(money.verify) == []


def test_verify_names_agreements_that_overlap_or_were_never_accepted(money: Money, clock: HeldClock) -> None:
    agree(money, clock, 30, 20)
    clock.now += DAY_MS
    rate(money, 20)
    clock.now += DAY_MS
    first = update(agreements).where(agreements.c.platform_percent == 30)
    [until] = money.database.read(
        lambda c: c.execute(text("SELECT until FROM agreements WHERE platform_percent = 30")).scalars().all()
    )
    money.database.write(lambda c: c.execute(first.values(until=clock.now)))
    assert "agreements_never_overlap" in {one.rule for one in money.database.read(money.verify)}
    money.database.write(lambda c: c.execute(first.values(until=until)))
    money.database.write(lambda c: c.execute(text("UPDATE agreement_proposals SET state = 'refused'")))
    assert {one.rule for one in money.database.read(money.verify)} == {"agreements_with_an_agency_were_accepted"}
    money.database.write(lambda c: c.execute(text("UPDATE agreement_proposals SET state = 'accepted'")))

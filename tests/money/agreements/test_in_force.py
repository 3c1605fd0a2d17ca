"""A batch asks at most once what was agreed with all of its creators, and never later than a change begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event

from core.database import Database
from money.agreements import BEGINS_AFTER_MS, InForce, in_force
from money.agreements.in_force import REMEMBERED_MS
from money.ledger.terms import Terms
from money.part import Money
from tests.money.agreements.conftest import agree, give, order, rate
from tests.money.conftest import START, HeldClock


@contextmanager
def asked() -> Iterator[list[str]]:
    """The queries for agreements."""
    found: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM agreements" in statement:
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def terms(database: Database, known: InForce, creators: str, at: int) -> list[Terms]:
    """How gifts to each of these are shared at a moment."""
    return database.read(lambda c: known.terms(c, [(who, at) for who in creators.split()]))


def test_a_change_begins_when_every_process_has_read_it_again() -> None:
    assert BEGINS_AFTER_MS >= 2 * REMEMBERED_MS


def test_creators_of_a_batch_are_read_at_once_and_remembered_for_a_second(money: Money, database: Database) -> None:
    known = InForce(40)
    with asked() as queries:
        assert terms(database, known, "bob carl dan", START) == [Terms(40)] * 3
        assert len(queries) == 1
        terms(database, known, "bob carl", START + REMEMBERED_MS - 1)
        assert len(queries) == 1
        terms(database, known, "bob eve", START + REMEMBERED_MS - 1)
        assert len(queries) == 2, "of one that is new"
        terms(database, known, "bob", START + REMEMBERED_MS)
        assert len(queries) == 3
        terms(database, known, "bob", START - 5)
        assert len(queries) == 4, "a clock that goes back"


def test_a_batch_of_gifts_asks_once(money: Money, clock: HeldClock, database: Database) -> None:
    with asked() as queries:
        give(money, *(order(gift, clock.now) for gift in ("rose", "cake", "heart")))
        give(money, order("rose", clock.now))
    assert len(queries) == 1


def test_another_process_knows_a_change_when_it_begins(money: Money, clock: HeldClock, database: Database) -> None:
    other = InForce(40)
    assert terms(database, other, "bob", clock.now) == [Terms(40)]
    made = rate(money, 30)
    assert terms(database, other, "bob", clock.now + REMEMBERED_MS - 1) == [Terms(40)]
    assert terms(database, other, "bob", made.valid_from - 1) == [Terms(40)]
    assert terms(database, other, "bob", made.valid_from) == [Terms(30, made.id)]


def test_terms_are_those_of_the_moment_of_each_gift(money: Money, clock: HeldClock, database: Database) -> None:
    began = clock.now
    made = agree(money, clock, 30, 20)
    moments = [made.valid_from, began, made.valid_from - 1]
    found = database.read(lambda c: InForce(40).terms(c, [("bob", at) for at in moments]))
    assert found == [Terms(30, made.id, "zoe", 20), Terms(40), Terms(40)]


def test_a_limited_number_of_creators_is_remembered(
    money: Money, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_force, "CREATORS_REMEMBERED_MAX", 2)
    known = InForce(40)
    with asked() as queries:
        for who in "abcd":
            terms(database, known, who, START)
        terms(database, known, "a", START)
    assert len(queries) == 5, "a was forgotten"


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_standard_rate_out_of_range_is_refused_at_once(percent: int) -> None:
    with pytest.raises(ValueError, match="percent"):
        InForce(percent)

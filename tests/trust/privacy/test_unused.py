"""Accounts that nobody uses are closed after three years and two warnings, and some never."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, update

from cadeau.app import open_cadeau
from core.privacy import Hold
from core.settings import Settings
from people.tables import mail_addresses, mail_outbox, notifications, people
from tests.coins import add_coins
from tests.trust.privacy.conftest import HeldClock, House
from trust.privacy.tables import unused_warnings
from trust.privacy.unused import UNUSED_DAYS, WARNED_DAYS

FIRST, SECOND = WARNED_DAYS


class Killed(Exception):
    """The process is gone, before the commit."""


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """With a mail server, of which nobody asks anything."""
    clock = HeldClock()
    settings = Settings(
        data_dir=tmp_path, database_url=database_url, smtp_url="smtps://localhost:1", mail_from="c@example.org"
    )
    opened = open_cadeau(settings, clock=clock)
    yield House(opened, clock, tmp_path)
    opened.close()


def told(house: House, person: str) -> tuple[list[str], list[str]]:
    """The texts of inbox lines and the kinds of mails about an unused account, in order."""

    def read(connection: Connection) -> tuple[list[str], list[str]]:
        mine = notifications.c.person == person, notifications.c.kind == "unused"
        lines = connection.execute(select(notifications.c.text).where(*mine).order_by(notifications.c.at))
        mails = select(mail_outbox.c.kind).where(mail_outbox.c.person == person).order_by(mail_outbox.c.created_at)
        return list(lines.scalars()), list(connection.execute(mails).scalars())

    return house.database.read(read)


def state(house: House, person: str) -> str:
    query = select(people.c.closing_at, people.c.erased_at).where(people.c.id == person)
    row = house.database.read(lambda c: c.execute(query).one())
    return "erased" if row.erased_at else "closing" if row.closing_at else "open"


def run_each_half_day(house: House, days: int) -> None:
    for _ in range(2 * days):
        house.clock.pass_days(0.5)
        house.privacy.unused.run()


def with_address(house: House, person: str) -> str:
    row = {"person": person, "address": f"{person}@example.org", "digest": b"x", "verified_at": 1}
    house.database.write(lambda c: c.execute(mail_addresses.insert().values(row)))
    return person


def test_an_unused_account_is_warned_twice_and_then_erased(house: House) -> None:
    ann = with_address(house, house.join("ann"))
    house.clock.pass_days(UNUSED_DAYS - FIRST - 1)
    house.privacy.unused.run()
    assert told(house, ann) == ([], [])
    run_each_half_day(house, 2)
    assert told(house, ann) == (["30"], ["unused_account"])
    run_each_half_day(house, FIRST - SECOND)
    assert told(house, ann) == (["30", "7"], ["unused_account"] * 2)
    assert state(house, ann) == "open"
    run_each_half_day(house, SECOND)
    assert told(house, ann) == (["30", "7"], [*["unused_account"] * 2, "unused_closing"])
    assert state(house, ann) == "closing"
    house.clock.pass_days(house.privacy.erasures.undo_days + 1)
    assert house.privacy.erasing.go_on() == 0
    assert state(house, ann) == "erased"
    house.privacy.unused.run()
    assert house.database.read(lambda c: c.execute(select(unused_warnings)).all()) == []


def test_a_job_that_was_late_still_waits_after_each_warning(house: House) -> None:
    ann = house.join("ann")
    house.clock.pass_days(2 * UNUSED_DAYS)
    run_each_half_day(house, FIRST - SECOND)
    assert told(house, ann)[0] == ["30"]
    run_each_half_day(house, SECOND)
    assert told(house, ann)[0] == ["30", "7"]
    assert state(house, ann) == "open"
    run_each_half_day(house, 1)
    assert state(house, ann) == "closing"


def test_any_use_starts_anew_and_is_written_once_a_day(house: House) -> None:
    ann, bob = house.join("ann"), house.join("bob")
    authentication, sessions = house.cadeau.people.authentication, house.cadeau.people.sessions
    house.clock.pass_days(UNUSED_DAYS - FIRST)
    house.privacy.unused.run()
    token = sessions.open(ann)
    asyncio.run(authentication.by_id(bob))  # as by a stream key
    run_each_half_day(house, FIRST)
    assert (state(house, ann), state(house, bob)) == ("open", "open")
    assert told(house, ann)[0] == ["30"]

    written: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE people"):
            written.append(statement)

    engine = house.database.read(lambda c: c.engine)
    writing = house.database.write(lambda c: c.engine)
    for one in {engine, writing}:
        event.listen(one, "before_cursor_execute", note)
    for _ in range(5):
        assert authentication.by_token(token) is not None
    assert len(written) == 1
    house.clock.pass_days(1)
    for _ in range(5):
        asyncio.run(authentication.by_id(ann))
        assert authentication.by_token(token) is not None
    used = house.database.read(lambda c: c.execute(select(people.c.used_at).where(people.c.id == ann)).scalar_one())
    assert (len(written) <= 3, used) == (True, house.clock() - house.clock() % 86_400_000)


def test_whoever_has_business_here_is_never_closed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("chief", "rich", "owing", "restricted", "seller", "advertiser")
    ids = {name: house.join(name) for name in names}
    plain = house.join("plain")
    house.cadeau.people.accounts.grant("chief", "admin")
    tables = people.metadata.tables

    def fill(connection: Connection) -> None:
        add_coins(connection, ids["rich"], 1, "one")
        connection.execute(update(people).where(people.c.id == ids["restricted"]).values(restricted_at=1))
        for table, person in (("shop_sellers", "seller"), ("advertiser_members", "advertiser")):
            if table == "advertiser_members":
                connection.execute(tables["advertisers"].insert().values(_row(tables["advertisers"], id="a")))
                connection.execute(
                    tables[table].insert().values(_row(tables[table], advertiser="a", person=ids[person]))
                )
            else:
                connection.execute(tables[table].insert().values(_row(tables[table], id="s", person=ids[person])))

    house.database.write(fill)
    holding = house.cadeau.core.privacy.holding
    owing = ids["owing"]
    monkeypatch.setattr(
        house.cadeau.core.privacy, "holding",
        lambda c, person: [Hold("cases", "cases_open", 1)] if person == owing else holding(c, person),
    )  # fmt: skip
    house.clock.pass_days(2 * UNUSED_DAYS)
    run_each_half_day(house, FIRST + 1)
    assert {name: state(house, one) for name, one in ids.items()} == dict.fromkeys(names, "open")
    assert {name: told(house, one)[0] for name, one in ids.items()} == {name: [] for name in names}
    assert state(house, plain) == "closing"


def test_a_job_that_is_killed_goes_on_and_warns_nobody_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = sorted(house.join(f"person{number}") for number in range(5))
    house.clock.pass_days(UNUSED_DAYS - FIRST)
    tell, calls = house.privacy.unused._inbox.tell, 0

    def dying(connection: Connection, notices: Any) -> None:
        nonlocal calls
        calls += 1
        tell(connection, notices)
        if calls == 3:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(house.privacy.unused._inbox, "tell", dying)
        with pytest.raises(Killed):
            house.privacy.unused.run()
    assert [told(house, one)[0] for one in ids] == [["30"]] * 2 + [[]] * 3
    for _ in range(2):
        house.privacy.unused.run()
    assert [told(house, one)[0] for one in ids] == [["30"]] * 5


def _row(table: Any, **given: object) -> dict[str, object]:
    """A row of any table, with something in every column that needs it."""
    empty = {"INTEGER": 0, "BIGINT": 0, "BOOLEAN": False, "JSON": {}}
    return {
        column.name: given.get(column.name, empty.get(str(column.type), ""))
        for column in table.c
        if column.name in given or not column.nullable
    }

"""A handle changes seldom; the old one stays its owner's for a while and leads to the new one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from core.database import Database
from core.errors import InvalidRequest, NotFound
from core.identity import Person
from people.accounts import Accounts
from people.errors import HandleChangedRecently, HandleTaken
from people.settings.handles import CHANGE_MS_MIN, RESERVED_MS, Handles
from people.tables import former_handles

BORN = date(1990, 1, 1)


@pytest.fixture
def handles(database: Database, accounts: Accounts, clock: list[int]) -> Handles:
    return Handles(database, accounts, lambda: clock[0])


def found(database: Database, accounts: Accounts, handle: str) -> str:
    return database.read(lambda c: accounts.by_handle(c, handle)).handle


def test_the_old_handle_leads_to_the_new_one_and_is_nobody_elses(
    database: Database, accounts: Accounts, handles: Handles, ada: Person
) -> None:
    handles.change(ada.id, "lovelace")
    for written in ("ada", "@ADA", "lovelace"):
        assert found(database, accounts, written) == "lovelace"
    assert database.read(lambda c: accounts.profile(c, "ada")).handle == "lovelace"
    with pytest.raises(HandleTaken):
        accounts.join("ada", "correct horse", BORN)
    eve = accounts.join("eve", "correct horse", BORN)
    with pytest.raises(HandleTaken):
        handles.change(eve.id, "ada")


def test_after_a_while_the_old_handle_is_free(
    database: Database, accounts: Accounts, handles: Handles, ada: Person, clock: list[int]
) -> None:
    handles.change(ada.id, "lovelace")
    clock[0] += RESERVED_MS
    with pytest.raises(NotFound):
        found(database, accounts, "ada")
    eve = accounts.join("eve", "correct horse", BORN)
    handles.change(eve.id, "ada")
    assert database.read(lambda c: accounts.by_handle(c, "ada")).id == eve.id
    kept = database.read(lambda c: c.execute(select(former_handles.c.handle)).scalars().all())
    assert kept == ["eve"]


def test_a_handle_changes_seldom_but_one_may_return_to_the_old_one(
    database: Database, accounts: Accounts, handles: Handles, ada: Person, clock: list[int]
) -> None:
    handles.change(ada.id, "lovelace")
    handles.change(ada.id, "lovelace")  # no change
    with pytest.raises(HandleChangedRecently) as refused:
        handles.change(ada.id, "ada")
    assert int(refused.value.headers["Retry-After"]) == CHANGE_MS_MIN // 1000
    clock[0] += CHANGE_MS_MIN
    handles.change(ada.id, "ada")
    assert found(database, accounts, "lovelace") == "ada"


@pytest.mark.parametrize("bad", ["", "ab", "Ada2", "1ada", "a" * 25, "ada\n", "ada ", "аda", "../ada", "ada'--"])
def test_what_is_no_handle_is_refused(handles: Handles, ada: Person, bad: str) -> None:
    with pytest.raises(InvalidRequest):
        handles.change(ada.id, bad)


def test_of_many_who_want_the_same_handle_one_gets_it(accounts: Accounts, handles: Handles) -> None:
    people = [accounts.join(f"person{number}", "correct horse", BORN) for number in range(6)]

    def want(person: Person) -> bool:
        try:
            handles.change(person.id, "wanted")
        except HandleTaken:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(want, people)) == 1

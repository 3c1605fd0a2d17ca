"""An inbox over a real database, and people who have one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete

from core.clock import system_clock
from core.database import Database
from core.identity import Person
from core.ids import new_id
from core.settings import Settings
from people import part as people_part
from people.inbox.notices import KindName, Notice
from people.inbox.reading import Group, Reportable, Subject
from people.tables import people
from tests.cores import core_over


class Time:
    """The real time plus an offset."""

    def __init__(self) -> None:
        self.leap_ms = 0

    def __call__(self) -> int:
        return system_clock() + self.leap_ms


class House:
    """`hidden`: subjects that nobody may see; `reported`: what each person has reported, of which kind."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.time = Time()
        self.core = core_over(
            database, folder, settings=Settings(data_dir=folder, push_private=True), clock=self.time
        )  # fmt: skip
        self.part = people_part.open(self.core)
        self.people = self.part.api
        self.inbox = self.people.inbox
        self.hidden: set[str] = set()
        self.reported: set[tuple[str, Reportable, str]] = set()
        self.inbox.hide(self._is_reported)
        self.inbox.describe("video", self._describe)
        self.inbox.describe("room", self._describe)

    def _describe(self, _: Connection, ids: Sequence[str], reader: str) -> dict[str, Subject]:
        return {one: Subject("video", one, f"About {one}") for one in ids if one not in self.hidden}

    def _is_reported(self, _: Connection, who: str, kind: Reportable, ids: Collection[str]) -> set[str]:
        return {one for one in ids if (who, kind, one) in self.reported}

    def join(self, handle: str = "") -> Person:
        return self.people.accounts.add(handle or f"p{new_id()}", "", date(1990, 5, 17))

    def tell(
        self, person: Person, kind: KindName, by: Person, subject: str = "", item: str = "", text: str = "",
        amount: int = 0,
    ) -> None:  # fmt: skip
        notice = Notice(person.id, kind, by.id, subject, item, text, amount)
        self.database.write(lambda c: self.inbox.notifications.tell(c, [notice]))

    def groups(self, person: Person, kind: str = "") -> list[Group]:
        return self.database.read(lambda c: self.inbox.inboxes.page(c, person.id, kind, "", 100))[0]

    def unread(self, person: Person) -> int:
        return self.database.read(lambda c: self.inbox.inboxes.unread(c, person.id))

    def leave(self, person: Person) -> None:
        """An account is deleted."""
        self.database.write(lambda c: c.execute(delete(people).where(people.c.id == person.id)))


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    opened = House(database, tmp_path)
    yield opened
    opened.part.close()

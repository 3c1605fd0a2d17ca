"""Handles in what others wrote: looked for while others write, and taken out of all of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from chat.kinds.say import WRITTEN, unname
from chat.tables import room_events
from core.database import Database
from people.accounts import Accounts
from people.leaving import mentions
from people.leaving.mentions import unnames

NOW = 1_800_000_000_000
LINES = ["Hi @ada", "@ADA and @ada", "@adam is somebody else", "Nobody", "@ada, again"]


def line(number: int, kind: str = "said") -> dict[str, Any]:
    fields = {"text": LINES[number % len(LINES)]}
    return {"room": f"r{number // 4}", "seq": number, "type": kind, "at": NOW, "fields": fields}


def test_every_line_that_mentions_them_loses_the_handle_and_no_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mentions, "AT_ONCE_MAX", 3)
    ada = Accounts(database, lambda: NOW).join("ada", "correct horse", date(1990, 1, 1))
    rows = [*(line(number) for number in range(25)), line(25, "gifted")]
    database.write(lambda c: c.execute(insert(room_events), rows))
    step = unnames(database, room_events, WRITTEN, unname)
    step(ada.id)
    read = select(room_events.c.fields).order_by(room_events.c.seq)
    texts = [fields["text"] for fields in database.read(lambda c: c.execute(read).scalars().all())]
    cleaned = ["Hi @[deleted]", "@[deleted] and @[deleted]", "@adam is somebody else", "Nobody", "@[deleted], again"]
    assert texts == [*cleaned * 5, LINES[0]]
    step(ada.id)


def test_nobody_who_writes_waits_for_the_search(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = Accounts(database, lambda: NOW).join("ada", "correct horse", date(1990, 1, 1))
    database.write(lambda c: c.execute(insert(room_events), [line(number) for number in range(5)]))
    writing, searched = list[Connection](), list[bool]()
    write = database.write

    def noted(run: Callable[[Connection], Any]) -> Any:
        def inside(connection: Connection) -> Any:
            writing.append(connection)
            try:
                return run(connection)
            finally:
                writing.clear()

        return write(inside)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "LIKE" in statement:
            searched.append(bool(writing))

    monkeypatch.setattr(database, "write", noted)
    engines = {id(one): one for one in (database.engine, database._reader)}.values()
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    unnames(database, room_events, WRITTEN, unname)(ada.id)
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)
    assert searched, "nothing was looked for"
    assert not any(searched)

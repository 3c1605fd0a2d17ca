"""Many rows are written and found in one statement, whatever they hold, on both databases."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.database import Database
from core.database.many import Lookup, Many, Pairs

PUT = Many.insert(
    "things",
    {"name": "text", "count": "bigint", "digest": "bytea"},
    "ON CONFLICT (name) DO UPDATE SET count = things.count + excluded.count",
)
FIND = Lookup("SELECT name, count FROM things WHERE name {among} AND count > ?")
PAIRS = Pairs("SELECT t.name, t.count FROM {pairs} AS k JOIN things t ON t.name = k.a AND t.note = k.b")
NAMES = ['"', "\\", "{a,b}", "NULL", "", " ", "é🎁", "'; --", "%s", "?"]


@pytest.fixture(autouse=True)
def table(database: Database) -> None:
    binary = "BLOB" if database.sqlite else "bytea"
    made = f"CREATE TABLE things (name TEXT PRIMARY KEY, count BIGINT NOT NULL, digest {binary} NOT NULL, note TEXT)"
    database.write(lambda c: c.execute(text(made)))


def find(database: Database, names: Sequence[str], more_than: int = 0) -> dict[str, int]:
    return dict(database.read(lambda c: FIND.read(c, names, more_than)))


def test_what_was_written_is_found_whatever_it_holds(database: Database) -> None:
    rows = [(name, n + 1, bytes([n, 0, 255])) for n, name in enumerate(NAMES)]
    database.write(lambda c: PUT.write(c, rows))
    assert find(database, [*NAMES, "other"]) == {name: n + 1 for n, name in enumerate(NAMES)}
    assert find(database, NAMES, 3) == {name: n + 1 for n, name in enumerate(NAMES) if n + 1 > 3}
    stored = database.read(lambda c: c.execute(text("SELECT digest FROM things ORDER BY count")).scalars().all())
    assert [bytes(digest) for digest in stored] == [digest for _, _, digest in rows]


def test_what_is_not_there_is_null_and_pairs_find_only_rows_that_have_both(database: Database) -> None:
    noted = Many.insert("things", {"name": "text", "count": "bigint", "digest": "bytea", "note": "text"})
    rows = [(name, n, b"", None if n == 0 else NAMES[n - 1]) for n, name in enumerate(NAMES)]
    assert database.write(lambda c: noted.write(c, rows)) == len(rows)
    pairs = [*zip(NAMES, [NAMES[-1], *NAMES], strict=False), ("é🎁", "NULL")]
    found = database.read(lambda c: PAIRS.read(c, pairs))
    assert sorted(found) == sorted((name, n) for n, name in enumerate(NAMES) if n > 0)
    nulls = text("SELECT count(*) FROM things WHERE note IS NULL")
    assert database.read(lambda c: c.execute(nulls).scalar_one()) == 1


def test_a_row_that_is_there_follows_its_conflict_clause(database: Database) -> None:
    for _ in range(2):
        database.write(lambda c: PUT.write(c, [("a", 3, b""), ("b", 4, b"")]))
    assert find(database, ["a", "b"]) == {"a": 6, "b": 8}


def test_what_the_database_refuses_is_raised_as_sqlalchemy_does_and_rolled_back(database: Database) -> None:
    plain = Many.insert("things", {"name": "text", "count": "bigint", "digest": "bytea"})
    with pytest.raises(IntegrityError):
        database.write(lambda c: plain.write(c, [("a", 1, b""), ("a", 2, b"")]))
    with pytest.raises(DBAPIError):
        database.read(lambda c: Lookup("SELECT name FROM nowhere WHERE name {among}").read(c, ["a"]))
    assert find(database, ["a"]) == {}


def test_nothing_is_run_for_no_rows_and_no_keys(database: Database) -> None:
    def run(connection: Connection) -> None:
        PUT.write(connection, [])
        assert FIND.read(connection, [], 0) == ()
        assert PAIRS.read(connection, []) == ()

    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: seen.append(sql))
    database.write(run)
    assert [sql for sql in seen if "things" in sql] == []

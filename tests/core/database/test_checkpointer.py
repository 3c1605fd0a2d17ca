"""SQLite's log is copied into the database file beside the writer, which neither waits for it nor loses anything."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.database import Database, checkpointer

WAIT_S_MAX = 30.0


@pytest.fixture
def sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(checkpointer, "PAUSE_S", 0.01)
    database = Database(f"sqlite:///{tmp_path}/cadeau.db")
    database.write(lambda c: c.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")))
    yield database
    database.close()


def put(database: Database, start: int, end: int) -> None:
    rows = [{"n": n} for n in range(start, end)]
    database.write(lambda c: c.execute(text("INSERT INTO numbers VALUES (:n)"), rows))


def in_file_alone(folder: Path) -> int:
    """How many rows the database file has without its log."""
    copy = folder / "copy.db"
    copy.write_bytes((folder / "cadeau.db").read_bytes())
    try:
        with sqlite3.connect(copy) as connection:
            return int(connection.execute("SELECT count(*) FROM numbers").fetchone()[0])
    except sqlite3.DatabaseError:  # copied while it was written
        return 0


def test_what_is_committed_reaches_the_file_without_another_commit(sqlite: Database, tmp_path: Path) -> None:
    put(sqlite, 0, 5_000)
    deadline = time.monotonic() + WAIT_S_MAX
    while in_file_alone(tmp_path) < 5_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_reader_that_stays_holds_up_neither_the_writer_nor_the_end(sqlite: Database, tmp_path: Path) -> None:
    count = text("SELECT count(*) FROM numbers")
    put(sqlite, 0, 10)
    with sqlite._reader.connect() as reader, reader.begin():
        assert reader.execute(count).scalar_one() == 10
        for start in range(10, 1_010, 100):
            put(sqlite, start, start + 100)
        assert reader.execute(count).scalar_one() == 10
    assert sqlite.read(lambda c: c.execute(count).scalar_one()) == 1_010

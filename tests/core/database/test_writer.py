"""The writer commits in groups, acknowledges only after the commit, and isolates failed writes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from core.database import Database
from core.errors import NotFound, Overloaded

numbers = Table("numbers", MetaData(), Column("n", Integer, primary_key=True))


@pytest.fixture(autouse=True)
def table(database: Database) -> None:
    database.write(numbers.create)


def put(connection: Connection, items: Sequence[int]) -> list[int | Exception]:
    connection.execute(insert(numbers), [{"n": n} for n in items])
    return list(items)


def count(database: Database) -> int:
    return database.read(lambda c: c.execute(select(func.count()).select_from(numbers)).scalar_one())


async def test_acknowledged_items_are_committed(database: Database) -> None:
    group = database.group("put", put)
    for n in range(5):
        assert await group.post(n) == n
        assert await database.read_async(lambda c: c.execute(select(func.max(numbers.c.n))).scalar()) == n


async def test_items_that_queue_up_share_a_commit(database: Database) -> None:
    sizes: list[int] = []
    first_began, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection, items: Sequence[int]) -> list[int | Exception]:
        sizes.append(len(items))
        first_began.set()
        go_on.wait(10)
        return put(connection, items)

    group = database.group("slow", slow)
    first = group.post(0)
    await asyncio.to_thread(first_began.wait, 10)
    rest = [group.post(n) for n in range(1, 51)]
    go_on.set()
    assert await asyncio.gather(first, *rest) == list(range(51))
    assert sizes == [1, 50]


async def test_a_failed_item_does_not_affect_the_rest_of_its_group(database: Database) -> None:
    group = database.group("put", put)
    await group.post(7)
    results = await asyncio.gather(*(group.post(n) for n in (1, 7, 2, 7, 3)), return_exceptions=True)
    assert [r for r in results if isinstance(r, int)] == [1, 2, 3]
    assert [type(r) for r in results if not isinstance(r, int)] == [IntegrityError, IntegrityError]
    assert await asyncio.to_thread(count, database) == 4


async def test_a_refused_item_raises_its_refusal_to_the_caller(database: Database) -> None:
    def refuse_odd(_connection: Connection, items: Sequence[int]) -> list[int | Exception]:
        return [NotFound() if n % 2 else n for n in items]

    group = database.group("refuse", refuse_odd)
    assert await group.post(2) == 2
    with pytest.raises(NotFound):
        await group.post(3)


def test_a_write_that_raises_is_rolled_back(database: Database) -> None:
    def fails(connection: Connection) -> None:
        connection.execute(insert(numbers).values(n=1))
        raise NotFound

    with pytest.raises(NotFound):
        database.write(fails)
    assert count(database) == 0


def test_writes_from_many_threads_are_all_committed(database: Database) -> None:
    def write(n: int) -> None:
        database.write(lambda c: c.execute(insert(numbers).values(n=n)))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 50


def test_closing_commits_queued_writes_and_refuses_new_ones(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.write(numbers.create)
    futures = [database._writer.submit(lambda c, n=n: c.execute(insert(numbers).values(n=n))) for n in range(100)]  # type: ignore[union-attr,misc]
    database.close()
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(Overloaded):
        database.write(lambda c: None)
    again = Database(f"sqlite:///{tmp_path / 'x.db'}")
    assert count(again) == 100
    again.close()


async def test_a_full_disk_fails_all_that_it_loses_and_commits_nothing_that_failed(tmp_path: Path) -> None:
    """SQLite then rolls back the whole transaction, not only the savepoint of the write that was too large."""
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.write(numbers.create)
    database.write(lambda c: c.exec_driver_sql("CREATE TABLE large (content BLOB)"))
    group = database.group("put", put)
    pages = database.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar_one())
    database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages + 20}"))
    began, go_on = threading.Event(), threading.Event()

    def wait(connection: Connection) -> None:
        began.set()
        go_on.wait(10)

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO large VALUES (zeroblob(10000000))")

    waiting = asyncio.ensure_future(database.write_async(wait))  # so that the others share a commit
    await asyncio.to_thread(began.wait, 10)
    posts = [group.post(1), group.post(2)]
    large = asyncio.ensure_future(database.write_async(fill))
    alone = asyncio.ensure_future(database.write_async(lambda c: c.execute(insert(numbers).values(n=3))))
    await asyncio.sleep(0)
    go_on.set()
    results = await asyncio.gather(*posts, alone, large, return_exceptions=True)
    await waiting
    acknowledged = [n for n, result in zip((1, 2, 3), results, strict=False) if not isinstance(result, BaseException)]
    assert isinstance(results[3], OperationalError)
    assert "full" in str(results[3])
    stored = database.read(lambda c: c.execute(select(numbers.c.n).order_by(numbers.c.n)).scalars().all())
    assert stored == acknowledged
    assert await group.post(4) == 4
    database.close()


def test_a_reader_cannot_write_on_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.write(numbers.create)
    with pytest.raises(Exception, match="readonly"):
        database.read(lambda c: c.execute(insert(numbers).values(n=1)))
    database.close()

"""A new SQLite file is opened by several connections at once."""

from __future__ import annotations

import threading
from pathlib import Path

from core.database.engines import sqlite_engine


def test_concurrent_first_connections_wait_for_each_other(tmp_path: Path) -> None:
    failed: list[Exception] = []
    for turn in range(60):
        engines = [sqlite_engine(f"sqlite:///{tmp_path}/{turn}.db", writing=w) for w in (True, False, False, True)]

        def ask(number: int, engines: list = engines) -> None:  # type: ignore[type-arg]
            try:
                with engines[number].connect() as connection:
                    connection.exec_driver_sql("SELECT 1")
            except Exception as error:
                failed.append(error)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for engine in engines:
            engine.dispose()
    assert not failed

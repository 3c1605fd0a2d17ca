"""The SQLite file and its companions are only for their owner."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy import text

from core.database import Database
from core.settings import Settings


def rights(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.glob("cadeau.db*")}


def test_a_new_database_is_private_with_its_log(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        database = Database.from_settings(Settings(data_dir=tmp_path))
        database.write(lambda c: c.execute(text("CREATE TABLE t (a)")))
        assert rights(tmp_path) == {"cadeau.db": 0o600, "cadeau.db-wal": 0o600, "cadeau.db-shm": 0o600}
        database.close()
    finally:
        os.umask(before)


def test_an_older_database_becomes_private(tmp_path: Path) -> None:
    for name in ("cadeau.db", "cadeau.db-wal", "cadeau.db-shm"):
        (tmp_path / name).touch(0o644)
    Database.from_settings(Settings(data_dir=tmp_path)).close()
    assert set(rights(tmp_path).values()) == {0o600}

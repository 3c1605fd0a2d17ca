"""SQLAlchemy engines for SQLite and PostgreSQL, set up the way we need them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url

from core.settings import Settings

READERS_MAX = 20
COMPILED_MAX = 2_000  # statements that are kept compiled; SQLAlchemy's own 500 are fewer than a server uses
BUSY_TIMEOUT_MS = 10_000  # another process (`cadeau admin`, a worker) may hold SQLite's lock
WRITE_AHEAD_RETRY_MS = 20
CONNECT_TIMEOUT_S = 5
KEEPALIVE_S = 5
LOG_PAGES_MAX = 16_000  # 64 MB: then a commit itself checkpoints SQLite's log, if the checkpointer has not kept up
PRIVATE = 0o600


def normalized(url: str) -> str:
    """The URL with the driver we use: psycopg 3."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def database_url(settings: Settings) -> str:
    """The URL that the settings name: SQLite in the data folder by default."""
    return normalized(settings.database_url) if settings.database_url else f"sqlite:///{settings.data_dir}/cadeau.db"


def shown_url(url: str) -> str:
    """A URL without its password, for people to read."""
    return make_url(url).render_as_string(hide_password=True)


def sqlite_engine(url: str, *, writing: bool) -> Engine:
    # A transaction is begun by us (below), not by the driver: only so can a writer take the lock before it reads.
    engine = create_engine(
        url,
        query_cache_size=COMPILED_MAX,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000},
        **({} if writing else {"pool_size": READERS_MAX, "max_overflow": 0}),
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={LOG_PAGES_MAX}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA cache_size={-65_536 if writing else -8_192}")
        if not writing:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """A new file is changed to write-ahead logging by whoever comes first. SQLite does not wait until that is done,
    whatever the busy time-out says."""
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(WRITE_AHEAD_RETRY_MS / 1000)


def make_private(path: Path) -> None:
    """Create a SQLite file that only its owner may read, and take others' rights to an older one and its companions,
    which SQLite gives the rights of the file itself."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE))
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # another user's file is not ours to change
            path.with_name(name).chmod(PRIVATE)


def postgres_engine(url: str) -> Engine:
    return create_engine(
        url,
        query_cache_size=COMPILED_MAX,
        pool_size=READERS_MAX,
        max_overflow=20,  # more than SQL_THREADS use: heartbeats, writers and jobs must not wait for those
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": "-c statement_timeout=30000",
            # Otherwise a server that vanishes without a word, as with its network, holds every thread for 15 minutes.
            "keepalives_idle": KEEPALIVE_S,
            "keepalives_interval": KEEPALIVE_S,
            "keepalives_count": 3,
            "tcp_user_timeout": 3 * KEEPALIVE_S * 1000,
        },
    )


def sqlite_path(url: str) -> Path | None:
    """The file behind a SQLite URL, or None."""
    database = make_url(url).database
    return Path(database) if url.startswith("sqlite") and database else None

"""A copy of the database that is complete although the server goes on writing."""

from __future__ import annotations

import contextlib
import os
import shlex
import sqlite3
from pathlib import Path

from sqlalchemy.engine import make_url

from core.database.engines import BUSY_TIMEOUT_MS, database_url, sqlite_path
from core.settings import Settings

MODE = 0o600  # it holds password hashes, sessions and stream keys


class BackupImpossibleError(Exception):
    """The text says what to do instead."""


def back_up(settings: Settings, target: Path) -> int:
    """Copy the SQLite database to a new file and return its size in bytes.

    Copying the file itself loses what is still in the write-ahead log. Raises BackupImpossibleError; OSError, also when
    the file exists.
    """
    url = database_url(settings)
    source = sqlite_path(url)
    if source is None:
        raise BackupImpossibleError(
            f"PostgreSQL has a program for this, which asks for the password:\n\n{_dump(url, target)}"
        )
    if not source.exists():
        raise BackupImpossibleError(f"There is no database at {source}.")
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE))  # SQLite fills an empty file
    try:
        _copy(source, target)
    except BaseException:
        target.unlink()
        raise
    return target.stat().st_size


def _copy(source: Path, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(source, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as error:
            raise BackupImpossibleError(f"{source} cannot be copied to {target}: {error}.") from error
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dump(url: str, target: Path) -> str:
    """The command that dumps a PostgreSQL database. Other users can see a command line: no password in it."""
    parsed = make_url(url).set(drivername="postgresql")
    without = parsed._replace(password=None).render_as_string(hide_password=False)
    return f"pg_dump --format=custom --file={shlex.quote(str(target))} {shlex.quote(without)}"

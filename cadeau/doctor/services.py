"""What the server keeps its data in, and talks through."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cadeau.doctor.finding import Answer, Verdict
from cadeau.migrations import revisions
from core.bus import open_bus
from core.database import Database, database_url, sqlite_path
from core.ids import new_id
from core.settings import Settings
from core.storage import open_storage, storage_folder

TIMEOUT_S = 10.0
PROBE_FTS5 = "CREATE VIRTUAL TABLE probe USING fts5(words, tokenize = 'ascii', detail = none, prefix = '1 2')"


def database(settings: Settings) -> Answer:
    url = database_url(settings)
    file = sqlite_path(url)
    if file is not None and not file.exists():
        return _to_be_made(file.parent, "the SQLite file")
    opened = Database(url)
    try:
        current, wanted = revisions(opened)
    finally:
        opened.close()
    kind = f"SQLite, {file}" if file else "PostgreSQL"
    if file is not None and not os.access(file, os.W_OK):
        return Verdict.PROBLEM, f"{file} is not writable"
    if current == wanted:
        return Verdict.OK, f"{kind}, tables up to date"
    return Verdict.NOTE, f"{kind}, tables at revision {current}: the next start migrates them to {wanted}"


def search(settings: Settings) -> Answer:
    """The full-text index of `vod/search`: FTS5 of SQLite, or PostgreSQL's own, which needs no extension."""
    url = database_url(settings)
    if sqlite_path(url) is not None:
        return _fts5()
    opened = Database(url)
    try:
        encoding = opened.read(lambda connection: connection.execute(text("SHOW server_encoding")).scalar_one())
    except SQLAlchemyError:
        return Verdict.NOTE, "not looked at: the database does not answer"
    finally:
        opened.close()
    if encoding == "UTF8":
        return Verdict.OK, "PostgreSQL's full text, in UTF-8"
    return Verdict.PROBLEM, f"the database is in {encoding}: create one with ENCODING 'UTF8' and restore a backup there"


def _fts5() -> Answer:
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute(PROBE_FTS5)
        except sqlite3.OperationalError as error:
            remedy = "install a Python whose SQLite is built with SQLITE_ENABLE_FTS5, or use PostgreSQL"
            return Verdict.PROBLEM, f"SQLite {sqlite3.sqlite_version} has no full-text index ({error}): {remedy}"
    return Verdict.OK, f"SQLite {sqlite3.sqlite_version} with FTS5"


def _to_be_made(folder: Path, what: str) -> Answer:
    """The first start can create something if the nearest existing parent folder is writable."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Verdict.NOTE, f"{what} does not exist yet: the first start creates it in {folder}"
    return Verdict.PROBLEM, f"{there} is not writable, so {what} cannot be created"


def bus(settings: Settings) -> Answer:
    async def ping() -> None:
        opened = open_bus(settings)
        await opened.ping()
        running = asyncio.create_task(opened.run())  # its cancellation closes the connections
        await asyncio.sleep(0)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(ping(), TIMEOUT_S))
    return Verdict.OK, "Redis answers" if settings.redis_url else "in-process: enough for one process"


def storage(settings: Settings) -> Answer:
    local = not settings.storage_url.startswith("s3:")
    if local and not storage_folder(settings).exists():
        return _to_be_made(storage_folder(settings), "the storage folder")
    opened = open_storage(settings)
    try:
        key = f"doctor/{new_id()}"
        opened.put_bytes(key, b"written by cadeau doctor")
        opened.delete(key)
    finally:
        opened.close()
    return Verdict.OK, f"{storage_folder(settings) if local else 'S3'} is writable"

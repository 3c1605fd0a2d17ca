"""Which errors say that something we need is away for now, so that it is right to try again."""

from __future__ import annotations

import errno
import sqlite3

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import DiskFull, Overloaded, Unavailable

_SQLITE = {
    sqlite3.SQLITE_BUSY,  # another process holds the lock
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
_POSTGRES_CLASSES = {
    "08",  # connection exception
    "40",  # conflict with another transaction
    "53",  # insufficient resources: disk full, too many connections
    "55",  # not in the required state: a lock, a database that accepts no connections
    "57",  # operator intervention: shutdown, crash, cancelled
    "58",  # system error: input and output
}
_POSTGRES_READ_ONLY = "25006"
_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}


def is_outage(error: BaseException) -> bool:
    """Whether the error passes by itself once a database, Redis, the storage or a disk can be used again.

    A mistake of ours, such as a missing table, is no outage: waiting does not mend it.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_outage, error.exceptions))
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _is_database_away(error.orig)
    if isinstance(error, OSError):  # TimeoutError is one, too
        return isinstance(error, ConnectionError | TimeoutError) or error.errno in _SYSTEM
    return isinstance(error, PoolTimeout | RedisError | Overloaded | Unavailable | DiskFull)


def _is_database_away(error: object) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", -1) & 0xFF in _SQLITE
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:  # psycopg itself noticed that there is no connection
        return any(base.__name__ in ("OperationalError", "InterfaceError") for base in type(error).__mro__)
    return state[:2] in _POSTGRES_CLASSES or state == _POSTGRES_READ_ONLY

"""Each row's digest covers the row and the digest before it: SHA-256(previous || row).

A chain cannot see that its newest rows were cut off. So its head (number and digest) belongs elsewhere from time to
time: `cadeau audit verify` prints it, and compares what is found with a head that was noted before.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from core.clock import Clock
from trust.audit.tables import audit, audit_head

ROWS_AT_ONCE = 10_000


class Head(msgspec.Struct, frozen=True):
    """The newest row, or number 0 and no digest."""

    number: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.digest.hex()}"


class BrokenAudit(Exception):
    """The log is not what was written. The text names the row."""


class Audit:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def append(self, connection: Connection, by: str, what: str, subject: str, detail: str = "") -> None:
        """Write down what somebody does, in the transaction that does it."""
        head = connection.execute(select(audit_head).with_for_update()).one()
        row = {
            "number": head.number + 1, "at": self._clock(), "by": by, "what": what, "subject": subject,
            "detail": detail,
        }  # fmt: skip
        digest = _digest(head.digest, tuple(row.values()))
        connection.execute(insert(audit).values(row | {"digest": digest}))
        connection.execute(update(audit_head).values(number=row["number"], digest=digest))


def verify(connection: Connection, noted: Head | None = None) -> Head:
    """Recompute the whole chain, and return its head. Raises BrokenAudit, naming the first row that is wrong.

    `noted`: a head from before, which must still be in the chain.
    """
    streamed = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(audit).order_by(audit.c.number))
    with contextlib.closing(streamed) as rows:
        last = _last(rows, noted)
    head = connection.execute(select(audit_head)).one()
    if head.number != last.number or bytes(head.digest) != last.digest:
        raise BrokenAudit(f"the head says {head.number} rows, but there are {last.number}")
    if noted is not None and noted.number > last.number:
        raise BrokenAudit(f"rows {last.number + 1} to {noted.number} are missing")
    return last


def _last(rows: Iterable[Row[Any]], noted: Head | None) -> Head:
    """Follow the chain to its end."""
    last = Head(0, b"")
    for row in rows:
        if row.number != last.number + 1:
            raise BrokenAudit(f"row {last.number + 1} is missing")
        last = Head(row.number, _digest(last.digest, _fields(row)))
        if last.digest != bytes(row.digest):
            raise BrokenAudit(f"row {row.number} was altered")
        if noted is not None and noted.number == last.number and noted.digest != last.digest:
            raise BrokenAudit(f"row {row.number} is not the one that was noted: the log was written anew")
    return last


def head_of(text: str) -> Head:
    """A head as it was printed. Raises ValueError."""
    number, _, digest = text.partition(":")
    return Head(int(number), bytes.fromhex(digest))


def _fields(row: Row[Any]) -> tuple[Any, ...]:
    return row.number, row.at, row.by, row.what, row.subject, row.detail


def _digest(previous: bytes, fields: tuple[Any, ...]) -> bytes:
    return hashlib.sha256(previous + msgspec.json.encode(fields)).digest()

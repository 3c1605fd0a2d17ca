"""Checkpoints: what the books were at a transfer, so that verifying may begin there.

A checkpoint holds the digest of the chain and the sum of all balances of each kind and unit. Its line can be kept
outside, in a file on another machine or on paper: whoever rewrites the whole chain cannot rewrite that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, insert, select, text

from core.clock import Clock
from core.database import Database
from core.database.proofs import Finding
from core.jobs import Job
from money.tables import ledger_checkpoints, transfers

CHECKPOINT_EVERY_S = 86_400.0
ANCHOR_LINE_CHARS_MAX = 200
_STATE = text(  # one statement, so that all of it is of the same moment
    "SELECT h.transfer, h.digest, a.kind, a.unit, sum(a.balance) FROM ledger_head h CROSS JOIN accounts a "
    "GROUP BY h.transfer, h.digest, a.kind, a.unit"
)

log = structlog.get_logger("ledger")


class Checkpoint(NamedTuple):
    """`sums`: of all balances, by `KIND UNIT`."""

    transfer: int
    digest: bytes
    sums: Mapping[str, int]


class Checkpoints:
    def __init__(self, database: Database, clock: Clock, anchor_file: str) -> None:
        """`anchor_file`: where each checkpoint adds its line; empty: nowhere but in the log."""
        self._database = database
        self._clock = clock
        self._anchor_file = anchor_file

    def make(self) -> Checkpoint | None:
        """Make a checkpoint of the present state and anchor it; None if nothing was posted yet. Blocks."""
        checkpoint = self._database.write(lambda c: _make(c, self._clock()))
        if checkpoint is not None:
            log.info("checkpoint", transfer=checkpoint.transfer, digest=checkpoint.digest.hex())
            if self._anchor_file:
                moment = datetime.fromtimestamp(self._clock() / 1000, UTC).isoformat(timespec="seconds")
                with Path(self._anchor_file).open("a", encoding="ascii") as file:
                    file.write(f"{checkpoint.transfer} {checkpoint.digest.hex()} {moment}\n")
        return checkpoint

    def make_daily(self, _: Job) -> None:
        self.make()


def last(connection: Connection) -> Checkpoint | None:
    row = connection.execute(
        select(ledger_checkpoints.c.transfer, ledger_checkpoints.c.digest, ledger_checkpoints.c.sums)
        .order_by(ledger_checkpoints.c.transfer.desc())
        .limit(1)
    ).first()
    return Checkpoint(row.transfer, bytes(row.digest), row.sums) if row else None


def state(connection: Connection) -> Checkpoint | None:
    """What a checkpoint of this moment would be."""
    rows = connection.execute(_STATE).all()
    if not rows or not rows[0][0]:
        return None
    return Checkpoint(rows[0][0], bytes(rows[0][1]), {f"{kind} {unit}": int(total) for _, _, kind, unit, total in rows})


def wrong_anchors(connection: Connection, file: Path) -> Iterator[Finding]:
    """Lines of an anchor file that the chain does not have. It may be missing only before the first checkpoint."""
    if not file.is_file():
        if last(connection) is not None:
            yield Finding("anchors", "file", "it is missing; `cadeau ledger checkpoint` begins another one")
        return
    with file.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            number, _, rest = line[:ANCHOR_LINE_CHARS_MAX].partition(" ")
            if not number.isdecimal() or len(number) > 18:
                yield Finding("anchors", "file", f"this line is no anchor: {line[:40].strip()!r}")
                continue
            digest = connection.execute(select(transfers.c.digest).where(transfers.c.id == int(number))).scalar()
            if digest is None or bytes(digest).hex() != rest.split(" ")[0].strip():
                yield Finding("anchors", f"transfer {number}", "its digest is not the one that was noted outside")


def _make(connection: Connection, at: int) -> Checkpoint | None:
    now, earlier = state(connection), last(connection)
    if now is None or (earlier is not None and earlier.transfer >= now.transfer):
        return earlier
    connection.execute(
        insert(ledger_checkpoints).values(transfer=now.transfer, digest=now.digest, at=at, sums=dict(now.sums))
    )
    return now

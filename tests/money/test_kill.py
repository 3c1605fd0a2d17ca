"""Acknowledged gifts survive a SIGKILL, and the ledger verifies afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import Database
from money.ledger.proofs import verify
from money.tables import entries, transfers

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("acknowledged_min", [1, 1_000])
def test_no_acknowledged_gift_is_lost_when_the_process_is_killed(database_url: str, acknowledged_min: int) -> None:
    acknowledged = storm(database_url, "first", acknowledged_min) + storm(database_url, "second", acknowledged_min)
    database = Database(database_url)
    try:
        rows = database.read(
            lambda c: c.execute(
                select(transfers.c.key, entries.c.balance_after)
                .join(entries, entries.c.transfer == transfers.c.id)
                .where(transfers.c.kind == "gift", entries.c.amount == -30)
            ).all()
        )
        kept = {key: balance for key, balance in rows}  # noqa: C416  dict(rows) is not typed
        assert database.read(verify) == []
    finally:
        database.close()
    assert len(acknowledged) >= 2 * acknowledged_min
    assert {line: kept.get(line.split()[0]) for line in acknowledged} == {
        line: int(line.split()[1]) for line in acknowledged
    }


def storm(url: str, run: str, acknowledged_min: int) -> list[str]:
    """Run the storm until it has acknowledged enough gifts, kill it, and return all acknowledged keys."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.money.storm", url, run], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        lines = [process.stdout.readline() for _ in range(acknowledged_min)]
        process.kill()
        lines += process.stdout.readlines()
    process.wait(10)
    assert process.returncode == -9
    return [line for line in lines if line.endswith("\n")]  # the last one may be truncated

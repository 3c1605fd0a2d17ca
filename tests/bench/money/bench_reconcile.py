"""Measure the reconciliation of 100,000 provider rows: `python -m tests.bench reconcile`.

The rows come from a stand-in for Stripe in a process of its own, a hundred a page, over HTTP. All of them are known
here, and one cent of one of them differs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import msgspec
from sqlalchemy import insert

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database
from money.ledger import Ledger
from money.providers.stripe import Stripe
from money.reconciliation.differences import Differences
from money.reconciliation.reconciliation import DAY_MS, Reconciliation
from money.tables import movements
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, stripe_server

ROWS = 100_000
TARGET_S = 60.0


def serve(pipe: Pipe, rows: int, at: int) -> None:
    """A stand-in for Stripe with so many charges, until the pipe is closed."""
    with stripe_server() as server:
        server.now = at // 1000
        for number in range(rows):
            server.move("charge", 499 if number else 500, 44, f"ch_{number}")
        pipe.send((server.url, [row["id"] for row in server.transactions]))
        pipe.recv()


def run(rows: int) -> tuple[float, int, float]:
    """Seconds, differences found, and by how many MB the peak of this process's memory grew meanwhile."""
    at = system_clock() - DAY_MS
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, rows, at), daemon=True)
    process.start()
    url, refs = ours.recv()
    with tempfile.TemporaryDirectory(prefix="cadeau-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate(database)
        stripe = Stripe(
            secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_url=url, site_url="", clock=system_clock
        )  # fmt: skip
        known = [
            {
                "provider": "stripe", "ref": ref, "kind": "payment", "amount_minor": 499, "fee_minor": 44,
                "currency": "USD", "at": at,
            }
            for ref in refs
        ]  # fmt: skip
        database.write(lambda c: c.execute(insert(movements), known))
        differences = Differences(system_clock)
        before = _peak_mb()
        begin = time.perf_counter()
        done = Reconciliation(database, system_clock, Ledger(), stripe, differences).run(days=2)
        seconds = time.perf_counter() - begin
        assert done.rows == rows, msgspec.structs.asdict(done)
        stripe.close()
        database.close()
    ours.send(None)
    process.join()
    return seconds, done.found, _peak_mb() - before


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench reconcile", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    rows = parser.parse_args().rows
    line("machine", machine())
    seconds, found, grown = run(rows)
    assert found == 1, found
    figure("reconcile", seconds, "s", TARGET_S, more=f"  {rows:,} rows, {found} cent found")
    line("memory", f"grew by {grown:.1f} MB over the peak of preparing the rows")


if __name__ == "__main__":
    main()

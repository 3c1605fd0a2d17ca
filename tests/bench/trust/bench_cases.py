"""Measure claiming a case among 100,000: `python -m tests.bench cases`.

Fifty moderators hold one; all others decide theirs at once, so that each claim looks for another one.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, update

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database
from core.identity import Identity
from core.ids import new_id
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from trust.cases.queue import Queue
from trust.cases.tables import cases

CASES = 100_000
DECIDED = 200_000
CLAIMS = 2_000
HELD = 50  # of them are not decided, because their moderators still look at them
TARGET_MS = 1.0


def fill(database: Database) -> None:
    def row(number: int, state: str) -> dict[str, object]:
        return {
            "id": new_id(), "kind": "video", "subject": f"{state}{number}", "about": f"p{number % 5_000}",
            "state": state, "reason": "hate", "evidence": "words", "reports": 1, "rank": number * 7_919 % CASES,
            "opened_at": number, "version": 1, "lease_until": 0,
        }  # fmt: skip

    for count, state in ((DECIDED, "decided"), (CASES, "open")):
        rows = [row(number, state) for number in range(count)]
        database.write(lambda c, rows=rows: c.execute(insert(cases), rows))  # type: ignore[misc]


def main() -> None:
    print(machine())
    queue = Queue(system_clock)
    with tempfile.TemporaryDirectory(prefix="cadeau-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate(database)
        fill(database)
        spent: list[float] = []
        claimed = set()
        with database.engine.begin() as connection:
            for number in range(CLAIMS):
                who = Identity(f"m{number}", "", "", "moderator", True)
                begin = time.thread_time()
                taken = queue.claim(connection, who, moderators=2)
                spent.append(1_000 * (time.thread_time() - begin))
                assert taken is not None
                claimed.add(taken[0].id)
                if number >= HELD:
                    connection.execute(
                        update(cases).where(cases.c.id == taken[0].id).values(state="decided", holder="")
                    )
        database.close()
    spent.sort()
    figure("claim", spent[len(spent) * 99 // 100], "ms of CPU, p99", TARGET_MS)
    line("", f"median {spent[len(spent) // 2]:.2f} ms; {len(claimed):,} of {CLAIMS:,} claims got a case of their own")


if __name__ == "__main__":
    main()

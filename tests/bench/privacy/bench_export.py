"""Measure a copy of 2 GB of somebody's data: `python -m tests.bench export`.

CPU and memory are those of the process that makes it, beyond what it takes when it is idle.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import time
from datetime import date
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, insert

from cadeau.app import Cadeau, open_cadeau
from cadeau.migrations import migrate
from core.database import Database
from core.ids import new_id
from core.jobs import Job
from core.settings import Settings
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from vod.tables import feed_events, video_files, videos

FILES, FILE_BYTES = 8, 256 * 1024 * 1024
EVENTS = 20_000
MEMORY_MB, CPU_S = 64.0, 2.0


def fill(cadeau: Cadeau, folder: Path) -> str:
    """Files of different zeros: what is in them costs nothing to make, and as much to copy."""
    person = cadeau.people.accounts.join("ann", "correct horse battery", date(1990, 5, 17)).id
    media = folder / "media" / "videos"
    media.mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        key = f"videos/{hashlib.sha256(str(number).encode()).hexdigest()}.mp4"
        with (folder / "media" / key).open("wb") as file:
            for _ in range(FILE_BYTES // 2**20):
                file.write(bytes(2**20))
        video: dict[str, object] = {"id": new_id(), "person": person, "state": "ready", "created_at": 1}
        row: dict[str, object] = {
            "video": video["id"],
            "role": "720",
            "key": key,
            "width": 720,
            "height": 1280,
            "bytes": FILE_BYTES,
        }
        cadeau.core.database.write(partial(add, video, row))
    rows = [{"id": new_id(), "viewer": person, "video": "v", "kind": "view", "at": 1} for _ in range(EVENTS)]
    cadeau.core.database.write(lambda c: c.execute(insert(feed_events), rows))
    return person


def add(video: dict[str, object], row: dict[str, object], connection: Connection) -> None:
    connection.execute(insert(videos).values(video))
    connection.execute(insert(video_files).values(row))


def peak_mb() -> float:
    """Since the last `forget_peak`."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def main() -> None:
    print(machine())
    with tempfile.TemporaryDirectory(prefix="cadeau-bench-") as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'cadeau.db'}")
        migrate(database)
        database.close()
        cadeau = open_cadeau(Settings(data_dir=folder))
        person = fill(cadeau, folder)
        export = cadeau.core.database.write(lambda c: cadeau.privacy.exports.ask(c, person))
        forget_peak()
        idle, cpu, began = peak_mb(), time.process_time(), time.perf_counter()
        cadeau.privacy.exporting.run(Job(new_id(), "privacy.export", export.id, {}, 1))
        spent, took, more = time.process_time() - cpu, time.perf_counter() - began, peak_mb() - idle
        made = cadeau.core.database.read(lambda c: cadeau.privacy.exports.of(c, person))[0]
        assert made.state == "ready"
        line("size", f"{made.bytes / 1e9:.2f} GB, {EVENTS:,} rows, in {took:.1f} s")
        figure("CPU", spent, "s", CPU_S)
        figure("memory", more, "MB", MEMORY_MB, more=f", {idle:.0f} MB idle")
        cadeau.close()


if __name__ == "__main__":
    main()

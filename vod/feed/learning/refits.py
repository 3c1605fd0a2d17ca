"""The refit: a job that finds in all likes at once which videos go together, in a process of its own.

The process may be killed at any time: until its whole result is stored, nobody sees any of it.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path

import msgspec
import numpy as np
from sqlalchemy import select

from core.database import Database
from core.ids import time_of
from core.jobs import Job
from core.sandbox import isolated_python
from vod.feed.learning.changes import Changes
from vod.feed.learning.snapshots import Snapshots
from vod.feed.recommender.fit import Fit
from vod.tables import feed_events

REFIT_S_MAX = 1_200.0
REFIT_BYTES_MAX = 2 * 2**30  # of memory
REFIT_EVENTS_MAX = 5_000_000
STOP_POLL_S = 0.2
ROOT = Path(__file__).resolve().parents[3]
_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from vod.feed.learning.refit_child import main; main()"


class RefitFailed(Exception):
    """The process died or took too long: the next one may succeed."""


class Order(msgspec.Struct):
    """What the child process is told, on its standard input: a URL may hold a password."""

    url: str
    target: str


class Refits:
    def __init__(self, database: Database, snapshots: Snapshots, changes: Changes, scratch: Path) -> None:
        self._database = database
        self._snapshots = snapshots
        self._changes = changes
        self._scratch = scratch

    def run(self, job: Job) -> None:
        """Refit, and tell all nodes, unless nothing has happened since the last one. Blocks. Raises RefitFailed."""
        last = next((snapshot for snapshot, _ in self._snapshots.newest("fit")), "")
        newest = select(feed_events.c.at).order_by(feed_events.c.id.desc()).limit(1)
        at = self._database.read(lambda c: c.execute(newest).scalar_one_or_none())
        if at is None or at < time_of(last):
            return
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix="refit-") as folder:
            target = Path(folder) / "fit.npz"
            fit_in_child(self._database.url, target, job)
            body = target.read_bytes()
        fit_of(body)
        snapshot = self._snapshots.save("fit", body)
        self._database.write(lambda c: self._changes.add(c, "fit", snapshot))


def fit_in_child(url: str, target: Path, job: Job) -> None:
    """Raises RefitFailed, JobLost."""
    child = subprocess.Popen(
        isolated_python(_BOOT, str(ROOT)), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}, start_new_session=True,
    )  # fmt: skip
    try:
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(msgspec.json.encode(Order(url, str(target))))
        child.stdin.close()
        began = time.monotonic()
        while child.poll() is None:
            job.progress("fitting", 50)
            if time.monotonic() - began > REFIT_S_MAX:
                raise RefitFailed("it took too long")
            time.sleep(STOP_POLL_S)
        if child.returncode != 0:
            raise RefitFailed(f"status {child.returncode}: {child.stderr.read()[-2000:].decode(errors='replace')}")
    except BrokenPipeError:
        raise RefitFailed("it died at once") from None
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()


def body_of(fit: Fit) -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, videos=fit.videos, neighbours=fit.neighbours, weights=fit.weights)
    return file.getvalue()


def fit_of(body: bytes) -> Fit:
    """Raises ValueError for what `body_of` did not make."""
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            return Fit(arrays["videos"], arrays["neighbours"], arrays["weights"])
    except (zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
        raise ValueError("not the result of a refit") from error

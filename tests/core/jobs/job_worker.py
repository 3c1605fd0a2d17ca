"""A worker process that claims a job and never finishes it: `python -m tests.core.jobs.job_worker URL KIND LEAP_MS`.

Its clock is LEAP_MS ahead.
"""

from __future__ import annotations

import asyncio
import sys
import threading

from core.clock import system_clock
from core.database import Database
from core.jobs import Job, JobKind, Jobs, Lane


def hang(job: Job) -> None:
    print(job.id, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    _, url, kind, leap_ms = sys.argv
    jobs = Jobs(Database(url), lambda: system_clock() + int(leap_ms))
    asyncio.run(jobs.run({kind: JobKind(hang, Lane.MEDIA)}))

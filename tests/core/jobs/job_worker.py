"""A worker process that claims a job and never finishes it: `python -m tests.core.jobs.job_worker URL`."""

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
    asyncio.run(Jobs(Database(sys.argv[1]), system_clock).run({"work": JobKind(hang, Lane.MEDIA)}))

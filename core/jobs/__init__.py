"""Jobs: long work in a table, in lanes, with schedules."""

from core.jobs.jobs import Jobs
from core.jobs.kinds import Job, JobHandler, JobKind, JobLost, JobRejected, JobView, Lane, Schedule
from core.jobs.table import ATTEMPTS_MAX, LEASE_MS, RETENTION_MS, JobTable

__all__ = [
    "ATTEMPTS_MAX",
    "LEASE_MS",
    "RETENTION_MS",
    "Job",
    "JobHandler",
    "JobKind",
    "JobLost",
    "JobRejected",
    "JobTable",
    "JobView",
    "Jobs",
    "Lane",
    "Schedule",
]

"""Tells everybody who follows a person, a few at a time: somebody may have a million followers."""

from __future__ import annotations

from core.clock import Clock
from core.database import Database
from core.jobs import Job
from people.follows import Follows
from people.inbox.notices import HOUR_MS, Notice
from people.inbox.notifications import Notifications

FOLLOWERS_PER_BATCH = 250  # told in one transaction
NEWS_MS_MAX = HOUR_MS  # a job that comes later has nothing new to tell


class Followers:
    """Runs the jobs of `Notifications.tell_followers`. A job that is run again tells nobody twice."""

    def __init__(self, database: Database, clock: Clock, follows: Follows, notifications: Notifications) -> None:
        self._database = database
        self._clock = clock
        self._follows = follows
        self._notifications = notifications

    def tell(self, job: Job) -> None:
        kind, by = job.arguments["kind"], job.arguments["by"]
        after = ""
        while self._clock() - job.arguments["at"] < NEWS_MS_MAX:
            batch = self._database.read(lambda c: self._follows.followers(c, by, after, FOLLOWERS_PER_BATCH))  # noqa: B023
            if not batch:
                return
            notices = [Notice(follower, kind, by, job.subject) for follower in batch]
            self._database.write(lambda c: self._notifications.tell(c, notices))  # noqa: B023
            after = batch[-1]
            job.progress("telling", 0)

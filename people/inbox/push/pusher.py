"""Pushes what is new in an inbox to its person's browsers. Which inboxes are due is in SQL: no node's end loses one.

An inbox that is due is leased by one node. Each subscription remembers up to when it has been told, so that what one
push service refuses is tried again there and repeated nowhere.

Anybody can name a push service that hangs. A round of one person therefore ends in time, and people of whom a round
was slow share a few threads for a while.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Row, case, delete, func, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Overloaded
from core.executors import BoundedExecutor
from core.outages import is_outage
from people.inbox.push.keys import ServerKeys
from people.inbox.push.sending import Outcome, Subscriber, send
from people.inbox.push.texts import pushed
from people.inbox.reading import Group, Inboxes
from people.inbox.switches import switches_of
from people.tables import inboxes, push_subscriptions, sessions

PUSH_THREADS = 8
SLOW_THREADS = 2  # for people of whom a round took longer than SLOW_ROUND_S
SLOW_ROUND_S = 4.0
SLOW_FOR_S = 600.0  # since then: who is quick in between, only to be slow again, does not get out of it
SLOW_PEOPLE_MAX = 1_000  # remembered by this process
PUSH_QUEUED_MAX = 200  # people, for each of the two
POLL_S = 1.0
ROUND_S = 30.0  # of one person; then no other browser is begun with
LEASE_MS = 180_000  # ROUND_S, and what the last browser takes: TIMEOUT_S and a look-up of 30 s for each message
PUSHES_AT_ONCE_MAX = 3  # to one browser; older news is only in the inbox
PUSH_AGE_MS_MAX = 6 * 3_600_000  # what is older is no news
FAILURES_MAX = 8  # in a row; then the subscription is removed
BACKOFF_MS = 30_000  # doubled with each failure
BACKOFF_MS_MAX = 3_600_000

log = structlog.get_logger("push")


class Pusher:
    def __init__(
        self, database: Database, clock: Clock, inboxes_: Inboxes, keys: ServerKeys, contact: str, *, private: bool
    ) -> None:
        """`contact`: a mailto: or https: URL for the operators of push services. `private`: see `check_endpoint`."""
        self._database = database
        self._clock = clock
        self._inboxes = inboxes_
        self._keys = keys
        self._contact = contact
        self._private = private
        self._fast = BoundedExecutor("push", PUSH_THREADS, PUSH_QUEUED_MAX)
        self._slow = BoundedExecutor("slow-push", SLOW_THREADS, PUSH_QUEUED_MAX)
        self._busy: set[str] = set()  # people whose inbox is queued or at work here
        self._slow_people: OrderedDict[str, float] = OrderedDict()  # since when (monotonic), the latest last

    @property
    def slow_people(self) -> AbstractSet[str]:
        return set(self._slow_people)

    def close(self) -> None:
        self._fast.close(1.0)  # a push service may hang
        self._slow.close(0.0)

    async def run(self) -> None:
        """Push whatever is due, until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            self._forgive()
            waiting = set(self._busy)
            if self._slow.queued >= PUSH_QUEUED_MAX:
                waiting |= self.slow_people
            try:
                due = await self._database.read_async(partial(self._due, waiting))
            except Exception as error:
                if not is_outage(error):
                    raise
                continue
            for person in due:
                self._begin(person)

    def _begin(self, person: str) -> None:
        executor = self._slow if person in self._slow_people else self._fast
        try:
            future = executor.submit(self._push_safely, person)
        except Overloaded:  # it stays due
            return
        self._busy.add(person)
        asyncio.wrap_future(future).add_done_callback(partial(self._done, person))

    def _done(self, person: str, round_s: asyncio.Future[float]) -> None:
        self._busy.discard(person)
        if not round_s.cancelled() and round_s.result() > SLOW_ROUND_S:
            self._slow_people.pop(person, None)
            self._slow_people[person] = time.monotonic()
            if len(self._slow_people) > SLOW_PEOPLE_MAX:
                self._slow_people.popitem(last=False)

    def _forgive(self) -> None:
        """Forget of whom the last slow round is long ago."""
        before = time.monotonic() - SLOW_FOR_S
        while self._slow_people and next(iter(self._slow_people.values())) < before:
            self._slow_people.popitem(last=False)

    def _due(self, waiting: AbstractSet[str], connection: Connection) -> list[str]:
        """Whose inbox is due, those who have waited longest first, without those who are waiting here already."""
        due = select(inboxes.c.person).where(inboxes.c.push_due_at <= self._clock(), inboxes.c.person.not_in(waiting))
        return list(connection.execute(due.order_by(inboxes.c.push_due_at).limit(PUSH_QUEUED_MAX)).scalars())

    def _push_safely(self, person: str) -> float:
        """Returns the seconds it took."""
        began = time.monotonic()
        try:
            self.push(person)
        except Exception as error:  # the lease runs out, and somebody tries again
            if not is_outage(error):
                log.exception("cannot push", person=person)
        return time.monotonic() - began

    def push(self, person: str) -> None:
        """Push what is new to one person, unless another node is at it. Blocks."""
        version = self._database.write(lambda c: self._lease(c, person))
        if version is None:
            return
        subscriptions, groups = self._database.read(lambda c: self._news(c, person))
        until = time.monotonic() + ROUND_S
        outcomes = [
            self._push_to(one, groups) if time.monotonic() < until else Outcome("late") for one in subscriptions
        ]
        told_until = max((group.at for group in groups), default=0)
        self._database.write(lambda c: self._finish(c, person, version, subscriptions, outcomes, told_until))

    def _lease(self, connection: Connection, person: str) -> int | None:
        """The inbox's version; None if it is not due any more."""
        now = self._clock()
        taken = update(inboxes).where(inboxes.c.person == person, inboxes.c.push_due_at <= now)
        taken = taken.values(push_due_at=now + LEASE_MS, push_leased=1)
        return connection.execute(taken.returning(inboxes.c.version)).scalar()

    def _news(self, connection: Connection, person: str) -> tuple[Sequence[Row[Any]], list[Group]]:
        """The subscriptions that may be told now, those that never fail first, and what may be new to one of them, the
        oldest first."""
        now = self._clock()
        query = (
            select(push_subscriptions)
            .join(sessions, sessions.c.token_digest == push_subscriptions.c.session)
            .where(push_subscriptions.c.person == person, sessions.c.expires_at > now)
            .where(push_subscriptions.c.retry_at <= now)
            .order_by(push_subscriptions.c.failures, push_subscriptions.c.retry_at)
        )
        found = connection.execute(query).all()
        if not found:
            return [], []
        kinds = [kind for kind, switch in switches_of(connection, person).items() if switch.push]
        after = max(min(row.pushed_until for row in found), now - PUSH_AGE_MS_MAX)
        return found, self._inboxes.newer(connection, person, kinds, after)

    def _push_to(self, subscription: Row[Any], groups: Sequence[Group]) -> Outcome:
        """The first outcome that is not good, or "sent"."""
        subscriber = Subscriber(subscription.endpoint, subscription.p256dh, subscription.auth)
        news = [group for group in groups if group.at > subscription.pushed_until]
        for group in news[-PUSHES_AT_ONCE_MAX:]:
            outcome = send(subscriber, pushed(group, subscription.language), self._authorize, private=self._private)
            if outcome.verdict != "sent":
                return outcome
        return Outcome("sent")

    def _authorize(self, origin: str) -> str:
        return self._keys.authorization(origin, self._contact)

    def _finish(
        self,
        connection: Connection,
        person: str,
        version: int,
        subscriptions: Sequence[Row[Any]],
        outcomes: Sequence[Outcome],
        told_until: int,
    ) -> None:
        """Remember who was told, and when to try the others again."""
        now = self._clock()
        for row, outcome in zip(subscriptions, outcomes, strict=True):
            one = push_subscriptions.c.id == row.id, push_subscriptions.c.created_at == row.created_at
            failures = row.failures + 1
            if outcome.verdict == "late":
                connection.execute(update(push_subscriptions).where(*one).values(retry_at=now + BACKOFF_MS))
                continue
            if outcome.verdict == "gone" or (outcome.verdict != "sent" and failures >= FAILURES_MAX):
                connection.execute(delete(push_subscriptions).where(*one))
                continue
            values = {"failures": 0, "pushed_until": max(row.pushed_until, told_until)}
            if outcome.verdict == "failed":
                pause_ms = min(BACKOFF_MS * 2**row.failures, BACKOFF_MS_MAX)
                values = {"failures": failures, "retry_at": now + max(pause_ms, int(outcome.retry_s * 1000))}
            elif outcome.verdict == "refused":  # this message will never be taken, perhaps the next one
                values["failures"] = failures
            connection.execute(update(push_subscriptions).where(*one).values(values))
        waiting = select(func.min(push_subscriptions.c.retry_at)).where(
            push_subscriptions.c.person == person, push_subscriptions.c.retry_at > now
        )
        retry_at = connection.execute(waiting).scalar()
        due = case((inboxes.c.version == version, retry_at), else_=now)  # something has changed meanwhile
        mine = update(inboxes).where(inboxes.c.person == person, inboxes.c.push_leased == 1)
        connection.execute(mine.values(push_due_at=due, push_leased=0))

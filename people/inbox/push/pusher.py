"""Pushes what is new in an inbox to its person's browsers. Which inboxes are due is in SQL: no node's end loses one.

An inbox that is due is leased by one node. Each subscription remembers up to when it has been told, so that what one
push service refuses is tried again there and repeated nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
PUSH_QUEUED_MAX = 200
POLL_S = 1.0
LEASE_MS = 180_000  # longer than all subscriptions of a person can take
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
        self._executor = BoundedExecutor("push", PUSH_THREADS, PUSH_QUEUED_MAX)
        self._busy: set[str] = set()  # people whose inbox is queued or at work here

    def close(self) -> None:
        self._executor.close(1.0)  # a push service may hang

    async def run(self) -> None:
        """Push whatever is due, until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                due = await self._database.read_async(self._due)
            except Exception as error:
                if not is_outage(error):
                    raise
                continue
            for person in due:
                if person in self._busy:
                    continue
                try:
                    future = self._executor.submit(self._push_safely, person)
                except Overloaded:
                    break
                self._busy.add(person)
                asyncio.wrap_future(future).add_done_callback(partial(self._done, person))

    def _done(self, person: str, _: asyncio.Future[None]) -> None:
        self._busy.discard(person)

    def _due(self, connection: Connection) -> list[str]:
        due = select(inboxes.c.person).where(inboxes.c.push_due_at <= self._clock())
        return list(connection.execute(due.order_by(inboxes.c.push_due_at).limit(PUSH_QUEUED_MAX)).scalars())

    def _push_safely(self, person: str) -> None:
        try:
            self.push(person)
        except Exception as error:  # the lease runs out, and somebody tries again
            if not is_outage(error):
                log.exception("cannot push", person=person)

    def push(self, person: str) -> None:
        """Push what is new to one person, unless another node is at it. Blocks."""
        version = self._database.write(lambda c: self._lease(c, person))
        if version is None:
            return
        subscriptions, groups = self._database.read(lambda c: self._news(c, person))
        outcomes = [self._push_to(one, groups) for one in subscriptions]
        told_until = max((group.at for group in groups), default=0)
        self._database.write(lambda c: self._finish(c, person, version, subscriptions, outcomes, told_until))

    def _lease(self, connection: Connection, person: str) -> int | None:
        """The inbox's version; None if it is not due any more."""
        now = self._clock()
        taken = update(inboxes).where(inboxes.c.person == person, inboxes.c.push_due_at <= now)
        taken = taken.values(push_due_at=now + LEASE_MS, push_leased=1)
        return connection.execute(taken.returning(inboxes.c.version)).scalar()

    def _news(self, connection: Connection, person: str) -> tuple[Sequence[Row[Any]], list[Group]]:
        """The subscriptions that may be told now, and what may be new to one of them, the oldest first."""
        now = self._clock()
        query = (
            select(push_subscriptions)
            .join(sessions, sessions.c.token_digest == push_subscriptions.c.session)
            .where(push_subscriptions.c.person == person, sessions.c.expires_at > now)
            .where(push_subscriptions.c.retry_at <= now)
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

"""Closes accounts that nobody has used for years, after two warnings, by the same way as an erasure that was asked for.

Each account is one transaction, so a job that is killed goes on where it was, and nobody is warned twice.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import structlog
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.jobs import Job
from core.privacy import Hooks
from people.inbox.notices import Notice, Notifies
from people.leaving.unused import DAY_MS, last_use, unused_since
from people.mail.outbox import MailKind, Outbox
from people.sessions import end_sessions
from trust.privacy.erasure.erasures import Erasures
from trust.privacy.tables import unused_warnings

UNUSED_DAYS = 1_095
WARNED_DAYS = (30, 7)  # before that
KEPT = ("staff", "restricted", "money", "payouts", "orders", "cases", "seller", "advertiser")
"""What keeps an account open for ever: staff rights, a restriction that its owner has asked for, any account of the
ledger that is not at zero, payouts, debts and disputes, orders, cases about it, selling, acting for an advertiser."""
BATCH_PEOPLE_MAX = 500

Outcome = Literal["", "warned", "closed"]

log = structlog.get_logger("privacy")


class Unused:
    def __init__(
        self, database: Database, clock: Clock, hooks: Hooks, erasures: Erasures, outbox: Outbox, inbox: Notifies
    ) -> None:
        self._database = database
        self._clock = clock
        self._hooks = hooks
        self._erasures = erasures
        self._outbox = outbox
        self._inbox = inbox

    def run(self, job: Job | None = None) -> None:
        """Warn and close whoever it is time for. Blocks."""
        done: Counter[Outcome] = Counter()
        before = self._clock() - (UNUSED_DAYS - WARNED_DAYS[0]) * DAY_MS
        after = ""
        while some := self._database.read(partial(unused_since, before=before, after=after, limit=BATCH_PEOPLE_MAX)):
            for person in some:
                done[self._database.write(partial(self._go_on, person=person))] += 1
            after = some[-1]
            if job is not None:
                job.progress(after, 0)
        if done["warned"] or done["closed"]:
            log.info("unused accounts", warned=done["warned"], closed=done["closed"])

    def _go_on(self, connection: Connection, person: str) -> Outcome:
        """The next step of an account, if it is time for it."""
        account, now = last_use(connection, person), self._clock()
        if account is None or account.closing_at or account.erased_at:
            return ""
        if account.role != "member" or account.restricted_at or self._hooks.keeping(connection, person) is not None:
            _forget(connection, person)
            return ""
        idle_days = (now - account.used_at) // DAY_MS
        row = connection.execute(select(unused_warnings).where(unused_warnings.c.person == person)).first()
        stage, since = (row.stage, row.at) if row is not None and row.used_at == account.used_at else (0, 0)
        if stage < len(WARNED_DAYS):
            first, second = WARNED_DAYS
            waited = stage == 0 or now - since >= (first - second) * DAY_MS  # also where this job was late
            if not waited or idle_days < UNUSED_DAYS - WARNED_DAYS[stage]:
                return ""
            self._warn(connection, person, account.used_at, stage, now)
            return "warned"
        if now - since < WARNED_DAYS[-1] * DAY_MS or idle_days < UNUSED_DAYS:
            return ""
        self._close(connection, person)
        return "closed"

    def _warn(self, connection: Connection, person: str, used_at: int, stage: int, now: int) -> None:
        days = WARNED_DAYS[stage]
        _note(connection, {"person": person, "used_at": used_at, "stage": stage + 1, "at": now})
        self._inbox.tell(connection, [Notice(person, "unused", person, item=f"{used_at}.{stage}", text=f"{days}")])
        self._mail(connection, person, "unused_account", datetime.fromtimestamp(now / 1000 + days * 86_400, UTC))

    def _close(self, connection: Connection, person: str) -> None:
        self._erasures.ask(connection, person)
        end_sessions(connection, person)
        _forget(connection, person)
        until = self._clock() / 1000 + self._erasures.undo_days * 86_400
        self._mail(connection, person, "unused_closing", datetime.fromtimestamp(until, UTC))

    def _mail(self, connection: Connection, person: str, kind: MailKind, until: datetime) -> None:
        self._outbox.tell(connection, person, kind, f"{until:%Y-%m-%d}")


def _note(connection: Connection, row: dict[str, str | int]) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(unused_warnings).values(row)
    connection.execute(new.on_conflict_do_update(index_elements=["person"], set_=row))


def _forget(connection: Connection, person: str) -> None:
    connection.execute(delete(unused_warnings).where(unused_warnings.c.person == person))

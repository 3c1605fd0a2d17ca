"""Files for the bank: one admin makes a file, another approves it, and only then can it be downloaded and sent.

Approving sends every payout in it, in the transaction that stores the file's content: what can be downloaded is what
the books say. The bank's statement says how each went.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import structlog
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, NotFound
from core.ids import new_id
from money.errors import AnotherAdminNeeded, FileChanged, PayoutNotOpen
from money.payouts.bank.statements import Entry
from money.payouts.checks import Checks
from money.payouts.notices import PayoutNotices
from money.payouts.rails import Paid, Payment, Sepa
from money.payouts.rails.rail import Returned
from money.payouts.sending import Sending
from money.payouts.states import COLUMNS, Payout, States, find, payout_of
from money.tables import payout_files, payouts

FILE_PAYOUTS_MAX = 500
FILES_SHOWN_MAX = 50
UNKNOWN_SHOWN_MAX = 50

FileState = Literal["made", "approved", "withdrawn"]
log = structlog.get_logger("payouts")


class PayoutFile(msgspec.Struct, frozen=True):
    """`count` and `total_minor`: as it is now, or was when it was approved."""

    id: str
    state: FileState
    count: int
    total_minor: int
    made_by: str
    made_at: int
    approved_by: str | None
    approved_at: int | None


class Answered(msgspec.Struct):
    """What a statement told: payouts that are now paid or returned, those we knew of, and what does not fit."""

    paid: int = 0
    returned: int = 0
    known: int = 0
    others: int = 0  # entries that are not about payouts
    differences: list[str] = []


class Files:
    def __init__(
        self, database: Database, clock: Clock, states: States, checks: Checks, sending: Sending,
        notices: PayoutNotices, rail: Sepa,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._states = states
        self._checks = checks
        self._sending = sending
        self._notices = notices
        self._rail = rail

    def make(self, connection: Connection, admin: str) -> PayoutFile:
        """Collect approved payouts that are in no file. Raises Conflict if there are none."""
        free = (
            select(payouts.c.id)
            .where(payouts.c.state == "approved", payouts.c.rail == Sepa.name, payouts.c.file.is_(None))
            .order_by(payouts.c.id).limit(FILE_PAYOUTS_MAX).with_for_update()
        )  # fmt: skip
        taken = list(connection.execute(free).scalars())
        if not taken:
            raise Conflict("No approved payout waits for a file.")
        made = new_id()
        connection.execute(update(payouts).where(payouts.c.id.in_(taken)).values(file=made))
        row = {
            "id": made, "state": "made", "count": 0, "total_minor": 0, "made_by": admin, "made_at": self._clock(),
            "approved_by": None, "approved_at": None, "content": None,
        }  # fmt: skip
        connection.execute(insert(payout_files).values(row))
        return self.file(connection, made)

    def file(self, connection: Connection, id: str) -> PayoutFile:
        """Raises NotFound."""
        row = connection.execute(_FILE.where(payout_files.c.id == id)).first()
        if row is None:
            raise NotFound("There is no such file.")
        return self._as_it_is(connection, row)

    def all(self, connection: Connection) -> list[PayoutFile]:
        """The newest first."""
        rows = connection.execute(_FILE.order_by(payout_files.c.id.desc()).limit(FILES_SHOWN_MAX)).all()
        return [self._as_it_is(connection, row) for row in rows]

    def withdraw(self, connection: Connection, id: str) -> PayoutFile:
        """Let go of a file that is not approved: another may have its payouts. Raises NotFound, PayoutNotOpen."""
        row = connection.execute(_FILE.where(payout_files.c.id == id).with_for_update()).first()
        if row is None:
            raise NotFound("There is no such file.")
        if row.state == "approved":
            raise PayoutNotOpen("The file is approved already.")
        connection.execute(update(payout_files).where(payout_files.c.id == id).values(state="withdrawn"))
        free = update(payouts).where(payouts.c.file == id, payouts.c.state == "approved")
        connection.execute(free.values(file=None))
        return self.file(connection, id)

    def approve(self, id: str, admin: str, count: int, total_minor: int) -> PayoutFile:
        """Approve a file as this admin saw it. Again changes nothing. Blocks.

        Raises NotFound, AnotherAdminNeeded, PayoutNotOpen, FileChanged.
        """
        seen = self._database.write(lambda c: self._inspect(c, id, admin))
        if seen is None:
            return self._database.read(lambda c: self.file(c, id))
        if (len(seen), sum(one.net_minor for one in seen)) != (count, total_minor) or not seen:
            raise FileChanged
        now = self._clock()
        # Outside the transaction: checking the file against its schema takes longer than other writers should wait.
        content = self._rail.file(id, [_payment(one) for one in seen], now)
        return self._database.write(lambda c: self._approve(c, id, admin, {one.id for one in seen}, content))

    def content(self, connection: Connection, id: str) -> str:
        """The approved file. Raises NotFound."""
        found = select(payout_files.c.content).where(payout_files.c.id == id, payout_files.c.state == "approved")
        content = connection.execute(found).scalar()
        if content is None:
            raise NotFound("There is no such approved file.")
        return str(content)

    def apply(self, connection: Connection, entries: list[Entry]) -> Answered:
        """Take down what the bank says. The same statement again changes nothing."""
        answered = Answered(differences=[])
        for entry in entries:
            about = self._about(connection, entry)
            if not about:
                answered.others += 1
            elif sum(one.net_minor for one in about) != entry.amount_minor or entry.currency != about[0].currency:
                self._differs(answered, ", ".join(one.id for one in about[:3]), entry)
            else:
                for one in about:
                    self._take_down(connection, one, entry, answered)
        return answered

    def _take_down(self, connection: Connection, payout: Payout, entry: Entry, answered: Answered) -> None:
        ref = payout.file or ""
        outcome = Paid(ref) if entry.out else Returned(ref, entry.reason or "returned")
        after = self._sending.record(connection, payout.id, outcome, payout.attempt)
        fits = ("paid", "returned") if entry.out else ("returned",)
        if after is None or after.state not in fits:  # our books say that its money never left, or is back already
            self._differs(answered, f"{payout.id} is {after.state if after else 'gone'}", entry)
        elif after.state == payout.state:
            answered.known += 1
        elif after.state == "paid":
            answered.paid += 1
        else:
            answered.returned += 1

    @staticmethod
    def _differs(answered: Answered, named: str, entry: Entry) -> None:
        log.error("a statement differs from our payouts", payouts=named, minor=entry.amount_minor)
        if len(answered.differences) < UNKNOWN_SHOWN_MAX:
            answered.differences.append(f"{named}: {entry.amount_minor} {entry.currency}")

    def _about(self, connection: Connection, entry: Entry) -> list[Payout]:
        """The payouts an entry is about: one, or all of a file that was booked as a whole."""
        for named, attempt in entry.ids:
            payout = find(connection, named)
            if payout is not None and payout.rail == Sepa.name and attempt in ("", str(payout.attempt)):
                return [payout]
        for named, _ in entry.ids:
            if entry.out and (found := self._payouts_of(connection, named)):
                return [one for one in found if one.attempt]
        return []

    def _inspect(self, connection: Connection, id: str, admin: str) -> list[Payout] | None:
        """The payouts of a file to approve, after those that may not be sent have left it. None: it is approved."""
        row = connection.execute(_FILE.where(payout_files.c.id == id).with_for_update()).first()
        if row is None:
            raise NotFound("There is no such file.")
        if row.state == "approved":
            return None
        if row.state != "made":
            raise PayoutNotOpen("The file was withdrawn.")
        if row.made_by == admin:
            raise AnotherAdminNeeded("Whoever made a file cannot approve it.")
        kept = []
        for payout in self._payouts_of(connection, id):
            if payout.state != "approved":
                continue
            obstacle = self._checks.obstacle(connection, payout)
            if obstacle is None:
                kept.append(payout)
            else:
                self._notices.tell(connection, self._checks.stop(connection, payout, obstacle))
                connection.execute(update(payouts).where(payouts.c.id == payout.id).values(file=None))
        return kept

    def _approve(self, connection: Connection, id: str, admin: str, seen: set[str], content: str) -> PayoutFile:
        again = self._inspect(connection, id, admin)
        if again is None:
            return self.file(connection, id)
        if {one.id for one in again} != seen:
            raise FileChanged
        now = self._clock()
        for one in again:
            sent = self._states.move(
                connection, one.id, "sent", now, by=admin, attempt=1, answer="accepted", called_at=now, ref=id
            )
            assert sent is not None
        values = {
            "state": "approved", "count": len(again), "total_minor": sum(one.net_minor for one in again),
            "approved_by": admin, "approved_at": now, "content": content,
        }  # fmt: skip
        connection.execute(update(payout_files).where(payout_files.c.id == id).values(values))
        return self.file(connection, id)

    @staticmethod
    def _payouts_of(connection: Connection, id: str) -> list[Payout]:
        rows = connection.execute(select(*COLUMNS).where(payouts.c.file == id).order_by(payouts.c.id))
        return [payout_of(row) for row in rows]

    @staticmethod
    def _as_it_is(connection: Connection, row: Row[*tuple[Any, ...]]) -> PayoutFile:
        file = PayoutFile(*row)
        if file.state != "made":
            return file
        net = func.sum(payouts.c.amount_minor - payouts.c.fee_minor)
        now = select(func.count(), func.coalesce(net, 0)).where(
            payouts.c.file == file.id, payouts.c.state == "approved"
        )  # fmt: skip
        count, total = connection.execute(now).one()
        return msgspec.structs.replace(file, count=count, total_minor=int(total))


_FILE = select(*(payout_files.c[field] for field in PayoutFile.__struct_fields__))


def _payment(payout: Payout) -> Payment:
    assert payout.destination is not None
    return Payment(payout.id, 1, payout.net_minor, payout.currency, payout.destination)

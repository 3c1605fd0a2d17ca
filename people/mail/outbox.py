"""The outbox: mails that are to be sent, in the transaction of what they tell. The job in `sending` sends them."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, case, delete, func, insert, select

from core.clock import Clock
from core.ids import new_id
from core.jobs import Jobs
from core.text.languages import Language
from people.tables import mail_addresses, mail_outbox, people

MailKind = Literal[
    "verify",
    "address_changed",
    "address_removed",
    "reset",
    "password_changed",
    "new_sign_in",
    "factors_changed",
    "account_closing",
    "notice_received",
    "notice_upheld",
    "notice_rejected",
    "notice_reversed",
    "legal_order",
    "unused_account",
    "unused_closing",
]
SEND = "people.send_mail"
DAY_MS = 24 * 3_600_000
MAILS_PER_DAY_MAX: dict[MailKind, int] = {"reset": 3, "verify": 5, "new_sign_in": 10}
OTHERS_PER_DAY_MAX = 20
ADDRESS_PER_DAY_MAX = 5  # of one kind, to an address that is nobody's account
RECEIPTS_PER_DAY_MAX = 500  # altogether: anybody can ask for one, in the name of any address
DETAIL_CHARS_MAX = 100


class Outbox:
    """Each method is one step inside the caller's transaction; call `wake` after its commit."""

    def __init__(self, jobs: Jobs, clock: Clock, *, enabled: bool) -> None:
        """`enabled`: whether there is an SMTP server. Without one nothing is put into the outbox."""
        self._jobs = jobs
        self._clock = clock
        self.enabled = enabled

    def tell(self, connection: Connection, person: str, kind: MailKind, detail: str = "") -> bool:
        """Write to a person's proved address, if there is one."""
        mine = select(mail_addresses.c.address).where(mail_addresses.c.person == person)
        address = connection.execute(mine).scalar()
        return address is not None and self.add(connection, person, kind, address, detail=detail)

    def add(self, connection: Connection, person: str, kind: MailKind, address: str, *, detail: str = "") -> bool:
        """Whether it will be sent: not beyond a day's limit, and not without a server."""
        now = self._clock()
        day = mail_outbox.c.person == person, mail_outbox.c.kind == kind, mail_outbox.c.created_at > now - DAY_MS
        today = connection.execute(select(func.count()).select_from(mail_outbox).where(*day)).scalar_one()
        if not self.enabled or today >= MAILS_PER_DAY_MAX.get(kind, OTHERS_PER_DAY_MAX):
            return False
        connection.execute(
            insert(mail_outbox).values(
                id=new_id(), person=person, kind=kind, address=address, language=_language(connection, person),
                detail=detail[:DETAIL_CHARS_MAX], created_at=now, due_at=now,
            )
        )  # fmt: skip
        self._jobs.add(connection, SEND, "", {})
        return True

    def write_to(
        self, connection: Connection, address: str, language: Language, kind: MailKind, reference: str
    ) -> bool:  # fmt: skip
        """Write to somebody without an account. Whether it will be sent, as `add`."""
        now = self._clock()
        recent = (mail_outbox.c.created_at > now - DAY_MS) & mail_outbox.c.person.is_(None)
        recent &= mail_outbox.c.kind == kind
        same = case((func.lower(mail_outbox.c.address) == address.lower(), 1), else_=0)
        counted = select(func.count(), func.coalesce(func.sum(same), 0)).select_from(mail_outbox).where(recent)
        everybody, theirs = connection.execute(counted).one()
        flood = kind == "notice_received" and everybody >= RECEIPTS_PER_DAY_MAX
        if not self.enabled or flood or theirs >= ADDRESS_PER_DAY_MAX:
            return False
        connection.execute(
            insert(mail_outbox).values(
                id=new_id(), person=None, kind=kind, address=address, language=language,
                detail=reference[:DETAIL_CHARS_MAX], created_at=now, due_at=now,
            )
        )  # fmt: skip
        self._jobs.add(connection, SEND, "", {})
        return True

    def wake(self) -> None:
        self._jobs.wake()

    def forget_old(self, connection: Connection) -> int:
        """What was sent, or could not be, a day ago or earlier. Returns how many."""
        old = mail_outbox.c.created_at <= self._clock() - DAY_MS
        return connection.execute(delete(mail_outbox).where(old)).rowcount


def _language(connection: Connection, person: str) -> Language:
    """The one that the person has chosen; mails do not know a browser's."""
    chosen = connection.execute(select(people.c.language).where(people.c.id == person)).scalar()
    return "fr" if chosen == "fr" else "en"

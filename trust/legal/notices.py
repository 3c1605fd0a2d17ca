"""Notices of illegal content, from people without an account (Regulation (EU) 2022/2065, 16).

A notice makes a case or joins one. Whoever sent it keeps a link with a secret, which shows what became of it, and gets
the same by mail where the server sends mails. Nothing that they wrote is in a mail, so that nobody can use the form to
write to others.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, text, update

from core.clock import Clock
from core.errors import InvalidRequest
from core.ids import new_id
from core.text import clean_line, clean_lines
from core.text.languages import Language
from people.mail.addresses import ADDRESS_CHARS_MAX as EMAIL_CHARS_MAX
from people.mail.addresses import checked_address
from people.mail.outbox import MailKind, Outbox
from trust.cases.intake import Intake
from trust.cases.tables import decisions
from trust.errors import NoticeNotFound, TooManyNotices
from trust.legal.places import ADDRESS_CHARS_MAX, Places
from trust.legal.tables import legal_notices
from trust.reports import Reason

NAME_CHARS_MAX = 140
WHY_CHARS_MAX = 4_000
WHY_CHARS_MIN = 10
SECRET_BYTES = 24
SECRET_CHARS_MAX = 64
OPEN_NOTICES_MAX = 200
"""Of one subject: it is looked at for the first one as for the last."""
UNNAMED: frozenset[Reason] = frozenset({"child_safety"})
"""Reasons for which nobody has to say who they are (16(2)(c))."""
_OPEN = text("legal_notices.state = 'open'")  # literally: a parameter matches no partial index
NoticeState = Literal["open", "upheld", "rejected", "reversed"]
_MAILS: dict[str, MailKind] = {
    "upheld": "notice_upheld", "rejected": "notice_rejected", "reversed": "notice_reversed"
}  # fmt: skip


class NewNotice(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`address`: the exact page. `good_faith`: they believe that what they say is accurate and complete."""

    address: Annotated[str, msgspec.Meta(min_length=1, max_length=ADDRESS_CHARS_MAX)]
    reason: Reason
    why: Annotated[str, msgspec.Meta(max_length=WHY_CHARS_MAX)]
    name: Annotated[str, msgspec.Meta(max_length=NAME_CHARS_MAX)] = ""
    email: Annotated[str, msgspec.Meta(max_length=EMAIL_CHARS_MAX)] = ""
    good_faith: bool
    language: Language = "en"


class Received(msgspec.Struct, frozen=True):
    """`secret`: shows what becomes of the notice; told here once. `mailed`: the receipt is sent by mail, too."""

    reference: str
    secret: str
    mailed: bool


class Receipt(msgspec.Struct, frozen=True):
    """A notice as whoever sent it sees it. `decided_at`: null while nobody has decided."""

    reference: str
    address: str
    reason: Reason
    state: NoticeState
    at: int  # Unix ms
    decided_at: int | None


class Notices:
    """Each method is one step inside the caller's transaction; `wake` after its commit."""

    def __init__(self, clock: Clock, places: Places, intake: Intake, outbox: Outbox) -> None:
        self._clock = clock
        self._places = places
        self._intake = intake
        self._outbox = outbox

    def wake(self) -> None:
        """Send what is to be mailed."""
        self._outbox.wake()

    def add(self, connection: Connection, new: NewNotice) -> Received:
        """Raises InvalidRequest, AddressNotFound, TooManyNotices."""
        why, name, email = _checked(new)
        place = self._places.find(connection, new.address)
        of = legal_notices.c.kind == place.subject.kind, legal_notices.c.subject == place.subject.id
        waiting = select(func.count()).where(*of, _OPEN)
        if connection.execute(waiting).scalar_one() >= OPEN_NOTICES_MAX:
            raise TooManyNotices
        made, secret = new_id(), secrets.token_urlsafe(SECRET_BYTES)
        row = {
            "id": made, "digest": digest_of(secret), "kind": place.subject.kind, "subject": place.subject.id,
            "about": place.about, "reason": new.reason, "address": new.address.strip(), "why": why, "name": name,
            "email": email, "language": new.language, "at": self._clock(),
        }  # fmt: skip
        connection.execute(insert(legal_notices).values(row))
        self._intake.notice(connection, place.subject, place.about, new.reason, made)
        mailed = bool(email) and self._outbox.write_to(connection, email, new.language, "notice_received", made)
        return Received(made, secret, mailed)

    def receipt(self, connection: Connection, secret: str) -> Receipt:
        """Raises NoticeNotFound."""
        mine = select(legal_notices).where(legal_notices.c.digest == digest_of(secret))
        row = connection.execute(mine).first()
        if row is None:
            raise NoticeNotFound
        return Receipt(row.id, row.address, row.reason, row.state, row.at, row.decided_at or None)

    def decided(self, connection: Connection, decision: str) -> None:
        """A person has decided, or reversed a decision: whoever sent a notice hears of it (16(5)), once they may."""
        made = connection.execute(select(decisions).where(decisions.c.id == decision)).one()
        if made.state == "reversed":
            mine, state = legal_notices.c.decision == decision, "reversed"
        else:
            mine = (legal_notices.c.kind == made.kind) & (legal_notices.c.subject == made.subject) & _OPEN
            state = "upheld" if made.content != "keep" or made.measure != "none" else "rejected"
        told = update(legal_notices).where(mine).values(state=state, decision=decision, decided_at=self._clock())
        for row in connection.execute(told.returning(legal_notices)).all():
            self._tell(connection, row)

    def _tell(self, connection: Connection, row: Row[Any]) -> None:
        if row.email:
            self._outbox.write_to(connection, row.email, row.language, _MAILS[row.state], row.id)


def digest_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _checked(new: NewNotice) -> tuple[str, str, str]:
    """Why, name and e-mail. Raises InvalidRequest."""
    why, name = clean_lines(new.why, WHY_CHARS_MAX), clean_line(new.name, NAME_CHARS_MAX)
    if why is None or name is None or len(why) < WHY_CHARS_MIN:
        raise InvalidRequest(f"Say in {WHY_CHARS_MIN} to {WHY_CHARS_MAX} characters why it is illegal.")
    if not new.good_faith:
        raise InvalidRequest("Say that you believe in good faith that your notice is accurate and complete.")
    if new.reason not in UNNAMED and not (name and new.email.strip()):
        raise InvalidRequest("A notice needs a name and an e-mail address, except about the abuse of children.")
    return why, name, checked_address(new.email) if new.email.strip() else ""

"""Contact points, notices and their receipts over HTTP, for anybody."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.database import Database
from core.errors import NotAllowed
from core.http import Access, Call, Operation
from core.limits import Rate
from trust.legal.contacts import Contacts
from trust.legal.notices import SECRET_CHARS_MAX, NewNotice, Notices, Receipt, Received

NOTICE_RATE = Rate(10, 3_600)  # of a network
RECEIPT_RATE = Rate(60, 60)


class Secret(msgspec.Struct, forbid_unknown_fields=True):
    """`secret`: what follows the `#` of the receipt's link. It is in the body, so that no log holds it."""

    secret: Annotated[str, msgspec.Meta(min_length=1, max_length=SECRET_CHARS_MAX)]


class LegalRoutes:
    def __init__(self, database: Database, contacts: Contacts, notices: Notices) -> None:
        self._database = database
        self._contacts = contacts
        self._notices = notices

    def operations(self) -> list[Operation]:
        anyone = Access.ANYONE
        return [
            Operation("GET", "/api/legal", self.contacts, access=anyone),
            Operation("POST", "/api/legal/notices", self.notify, access=anyone, status=201, rate=NOTICE_RATE),
            Operation("POST", "/api/legal/receipts", self.receipt, access=anyone, rate=RECEIPT_RATE),
        ]

    def contacts(self) -> Contacts:
        """Get the contact points for people and for authorities."""
        return self._contacts

    def notify(self, call: Call, body: NewNotice) -> Received:
        """Notify this server of illegal content, without an account."""
        if call.who is not None and call.who.moderates:
            raise NotAllowed("Report it with your account: nobody decides about what they have reported.")
        received = self._database.write(lambda c: self._notices.add(c, body))
        self._notices.wake()
        return received

    def receipt(self, body: Secret) -> Receipt:
        """See what became of a notice."""
        return self._database.read(lambda c: self._notices.receipt(c, body.secret))

"""Tells creators and agencies of what was proposed and agreed."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from people.inbox.notices import Notice, Notifies

if TYPE_CHECKING:
    from money.agreements.agreements import Agreement
    from money.agreements.proposals import Proposal


class AgreementNotices:
    def __init__(self, inbox: Notifies) -> None:
        self._inbox = inbox

    def proposed(self, connection: Connection, proposal: Proposal) -> None:
        self._tell(connection, proposal.creator, proposal.id, "proposed")

    def refused(self, connection: Connection, proposal: Proposal) -> None:
        self._tell(connection, proposal.agency, proposal.id, "refused")

    def accepted(self, connection: Connection, made: Agreement) -> None:
        if made.agency is not None:
            self._tell(connection, made.agency, made.id, "accepted")

    def rate(self, connection: Connection, made: Agreement) -> None:
        self._tell(connection, made.creator, made.id, "rate")

    def left(self, connection: Connection, ended: Agreement) -> None:
        if ended.agency is not None:
            self._tell(connection, ended.agency, ended.id, "left")

    def ended(self, connection: Connection, creator: str, agencies: Collection[str]) -> None:
        for person in (creator, *sorted(agencies)):
            self._tell(connection, person, creator, "ended")

    def _tell(self, connection: Connection, person: str, item: str, what: str) -> None:
        self._inbox.tell(connection, [Notice(person, "agreement", by=person, item=f"{item}:{what}", text=what)])

"""Signs of laundering over HTTP, for moderators."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.identity import Person
from money.signals.signals import SIGNAL_NOTE_CHARS_MAX, Signal, Signals, SignalState
from money.wallets import Brief


class SignalsQuery(Paging, kw_only=True):
    state: SignalState = "open"


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """`cleared`: nothing is wrong. `confirmed`: the earnings stay held longer."""

    state: Literal["cleared", "confirmed"]
    note: Annotated[str, msgspec.Meta(max_length=SIGNAL_NOTE_CHARS_MAX)] = ""


class SignalView(msgspec.Struct):
    """`with`: whose earnings it is about; null if they have left."""

    signal: Signal
    person: Person | None = msgspec.field(name="with")


class SignalRoutes:
    def __init__(self, database: Database, signals: Signals, brief: Brief) -> None:
        self._database = database
        self._signals = signals
        self._brief = brief

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/admin/signals", self.list, access=Access.MODERATOR),
            Operation("POST", "/api/admin/signals/{id}", self.decide, access=Access.MODERATOR),
        ]

    def list(self, query: SignalsQuery) -> Page[SignalView]:
        """List signs of laundering, the newest first."""

        def read(connection: Connection) -> Page[SignalView]:
            page = self._signals.page(connection, query.state, query.cursor, query.limit)
            people = self._brief(connection, {signal.person for signal in page.items})
            return Page([SignalView(signal, people.get(signal.person)) for signal in page.items], page.next)

        return self._database.read(read)

    async def decide(self, call: Call, id: str, body: Decision) -> Signal:
        """Clear or confirm a sign of laundering."""
        by = call.identity.id
        return await self._database.write_async(lambda c: self._signals.decide(c, id, body.state, body.note, by))

"""The admins' desk: requests, the breach log, the records of processing."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, MetaData, func, select
from starlette.responses import PlainTextResponse, Response

from core.database import Database
from core.errors import NotAllowed
from core.http import Access, Call, Operation
from core.identity import Person
from people.accounts import Accounts
from trust.privacy.breaches import Breach, BreachChange, Breaches, NewBreach
from trust.privacy.erasure.erasures import Erasure, shown
from trust.privacy.erasure.traces import Trace
from trust.privacy.notice import records_of_processing
from trust.privacy.tables import privacy_erasures, privacy_exports

SHOWN_MAX = 200


class ErasureRequest(msgspec.Struct, frozen=True):
    """`by`: the tombstone, once it is done. `found`: where the search at the end still found something."""

    by: Person | None
    erasure: Erasure
    found: list[Trace]


class Desk(msgspec.Struct, frozen=True):
    """`exports`: how many are being made, are ready, or failed."""

    erasures: list[ErasureRequest]
    exports: dict[str, int]
    breaches: list[Breach]


class PrivacyAdminRoutes:
    def __init__(self, database: Database, metadata: MetaData, accounts: Accounts, breaches: Breaches) -> None:
        self._database = database
        self._metadata = metadata
        self._accounts = accounts
        self._breaches = breaches

    def operations(self) -> list[Operation]:
        staff = Access.MODERATOR
        return [
            Operation("GET", "/api/admin/privacy", self.desk, access=staff),
            Operation("GET", "/api/admin/privacy/records", self.records, access=staff),
            Operation("POST", "/api/admin/privacy/breaches", self.note, access=staff, status=201),
            Operation("PATCH", "/api/admin/privacy/breaches/{breach}", self.change, access=staff),
        ]

    def desk(self, call: Call) -> Desk:
        """List requests to be erased, and breaches: for admins."""
        _must_be_admin(call)
        return self._database.read(self._desk)

    def records(self, call: Call) -> Response:
        """Get the records of processing (GDPR, article 30), generated from what each table declares: for admins."""
        _must_be_admin(call)
        return PlainTextResponse("\n".join(records_of_processing(self._metadata)) + "\n")

    def note(self, call: Call, body: NewBreach) -> Breach:
        """Note a breach. The authority has to be told within 72 hours. For admins."""
        _must_be_admin(call)
        return self._database.write(lambda c: self._breaches.add(c, call.identity.id, body))

    def change(self, call: Call, breach: str, body: BreachChange) -> Breach:
        """Note what became of a breach: for admins."""
        _must_be_admin(call)
        return self._database.write(lambda c: self._breaches.change(c, call.identity.id, breach, body))

    def _desk(self, connection: Connection) -> Desk:
        newest = select(privacy_erasures).order_by(privacy_erasures.c.id.desc()).limit(SHOWN_MAX)
        rows = connection.execute(newest).all()
        people = self._accounts.brief(connection, {row.person for row in rows})
        requests = [
            ErasureRequest(people.get(row.person), shown(row), msgspec.convert(row.found, list[Trace])) for row in rows
        ]
        counts = select(privacy_exports.c.state, func.count()).group_by(privacy_exports.c.state)
        exports = {str(state): int(count) for state, count in connection.execute(counts)}
        return Desk(requests, exports, self._breaches.newest(connection))


def _must_be_admin(call: Call) -> None:
    """Raises NotAllowed."""
    if call.identity.role != "admin":
        raise NotAllowed("This is for admins.")

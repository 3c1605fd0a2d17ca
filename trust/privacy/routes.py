"""Privacy over HTTP: one's data, its erasure, consents, and what the server keeps of anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import msgspec
import structlog
from sqlalchemy import Connection, MetaData
from starlette.responses import Response, StreamingResponse

from core.clock import Clock
from core.database import Database
from core.executors import BoundedExecutor
from core.http import Access, Call, Operation, RequestGate
from core.http.stored_files import StoredFile
from core.jobs import Jobs
from core.limits import Rate
from core.privacy import Hold, Hooks
from core.storage import Storage
from people.accounts import Accounts
from people.leaving.resting import rest, rest_state
from people.mail.outbox import Outbox
from people.sessions import digest_of, end_sessions
from people.sign_outs import SignOuts
from trust.privacy.consents import TEXTS, Consent, Consents, Language, Purpose
from trust.privacy.erasure.erasures import UNDO_DAYS, Erasure, Erasures
from trust.privacy.export.exports import Export, Exports
from trust.privacy.notice import Notice, notice

CHANGE_RATE = Rate(30, 3_600)
DOWNLOAD_RATE = Rate(20, 3_600)
log = structlog.get_logger("security")


class Choice(msgspec.Struct, frozen=True):
    """Something one may agree to: the text, by language, and whether one does."""

    purpose: Purpose
    texts: dict[str, str]
    given: bool


class Privacy(msgspec.Struct, frozen=True):
    """`signal`: whether this browser asks for privacy (Global Privacy Control), which is honoured. `holds`: what an
    erasure would meet now."""

    exports: list[Export]
    erasure: Erasure | None
    undo_days: int
    holds: list[Hold]
    restricted: bool
    signal: bool
    choices: list[Choice]
    history: list[Consent]


class ChangeConsent(msgspec.Struct, forbid_unknown_fields=True):
    """`language`: of the text that was shown. With `signal` the browser's signal is noted, which can only take back."""

    purpose: Purpose
    given: bool
    language: Language = "en"
    signal: bool = False


class Restriction(msgspec.Struct, forbid_unknown_fields=True):
    restricted: bool


class GpcSupport(msgspec.Struct, frozen=True):
    """As https://w3c.github.io/gpc/ has it. `lastUpdate`: the day of the statement."""

    gpc: bool
    last_update: Annotated[str, msgspec.Meta(description="YYYY-MM-DD")] = msgspec.field(name="lastUpdate")


class PrivacyRoutes:
    def __init__(
        self, database: Database, clock: Clock, storage: Storage, pool: BoundedExecutor, jobs: Jobs, metadata: MetaData,
        hooks: Hooks, accounts: Accounts, exports: Exports, erasures: Erasures, consents: Consents,
        sign_outs: SignOuts | None, outbox: Outbox,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._storage = storage
        self._pool = pool
        self._jobs = jobs
        self._metadata = metadata
        self._hooks = hooks
        self._accounts = accounts
        self._exports = exports
        self._erasures = erasures
        self._consents = consents
        self._sign_outs = sign_outs
        self._outbox = outbox

    def operations(self) -> list[Operation]:
        change = CHANGE_RATE
        return [
            Operation("GET", "/.well-known/gpc.json", self.gpc, access=Access.ANYONE),
            Operation("GET", "/api/privacy/notice", self.notice, access=Access.ANYONE),
            Operation("GET", "/api/privacy", self.privacy),
            Operation("POST", "/api/privacy/exports", self.ask_export, status=201, action="always", step_up=True,
                      rate=change),
            Operation("GET", "/api/privacy/exports/{export}/file", self.fetch, step_up=True, rate=DOWNLOAD_RATE),
            Operation("POST", "/api/privacy/erasure", self.ask_erasure, status=201, action="always", step_up=True,
                      rate=change),
            Operation("DELETE", "/api/privacy/erasure", self.undo_erasure, rate=change),
            Operation("PUT", "/api/privacy/consents", self.consent, action="always", rate=change),
            Operation("PUT", "/api/privacy/restriction", self.restrict, action="always", rate=change, step_up=True),
        ]  # fmt: skip

    def gpc(self) -> GpcSupport:
        """Say that Global Privacy Control is honoured."""
        return GpcSupport(True, "2026-11-29")

    def notice(self) -> Notice:
        """List what is kept of people, how long, and why."""
        return notice(self._metadata)

    def privacy(self, call: Call) -> Privacy:
        """Get your exports, your erasure and your choices."""
        gate: RequestGate = call.request.app.state.gate
        signal = gate.opted_out(call.request)
        call.headers["Vary"] = "Sec-GPC"
        return self._database.read(lambda c: self._view(c, call.identity.id, signal))

    def _view(self, connection: Connection, person: str, signal: bool) -> Privacy:
        choices = [
            Choice(
                purpose,
                {str(language): text for language, text in texts.items()},
                not signal and self._consents.given(connection, person, purpose),
            )
            for purpose, texts in TEXTS.items()
        ]
        return Privacy(
            self._exports.of(connection, person), self._erasures.of(connection, person), UNDO_DAYS,
            self._erasures.holds(connection, person), rest_state(connection, person).restricted, signal, choices,
            self._consents.history(connection, person),
        )  # fmt: skip

    def ask_export(self, call: Call) -> Export:
        """Ask for a copy of your data: one a day."""
        export = self._database.write(lambda c: self._exports.ask(c, call.identity.id))
        self._jobs.wake()
        log.info("export_asked", person=call.identity.id)
        return export

    async def fetch(self, call: Call, export: str) -> Response:
        """Fetch a copy of your data."""
        key = await self._database.read_async(lambda c: self._exports.key(c, call.identity.id, export))
        name = f'attachment; filename="cadeau-{call.identity.handle}.zip"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        file = await self._pool.run(self._storage.local, key)
        if file is not None:
            return StoredFile(file, stat_result=file.stat(), media_type="application/zip", headers={
                **headers, "ETag": f'"{export}"',
            })  # fmt: skip
        return StreamingResponse(self._stream(self._storage.read(key)), media_type="application/zip", headers=headers)

    async def _stream(self, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
        """Through this server: an address of the storage would need no session."""
        while (chunk := await self._pool.run(lambda: next(chunks, b""))) != b"":
            yield chunk

    async def ask_erasure(self, call: Call) -> Erasure:
        """Ask to be erased. You are hidden at once, and can undo it for 14 days."""
        gate: RequestGate = call.request.app.state.gate
        person, here = call.identity.id, digest_of(gate.token(call.request, unsafe=True))

        def write(connection: Connection) -> tuple[Erasure, list[bytes]]:
            erasure = self._erasures.ask(connection, person)
            self._outbox.tell(connection, person, "account_closing")
            return erasure, end_sessions(connection, person, but=here)

        erasure, ended = await self._database.write_async(write)
        self._outbox.wake()
        if self._sign_outs is not None:
            for digest in ended:
                self._sign_outs.announce_digest(digest)
            self._sign_outs.announce_person(person)
        log.info("erasure_asked", person=person)
        return erasure

    async def undo_erasure(self, call: Call) -> None:
        """Take it back, while it has not begun."""
        await self._database.write_async(lambda c: self._erasures.undo(c, call.identity.id))
        if self._sign_outs is not None:
            self._sign_outs.announce_person(call.identity.id)
        log.info("erasure_undone", person=call.identity.id)

    def consent(self, call: Call, body: ChangeConsent) -> list[Choice]:
        """Agree to something, or take it back."""
        gate: RequestGate = call.request.app.state.gate
        signal = gate.opted_out(call.request)
        how, given = ("signal", False) if body.signal and signal else ("page", body.given)

        def write(connection: Connection) -> list[Choice]:
            self._consents.change(
                connection,
                call.identity.id,
                body.purpose,
                given=given,
                language=body.language,
                how=how,  # type: ignore[arg-type]
            )
            return self._view(connection, call.identity.id, signal).choices

        return self._database.write(write)

    async def restrict(self, call: Call, body: Restriction) -> None:
        """Have your data kept and not used, or end that."""
        person, since = call.identity.id, self._clock() if body.restricted else 0

        def write(connection: Connection) -> None:
            before = rest_state(connection, person)
            if before.restricted == body.restricted or before.closing:
                return
            rest(connection, person, "restricted", since)
            self._hooks.hide(connection, person, hidden=body.restricted)
            self._accounts.changed(connection, person)

        await self._database.write_async(write)
        if self._sign_outs is not None:
            self._sign_outs.announce_person(person)

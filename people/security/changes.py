"""What follows every change of a second factor: other devices are signed out, its owner is told, it is logged."""

from __future__ import annotations

import structlog

from core.database import Database
from core.executors import Executors
from core.http import Call, RequestGate
from people.mail.outbox import Outbox
from people.settings.devices import Devices
from people.sign_outs import SignOuts

log = structlog.get_logger("security")


class FactorChanges:
    def __init__(
        self, database: Database, executors: Executors, devices: Devices, sign_outs: SignOuts, outbox: Outbox
    ) -> None:
        self._database = database
        self._sql = executors.sql
        self._devices = devices
        self._sign_outs = sign_outs
        self._outbox = outbox

    async def made(self, call: Call, event: str, token: str = "") -> None:
        """After the change has been committed. `token`: of this session, if the request comes from another site."""
        gate: RequestGate = call.request.app.state.gate
        person, token = call.identity.id, token or gate.token(call.request, unsafe=True)
        for digest in await self._sql.run(self._devices.end_others, person, token):
            self._sign_outs.announce_digest(digest)
        await self._sql.run(self._database.write, lambda c: self._outbox.tell(c, person, "factors_changed"))
        self._outbox.wake()
        log.info(event, person=person)

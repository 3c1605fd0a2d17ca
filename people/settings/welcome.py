"""Signing in, once it is clear who it is: the session, its cookie, and the one by which a device is known again."""

from __future__ import annotations

import msgspec
import structlog
from starlette.responses import Response

from core.database import Database
from core.executors import BoundedExecutor
from core.http import Call, RequestGate
from people.devices import LIFE_S, cookie_for, device_in
from people.mail.outbox import Outbox
from people.sessions import LIFE_MS, Account, Sessions
from people.settings.user_agent import described
from people.sign_outs import SignOuts

log = structlog.get_logger("security")


class SignedIn(msgspec.Struct):
    id: str
    handle: str
    token: str


class Welcome:
    """Opens a session for who has proved who they are, and tells the account's owner of an unknown device."""

    def __init__(
        self, database: Database, sql: BoundedExecutor, sessions: Sessions, sign_outs: SignOuts, outbox: Outbox
    ) -> None:  # fmt: skip
        self._database = database
        self._sign_outs = sign_outs
        self._sql = sql
        self._sessions = sessions
        self._outbox = outbox

    async def enter(self, call: Call, account: Account, *, factor: str, joined: bool = False) -> SignedIn:
        """The browser's earlier session, whoever's it was, ends. `factor`: what was used, for the log. Raises
        WrongCredentials if the password was changed meanwhile."""
        gate: RequestGate = call.request.app.state.gate
        device = device_in(call.request.cookies.get(gate.device_cookie, ""), account.password_hash)
        words = described(call.request.headers.get("user-agent", ""))
        person = account.person.id
        token = await self._sql.run(self._sessions.open, person, words, account.password_hash)
        if earlier := call.request.cookies.get(gate.cookie, ""):
            await self._sql.run(self._sessions.close, earlier)
            self._sign_outs.announce(earlier)
        if not device and not joined and self._outbox.enabled:
            detail = ", ".join(word for word in words if word) or "?"
            await self._sql.run(self._database.write, lambda c: self._outbox.tell(c, person, "new_sign_in", detail))
            self._outbox.wake()
        log.info(
            "signed_in", person=person, factor=factor, known_device=bool(device), address=gate.address(call.request)
        )
        set_cookie(call, gate.cookie, token, LIFE_MS // 1000)
        set_device_cookie(call, account.password_hash, device)
        return SignedIn(person, account.person.handle, token)


def set_device_cookie(call: Call, password_hash: str, device: str = "") -> None:
    """`device`: its name, or empty for a new one."""
    gate: RequestGate = call.request.app.state.gate
    set_cookie(call, gate.device_cookie, cookie_for(password_hash, device), LIFE_S)


def set_cookie(call: Call, name: str, value: str, seconds: int) -> None:
    gate: RequestGate = call.request.app.state.gate
    cookie = Response()
    cookie.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=gate.secure_cookie, path="/")
    call.cookies.append(cookie.headers["set-cookie"])

"""Account settings over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
import structlog

from core.database import Database
from core.errors import UnsupportedMediaType
from core.executors import BoundedExecutor, Executors
from core.http import Call, Operation, Page, RequestGate
from core.http.body import media_type, read_body
from core.limits import Rate
from people.accounts import HANDLE_CHARS_MAX, Accounts, OwnProfile, Password
from people.devices import Attempts, device_in
from people.errors import WrongPassword
from people.passwords import hashed, is_one, matches
from people.security.part import AccountSecurity
from people.sessions import Sessions
from people.settings.avatars import Avatars
from people.settings.devices import Device, Devices
from people.settings.handles import Handles
from people.settings.picture import MEDIA_TYPES, PICTURE_BYTES_MAX, reencoded
from people.settings.welcome import set_device_cookie
from people.sign_outs import SignOuts

AVATAR_RATE = Rate(20, 3600)
HANDLE_RATE = Rate(20, 3600)  # also of refusals: each tells whether a handle is taken
PASSWORD_RATE = Rate(20, 300)
log = structlog.get_logger("security")


class NewHandle(msgspec.Struct, forbid_unknown_fields=True):
    handle: Annotated[str, msgspec.Meta(max_length=HANDLE_CHARS_MAX)]


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """`current`: of an account that has a password; who has none has confirmed within five minutes that it is them."""

    new: Password
    current: Annotated[str, msgspec.Meta(max_length=256)] = ""


class SettingsRoutes:
    """`pictures` re-encodes pictures: one at a time, because each takes up to a second and 200 MB."""

    def __init__(
        self,
        executors: Executors,
        pictures: BoundedExecutor,
        accounts: Accounts,
        sessions: Sessions,
        sign_outs: SignOuts,
        attempts: Attempts,
        avatars: Avatars,
        handles: Handles,
        devices: Devices,
        security: AccountSecurity,
        database: Database,
    ) -> None:
        self._sql, self._passwords, self._storage = executors.sql, executors.passwords, executors.storage
        self._pictures = pictures
        self._accounts = accounts
        self._sessions = sessions
        self._sign_outs = sign_outs
        self._attempts = attempts
        self._avatars = avatars
        self._handles = handles
        self._devices = devices
        self._policy, self._factors, self._outbox = security.policy, security.factors, security.outbox
        self._database = database

    def operations(self) -> list[Operation]:
        return [
            Operation("PUT", "/api/people/me/avatar", self.put_avatar, rate=AVATAR_RATE, action="post"),
            Operation("DELETE", "/api/people/me/avatar", self.delete_avatar),
            Operation("PUT", "/api/people/me/handle", self.change_handle, rate=HANDLE_RATE, action="post"),
            Operation("PUT", "/api/people/me/password", self.change_password, rate=PASSWORD_RATE, action="always"),
            Operation("GET", "/api/sessions", self.devices),
            Operation("DELETE", "/api/sessions", self.end_others, step_up=True),  # or a stolen one ends the owner's
            Operation("DELETE", "/api/sessions/{id}", self.end, step_up=True),
        ]

    async def put_avatar(self, call: Call) -> OwnProfile:
        """Set your picture: the body is a JPEG, PNG or WebP file."""
        person = call.identity.id
        if media_type(call.request.headers.get("content-type", "")) not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"The content type must be one of {', '.join(MEDIA_TYPES)}.")
        content = await read_body(call.request, PICTURE_BYTES_MAX)
        picture = await self._pictures.run(reencoded, content)
        await self._sql.run(self._avatars.announce, person, picture.digest)
        await self._storage.run(self._avatars.store, person, picture)
        await self._sql.run(self._avatars.choose, person, picture.digest)
        return await self._me(person)

    async def delete_avatar(self, call: Call) -> OwnProfile:
        """Delete your picture."""
        await self._sql.run(self._avatars.remove, call.identity.id)
        return await self._me(call.identity.id)

    async def change_handle(self, call: Call, body: NewHandle) -> OwnProfile:
        """Change your handle."""
        await self._sql.run(self._handles.change, call.identity.id, body.handle)
        return await self._me(call.identity.id)

    async def change_password(self, call: Call, body: NewPassword) -> None:
        """Change your password, or choose the first one. All other sessions end."""
        gate: RequestGate = call.request.app.state.gate
        who, token = call.identity, gate.token(call.request, unsafe=True)
        account = await self._sessions.account(who.handle)
        if account is None or account.person.id != who.id:  # the handle has just changed
            raise WrongPassword
        device = device_in(call.request.cookies.get(gate.device_cookie, ""), account.password_hash)
        if not is_one(account.password_hash):
            who.must_have_stepped_up()
        else:
            await self._sql.run(self._attempts.count, who.handle, gate.address(call.request), device or "session")
            if not await self._passwords.run(matches, body.current, account.password_hash):
                raise WrongPassword
        if (await self._sql.run(self._factors.of, who.id)).any:  # of a factor, the current password is only half
            who.must_have_stepped_up()
        await self._sql.run(self._policy.check, body.new, who.handle, who.name)
        new_hash = await self._passwords.run(hashed, body.new)
        ended = await self._sql.run(self._devices.change_password, who.id, account.password_hash, new_hash, token)
        self._announce(ended)
        await self._sql.run(self._database.write, lambda c: self._outbox.tell(c, who.id, "password_changed"))
        self._outbox.wake()
        log.info("password_changed", person=who.id)
        set_device_cookie(call, new_hash, device)

    async def devices(self, call: Call) -> Page[Device]:
        """List the devices you are signed in on."""
        token = _token(call)
        return Page(await self._sql.run(self._devices.of, call.identity.id, token))

    async def end(self, call: Call, id: str) -> None:
        """Sign out on one of your devices."""
        self._announce([await self._sql.run(self._devices.end, call.identity.id, id)])
        log.info("device_signed_out", person=call.identity.id)

    async def end_others(self, call: Call) -> None:
        """Sign out on all your other devices."""
        self._announce(await self._sql.run(self._devices.end_others, call.identity.id, _token(call)))
        log.info("other_devices_signed_out", person=call.identity.id)

    def _announce(self, ended: list[bytes]) -> None:
        for digest in ended:
            self._sign_outs.announce_digest(digest)

    async def _me(self, person: str) -> OwnProfile:
        return await self._sql.run(self._accounts.own, person)


def _token(call: Call) -> str:
    gate: RequestGate = call.request.app.state.gate
    return gate.token(call.request, unsafe=call.request.method != "GET")

"""E-mail addresses and forgotten passwords over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
import structlog

from core.executors import Executors
from core.http import Access, Call, Operation
from core.limits import Rate
from people.accounts import Password, normal_handle
from people.errors import MailOff
from people.mail.addresses import ADDRESS_CHARS_MAX, Addresses
from people.mail.links import SECRET_CHARS_MAX
from people.mail.outbox import Outbox
from people.mail.resets import WHO_CHARS_MAX, Resets
from people.passwords import hashed
from people.security.policy.weak_passwords import PasswordPolicy
from people.settings.welcome import set_device_cookie
from people.sign_outs import SignOuts

ADDRESS_RATE = Rate(10, 3_600)
RESET_RATE = Rate(10, 3_600)
LINK_RATE = Rate(30, 600)

Secret = Annotated[str, msgspec.Meta(min_length=1, max_length=SECRET_CHARS_MAX)]
log = structlog.get_logger("security")


class NewAddress(msgspec.Struct, forbid_unknown_fields=True):
    address: Annotated[str, msgspec.Meta(max_length=ADDRESS_CHARS_MAX)]


class Link(msgspec.Struct, forbid_unknown_fields=True):
    """`secret`: what follows the `#` of the link, without its purpose."""

    secret: Secret


class Forgotten(msgspec.Struct, forbid_unknown_fields=True):
    """`who`: an address or a handle."""

    who: Annotated[str, msgspec.Meta(min_length=1, max_length=WHO_CHARS_MAX)]


class Reset(Link, forbid_unknown_fields=True, kw_only=True):
    new: Password


class MailRoutes:
    def __init__(
        self,
        executors: Executors,
        addresses: Addresses,
        resets: Resets,
        outbox: Outbox,
        policy: PasswordPolicy,
        sign_outs: SignOuts,
    ) -> None:
        self._sql, self._passwords = executors.sql, executors.passwords
        self._addresses = addresses
        self._resets = resets
        self._outbox = outbox
        self._policy = policy
        self._sign_outs = sign_outs

    def operations(self) -> list[Operation]:
        anyone = Access.ANYONE
        return [
            Operation("PUT", "/api/people/me/address", self.ask, status=204, rate=ADDRESS_RATE, step_up=True),
            Operation("DELETE", "/api/people/me/address", self.remove, rate=ADDRESS_RATE, step_up=True),
            Operation("POST", "/api/mail/confirm", self.confirm, access=anyone, rate=LINK_RATE),
            Operation("POST", "/api/mail/undo", self.undo, access=anyone, rate=LINK_RATE),
            Operation("POST", "/api/password-resets", self.forgotten, access=anyone, rate=RESET_RATE),
            Operation("POST", "/api/password-resets/spend", self.reset, access=anyone, rate=LINK_RATE),
        ]

    def ask(self, call: Call, body: NewAddress) -> None:
        """Send a link to a new e-mail address of yours. The address counts when the link is spent."""
        if not self._outbox.enabled:
            raise MailOff
        self._addresses.ask(call.identity.id, body.address)
        log.info("address_asked", person=call.identity.id)

    def remove(self, call: Call) -> None:
        """Remove your e-mail address."""
        self._addresses.remove(call.identity.id)
        log.info("address_removed", person=call.identity.id)

    def confirm(self, body: Link) -> None:
        """Prove an e-mail address by the link that was sent to it."""
        self._addresses.confirm(body.secret)

    async def undo(self, body: Link) -> None:
        """Undo a change of the e-mail address by the link that was sent to the former one. All sessions end."""
        for digest in await self._sql.run(self._addresses.undo, body.secret):
            self._sign_outs.announce_digest(digest)
        log.info("address_change_undone")

    def forgotten(self, body: Forgotten) -> None:
        """Ask for a link to choose a new password. The answer does not say whether there is such an account."""
        self._resets.ask(body.who, normal_handle(body.who))

    async def reset(self, call: Call, body: Reset) -> None:
        """Choose a new password by the link of a mail. All sessions end; it opens none. The device is known from now
        on: guesses of strangers must not keep its owner from signing in."""
        handle = await self._sql.run(self._resets.handle, body.secret)
        await self._passwords.run(self._policy.check, body.new, handle)
        digest = await self._passwords.run(hashed, body.new)
        person, ended = await self._sql.run(self._resets.spend, body.secret, digest)
        for one in ended:
            self._sign_outs.announce_digest(one)
        set_device_cookie(call, digest)
        log.info("password_reset", person=person)

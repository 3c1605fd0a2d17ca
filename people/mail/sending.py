"""Sends what is in the outbox, by SMTP and never without TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from sqlalchemy import Connection, Row, select, update

from core.clock import Clock
from core.database import Database
from core.jobs import Job
from people.mail.links import Links, Purpose, link_to
from people.mail.outbox import MailKind, Outbox
from people.mail.texts import compose
from people.tables import mail_outbox, people

TIMEOUT_S = 20.0
ATTEMPTS_MAX = 8
BACKOFF_MS = 60_000  # doubled with each attempt
PURPOSES: dict[MailKind, Purpose] = {
    "verify": "verify", "reset": "reset", "address_changed": "undo", "address_removed": "undo"
}  # fmt: skip
PAGES: dict[MailKind, str] = {
    "verify": "/mail", "address_changed": "/mail", "address_removed": "/mail", "reset": "/reset",
    "password_changed": "/reset", "new_sign_in": "/settings", "factors_changed": "/settings",
    "account_closing": "/privacy", "notice_received": "/legal", "notice_upheld": "/legal", "notice_rejected": "/legal",
    "notice_reversed": "/legal", "legal_order": "/admin/orders",
    "unused_account": "/signin", "unused_closing": "/privacy",
}  # fmt: skip

Send = Callable[[EmailMessage], None]
"""Hands a mail over. Blocks. Raises aiosmtplib.SMTPException or OSError."""

log = structlog.get_logger("mail")


@dataclass(frozen=True, slots=True)
class Smtp:
    """`smtps:` is TLS from the first byte, `smtp:` STARTTLS, without which nothing is sent."""

    url: str
    ca_file: str = ""  # certificates to trust besides the system's

    def __call__(self, mail: EmailMessage) -> None:
        asyncio.run(self._connected(mail))

    def check(self) -> None:
        """Sign in and send nothing. Raises what keeps mails from being sent."""
        asyncio.run(self._connected(None))

    async def _connected(self, mail: EmailMessage | None) -> None:
        parts = urlsplit(self.url)
        implicit = parts.scheme == "smtps"
        context = ssl.create_default_context()
        if self.ca_file:
            context.load_verify_locations(self.ca_file)
        client = aiosmtplib.SMTP(
            hostname=parts.hostname, port=parts.port or (465 if implicit else 587), use_tls=implicit,
            start_tls=not implicit, tls_context=context, timeout=TIMEOUT_S,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )  # fmt: skip
        transport: asyncio.BaseTransport | None = None
        try:
            await client.connect()
            transport = client.transport
            if mail is not None:
                await client.send_message(mail)
            await client.quit()
        finally:
            client.close()
            if isinstance(transport, asyncio.Transport):
                transport.abort()
            await asyncio.sleep(0)  # so that the socket is closed before this loop is


class Sending:
    def __init__(
        self, database: Database, clock: Clock, links: Links, outbox: Outbox, send: Send | None, sender: str, url: str
    ) -> None:
        """`url`: where people reach this server. Links never come from a request."""
        self._database = database
        self._clock = clock
        self._links = links
        self._outbox = outbox
        self._send = send
        self._sender = sender
        self._url = url

    def run(self, _: Job) -> None:
        """Send what is due. Nothing is lost if the process dies meanwhile; a mail may then come twice."""
        while self._send is not None and (mail := self._database.write(self._claim)) is not None:
            self._deliver(mail, self._send)

    def forget_old(self, _: Job) -> None:
        self._database.write(self._outbox.forget_old)
        while self._database.write(self._links.forget_expired):
            pass

    def _claim(self, connection: Connection) -> Row[Any] | None:
        """The oldest that is due. It is due again after a while, unless it is marked as sent."""
        now = self._clock()
        due = mail_outbox.c.sent_at.is_(None) & (mail_outbox.c.due_at <= now) & (mail_outbox.c.attempts < ATTEMPTS_MAX)
        first = select(mail_outbox).where(due).order_by(mail_outbox.c.due_at).limit(1).with_for_update(skip_locked=True)
        row = connection.execute(first).first()
        if row is not None:
            this = update(mail_outbox).where(mail_outbox.c.id == row.id)
            later = now + BACKOFF_MS * 2**row.attempts
            connection.execute(this.values(attempts=row.attempts + 1, due_at=later))
        return row

    def _deliver(self, row: Row[Any], send: Send) -> None:
        mail = self._database.write(lambda c: self._composed(c, row))
        if mail is not None:
            try:
                send(mail)
            except (aiosmtplib.SMTPException, OSError) as error:
                # The server's answer may repeat the address, or what the mail says.
                log.warning("mail_not_sent", mail=row.id, kind=row.kind, reason=type(error).__name__)
                return
            log.info("mail_sent", mail=row.id, kind=row.kind, person=row.person)
        this = update(mail_outbox).where(mail_outbox.c.id == row.id)
        self._database.write(lambda c: c.execute(this.values(sent_at=self._clock())))

    def _composed(self, connection: Connection, row: Row[Any]) -> EmailMessage | None:
        """None if nobody wants it any more."""
        handle: str | None = ""  # of a mail to somebody without an account
        if row.person is not None:
            handle = connection.execute(select(people.c.handle).where(people.c.id == row.person)).scalar()
        if handle is None:
            return None
        link = self._url + PAGES[row.kind]
        if (purpose := PURPOSES.get(row.kind)) is not None:
            secret = self._links.issue(connection, row.person, purpose)
            if secret is None:
                return None
            link = link_to(self._url, purpose, secret)
        return compose(
            row.kind, row.language, sender=self._sender, to=row.address, handle=handle, detail=row.detail, link=link,
            at_s=self._clock() / 1000,
        )  # fmt: skip

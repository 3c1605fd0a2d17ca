"""Accounts, and what the law asks for. Most answer whether all is well, and why."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cadeau.doctor.finding import Answer, Verdict
from cadeau.migrations import revisions
from core.clock import system_clock
from core.database import Database, database_url, sqlite_path
from core.settings import Settings
from core.storage import open_storage, storage_folder
from people.errors import OidcUnavailable
from people.mail.sending import Smtp
from people.oidc.keys import Discovery
from people.security.passkeys import can_have_passkeys
from trust.legal.alarm import late_orders
from trust.legal.contacts import lacking
from trust.privacy.erasure.journal import Journal


def passkeys(settings: Settings) -> tuple[bool, str]:
    """Passkeys belong to one host name: whoever changes it loses all of them."""
    host = urlsplit(settings.base_url).hostname
    if not can_have_passkeys(settings.base_url):
        return False, f"browsers make none for {settings.base_url}: they need a host name and https"
    made, file = 0, sqlite_path(database_url(settings))
    if file is None or file.exists():
        database = Database(database_url(settings))
        try:
            with contextlib.suppress(SQLAlchemyError):  # reported by another check
                made = database.read(lambda c: c.execute(text("SELECT count(*) FROM passkeys")).scalar_one())
        finally:
            database.close()
    if made:
        return False, f"{made} belong to {host}: they are lost if CADEAU_PUBLIC_URL gets another host name"
    return True, f"they will belong to {host}, the host name in CADEAU_PUBLIC_URL"


def mail(settings: Settings) -> tuple[bool, str]:
    """Whether the mail server takes our TLS and our password. Nothing is sent. Raises what keeps it from being sent."""
    if not settings.smtp_url:
        return not settings.production, "none is sent: CADEAU_SMTP_URL is empty"
    Smtp(settings.smtp_url, settings.smtp_ca).check()
    return True, f"{urlsplit(settings.smtp_url).hostname} lets us in, over TLS"


def provider(settings: Settings) -> Answer:
    """Whether the OpenID Connect provider answers, and calls itself exactly what the settings call it."""
    if not settings.oidc_issuer:
        return Verdict.OK, "none: CADEAU_OIDC_ISSUER is empty"
    named = f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        asyncio.run(Discovery(settings.oidc_issuer, system_clock).document())
    except OidcUnavailable as error:
        return Verdict.PROBLEM, f"{named}: {error.detail}"
    return Verdict.OK, f"{settings.oidc_issuer} answers, with exactly this issuer"


def legal(settings: Settings) -> tuple[bool, str]:
    """Whether people and authorities are told where to write, as the law asks for, and no order is late."""
    file, late = sqlite_path(database_url(settings)), 0
    if file is None or file.exists():
        database = Database(database_url(settings))
        try:
            with contextlib.suppress(SQLAlchemyError):  # reported by another check
                late = database.read(lambda c: late_orders(c, system_clock()))[1]
        finally:
            database.close()
    if late:
        return False, f"{late} of the orders of authorities should have been carried out: see /admin/orders"
    if missing := lacking(settings):
        return not settings.production, f"the page Legal names no contact: {' and '.join(missing)} empty"
    return True, f"authorities write to {settings.contact_authorities}"


def erasures(settings: Settings) -> tuple[bool, str]:
    """Whether a restored database knows people who have been erased since. Creates nothing."""
    file = sqlite_path(database_url(settings))
    there = settings.storage_url.startswith("s3:") or storage_folder(settings).exists()
    if not there or (file is not None and not file.exists()):
        return True, "none yet"
    database = Database.from_settings(settings)
    try:
        current, wanted = revisions(database)
        if current != wanted:
            return False, "the tables have to be migrated before this can be looked at"
        storage = open_storage(settings)
        unknown = len(Journal(database, storage, system_clock).unknown())
        storage.close()
    except SQLAlchemyError:  # reported by another check
        return True, "not looked at: the database does not answer"
    finally:
        database.close()
    if unknown:
        return False, f"{unknown} are to be replayed on this database: the server does so when it starts"
    return True, "the database knows all of them"

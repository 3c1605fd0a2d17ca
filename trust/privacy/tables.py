"""Tables of privacy."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, LargeBinary, Table, Text

from core.privacy import declare, impersonal
from core.tables import metadata

EXPORT_DAYS = 7
REQUEST_DAYS = 1_825

WARNING_DAYS = 90  # much longer than there are days between a warning and what follows

privacy_exports = Table(
    "privacy_exports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("state", Text, nullable=False),  # queued, ready, failed, expired
    Column("key", Text, nullable=False),  # in the storage; nobody can guess it
    Column("asked_at", BigInteger, nullable=False),  # Unix ms, as the next two; 0: not yet
    Column("ready_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),  # a code, when it failed
    Index("ix_privacy_exports_person", "person", "id"),
    Index("ix_privacy_exports_expires_at", "state", "expires_at"),
)

privacy_erasures = Table(
    "privacy_erasures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("state", Text, nullable=False),  # waiting, running, held, done, cancelled
    Column("asked_at", BigInteger, nullable=False),  # Unix ms, as the next
    Column("due_at", BigInteger, nullable=False),  # until then it can be undone
    Column("step", Text, nullable=False, server_default=""),  # the last one that is done
    Column("held", JSON, nullable=False),  # codes of the open business that keeps some rows (holds.py)
    Column("found", JSON, nullable=False),  # where the search at the end still found something; empty: nowhere
    Column("words", JSON, nullable=False),  # what that search looks for; empty before and afterwards
    Column("done_at", BigInteger, nullable=False, server_default="0"),
    Index("ix_privacy_erasures_person", "person", "id"),
    Index("ix_privacy_erasures_due_at", "state", "due_at"),
)

privacy_journal = Table(  # the same as in the storage, which a backup of the database does not turn back
    "privacy_journal",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # from 1
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of the person's id
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_privacy_journal_digest", "digest", unique=True),
)

unused_warnings = Table(  # who was told that their account, unused for long, will be deleted
    "unused_warnings",
    metadata,
    Column("person", Text, primary_key=True),
    Column("used_at", BigInteger, nullable=False),  # Unix ms: the last use that the warnings are about
    Column("stage", BigInteger, nullable=False),  # how many warnings
    Column("at", BigInteger, nullable=False),  # Unix ms, of the last one
    Index("ix_unused_warnings_at", "at"),
)

consents = Table(  # only ever appended to: the newest of each purpose counts
    "consents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("purpose", Text, nullable=False),  # see consents.py
    Column("given", Boolean, nullable=False),
    Column("version", Text, nullable=False),  # digest of the text that was shown
    Column("language", Text, nullable=False),
    Column("how", Text, nullable=False),  # page, signal
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_consents_person", "person", "purpose", "id"),
)

breaches = Table(
    "breaches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("data", Text, nullable=False),  # which kinds
    Column("measures", Text, nullable=False),
    Column("people", BigInteger, nullable=False),  # how many it is about, as far as known
    Column("began_at", BigInteger, nullable=False),  # Unix ms, as the next four; 0: not known, not yet
    Column("known_at", BigInteger, nullable=False),  # 72 hours run from here
    Column("authority_at", BigInteger, nullable=False),  # when the authority was told
    Column("people_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

declare(
    unused_warnings, "When you were told that your unused account will be deleted.",
    "Quand vous avez été averti que votre compte inutilisé sera supprimé.", owner="person", days=WARNING_DAYS,
    basis="interest",
)  # fmt: skip
declare(
    privacy_exports, "When you asked for a copy of your data.", "Quand vous avez demandé une copie de vos données.",
    owner="person", secret="key", days=REQUEST_DAYS, clock="asked_at", basis="law", level="key",
)  # fmt: skip
declare(
    privacy_erasures, "When you asked to be erased, and what was kept.",
    "Quand vous avez demandé l’effacement, et ce qui est resté.", owner="person", secret="words", erase="keep",
    days=REQUEST_DAYS, clock="asked_at", when="state IN ('done', 'cancelled')", basis="law",
)  # fmt: skip
impersonal(privacy_journal, "Digests of the ids of erased accounts, so that a backup does not revive them.")
declare(
    consents, "What you agreed to, and what you took back.", "Ce que vous avez accepté, et ce que vous avez retiré.",
    owner="person", erase="keep", basis="law",
)  # fmt: skip
impersonal(breaches, "Breaches of data, and who was told when.", others="by")

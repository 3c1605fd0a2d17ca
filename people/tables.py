"""Tables of `people`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from core.tables import metadata

people = Table(
    "people",
    metadata,
    Column("id", Text, primary_key=True),
    Column("handle", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("bio", Text, nullable=False, server_default=""),
    Column("password", Text, nullable=False),  # argon2id, with its parameters and salt
    Column("birthdate", Text, nullable=False),  # YYYY-MM-DD
    Column("role", Text, nullable=False, server_default="member"),
    Column("joined_at", BigInteger, nullable=False),  # Unix ms
    Column("avatar", Text),  # the digest in the names of its files (settings/avatar_urls)
    Column("language", Text, nullable=False, server_default="auto"),  # of the interface; auto: each browser's own
    Column("handle_changed_at", BigInteger, nullable=False, server_default="0"),  # Unix ms
)

former_handles = Table(  # reserved for who had them, and leading to them (settings/handles.RESERVED_MS)
    "former_handles",
    metadata,
    Column("handle", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id"), nullable=False),
    Column("until", BigInteger, nullable=False),  # Unix ms
    Index("ix_former_handles_until", "until"),
)

avatar_files = Table(  # every avatar whose files may be in the storage
    "avatar_files",
    metadata,
    Column("person", Text, ForeignKey("people.id"), primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("doomed", Boolean, nullable=False),  # being deleted: not to be used again before it is gone
    Index("ix_avatar_files_at", "at"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", LargeBinary, primary_key=True),  # SHA-256: a stolen database opens no session
    Column("person", Text, ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("browser", Text, nullable=False, server_default=""),  # in a word, so that people know their devices
    Column("system", Text, nullable=False, server_default=""),
    Column("seen_at", BigInteger, nullable=False, server_default="0"),  # Unix ms, the start of a day
    Index("ix_sessions_person", "person"),
    Index("ix_sessions_expires_at", "expires_at"),
)

follows = Table(
    "follows",
    metadata,
    Column("follower", Text, ForeignKey("people.id"), primary_key=True),
    Column("followed", Text, ForeignKey("people.id"), primary_key=True),
    Column("at", BigInteger, nullable=False),
    Index("ix_follows_followed", "followed", "at"),
    Index("ix_follows_at", "at"),
    Index("ix_follows_followers", "followed", "follower"),  # to walk through all of them
)

notifications = Table(  # the oldest are dropped (people.inbox.retention)
    "notifications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),  # who is told
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False, server_default=""),  # no foreign key: the inbox knows no other domain
    Column("item", Text, nullable=False, server_default=""),
    Column("by", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("day", Integer, nullable=False),  # since 1970: what happens on one day is shown as one
    Column("text", Text, nullable=False, server_default=""),
    Column("amount", BigInteger, nullable=False, server_default="0"),  # coins
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("undone", Integer, nullable=False, server_default="0"),  # 1: not shown, but kept so that a repeat is no news
    Index("ix_notifications_key", "person", "kind", "subject", "item", "by", unique=True),
    Index("ix_notifications_person", "person", "at"),
    Index("ix_notifications_subject", "subject"),
    Index("ix_notifications_by", "by"),
    Index("ix_notifications_at", "at"),
)

inboxes = Table(
    "inboxes",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("version", BigInteger, nullable=False, server_default="0"),  # grows with each change
    Column("read_until", BigInteger, nullable=False, server_default="0"),  # Unix ms
    Column("push_due_at", BigInteger),  # Unix ms; NULL: there is nothing to push
    Column("push_leased", Integer, nullable=False, server_default="0"),  # 1: a process is at it, until push_due_at
    Index("ix_inboxes_push_due_at", "push_due_at"),
)

inbox_settings = Table(  # only of kinds that a person has changed
    "inbox_settings",
    metadata,
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("in_app", Integer, nullable=False),
    Column("push", Integer, nullable=False),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("session", LargeBinary, ForeignKey("sessions.token_digest", ondelete="CASCADE"), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", LargeBinary, nullable=False),  # the browser's public key, an uncompressed point
    Column("auth", LargeBinary, nullable=False),
    Column("language", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),  # Unix ms, as the next two
    Column("pushed_until", BigInteger, nullable=False),  # what is newer has not been sent
    Column("retry_at", BigInteger, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Index("ix_push_subscriptions_endpoint", "endpoint", unique=True),
    Index("ix_push_subscriptions_person", "person"),
    Index("ix_push_subscriptions_session", "session"),
)

push_keys = Table(  # one row: the key by which push services know this server
    "push_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("private_key", Text, nullable=False),  # base64url of 32 bytes
)

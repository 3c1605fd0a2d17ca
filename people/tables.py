"""Tables of `people`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text

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
)

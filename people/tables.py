"""Tables of `people`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text

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
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_digest", LargeBinary, primary_key=True),  # SHA-256: a stolen database opens no session
    Column("person", Text, ForeignKey("people.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
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
)

"""Tables of `trust`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from core.privacy import declare
from core.tables import metadata

_OPEN = text("state = 'open'")

reports = Table(
    "reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("reporter", Text, nullable=False),
    Column("kind", Text, nullable=False),  # of the subject: video, comment, person, room, line
    Column("subject", Text, nullable=False),  # no foreign key: a report outlives what it is about
    Column("about", Text, nullable=False),  # the id of the person who is responsible for the subject
    Column("reason", Text, nullable=False),  # a code
    Column("text", Text, nullable=False, server_default=""),
    Column("state", Text, nullable=False, server_default="open"),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index(
        "ix_reports_open", "reporter", "kind", "subject",
        unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN,
    ),
    Index("ix_reports_reporter", "reporter", "id"),
    Index("ix_reports_subject", "kind", "subject"),
)  # fmt: skip

declare(
    reports, "What you reported, and why.", "Ce que vous avez signalé, et pourquoi.", owner="reporter",
    others="about", erase="blank", blank={"text": ""}, days=180, when="state <> 'open'", hold="cases", old="delete",
    basis="law", level="grave",
)  # fmt: skip

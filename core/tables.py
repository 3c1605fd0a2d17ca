"""The one MetaData of all domains' tables, and the tables of core itself."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, MetaData, Table, Text

from core.privacy import declare, impersonal

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # what it is about, such as a video's id
    Column(
        "owner", Text, nullable=False, server_default=""
    ),  # whom it is for: they take turns; "" for the server itself
    Column("arguments", JSON, nullable=False),
    Column("state", Text, nullable=False),  # queued, running, done, failed
    Column("progress", Integer, nullable=False, server_default="0"),  # percent
    Column("stage", Text, nullable=False, server_default=""),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text, nullable=False, server_default=""),
    Column("run_at", BigInteger, nullable=False),  # Unix ms; not before
    Column(
        "lease_until", BigInteger, nullable=False, server_default="0"
    ),  # Unix ms; a running job past it is anybody's
    Column("worker", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; of the last attempt
    Column("finished_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; done or failed
    Index("ix_jobs_due", "state", "run_at"),
    Index("ix_jobs_subject", "subject"),
    Index("ix_jobs_owner", "owner", "started_at"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("kind", Text, primary_key=True),  # of the job it queues
    Column("due_at", BigInteger, nullable=False),  # Unix ms
)

declare(
    jobs, "Work that the server does for you, such as preparing a video.",
    "Le travail que le serveur fait pour vous, comme préparer une vidéo.",
    owner="owner", secret="arguments worker error", when="state IN ('done', 'failed')", days=7, clock="finished_at",
    swept=True,
)  # fmt: skip
impersonal(schedules, "When repeated jobs are due.")

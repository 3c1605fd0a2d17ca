"""Run by Alembic, with the engine that `migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Engine, text

import shop.tables  # noqa: F401  each puts its tables into the one MetaData
import vod.tables  # noqa: F401
from core.tables import metadata

ADVISORY_LOCK = 0x636164656175  # one process migrates at a time

engine: Engine = context.config.attributes["engine"]

with engine.connect() as connection, connection.begin():
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=False)
    with context.begin_transaction():
        context.run_migrations()

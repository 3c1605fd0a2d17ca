"""The migrations: one linear history for all domains, for both SQLite and PostgreSQL."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.database import Database


def config() -> Config:
    settings = Config()
    settings.set_main_option("script_location", "cadeau:migrations")
    settings.set_main_option("path_separator", "os")
    return settings


def migrate(database: Database, revision: str = "head") -> None:
    """Migrate the tables to a revision. Safe to call at every start and from several processes at once."""
    if not database.sqlite:
        current, wanted = revisions(database)
        if current == wanted:
            return
    settings = config()
    settings.attributes["engine"] = database.engine
    command.upgrade(settings, revision)


def revisions(database: Database) -> tuple[str | None, str | None]:
    """The tables' current revision (None: no tables), and the one this code needs."""
    return _current(database), ScriptDirectory.from_config(config()).get_current_head()


def _current(database: Database) -> str | None:
    def revision(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    return database.read(revision)

"""The database: SQLite or PostgreSQL behind the same calls."""

from core.database.database import Database
from core.database.engines import database_url, normalized, shown_url, sqlite_path
from core.database.writer import Group

__all__ = ["Database", "Group", "database_url", "normalized", "shown_url", "sqlite_path"]

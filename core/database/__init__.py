"""The database: SQLite or PostgreSQL behind the same calls."""

from core.database.database import Database
from core.database.engines import normalized, sqlite_path
from core.database.writer import Group

__all__ = ["Database", "Group", "normalized", "sqlite_path"]

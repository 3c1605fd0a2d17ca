"""The migrations create the tables that the code defines."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from cadeau.migrations import migrate
from core.database import Database, normalized
from core.ids import new_id
from core.tables import metadata
from tests.served import ROOT

for domain in ("people", "money", "live", "chat", "vod"):
    importlib.import_module(f"{domain}.tables")


def test_migrated_tables_match_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    assert differences == []


def test_check_and_unique_constraints_match_the_code(database: Database) -> None:
    inspector = inspect(database.engine)
    for table in metadata.sorted_tables:
        wanted = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        assert {c["name"] for c in inspector.get_check_constraints(table.name)} == wanted, table.name


def test_migrating_twice_changes_nothing(database: Database) -> None:
    migrate(database)
    migrate(database)


def test_several_processes_can_migrate_concurrently(postgres: str) -> None:
    name = f"test_{new_id()}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = normalized(postgres.replace("/postgres", f"/{name}"))

    command = [sys.executable, "-m", "cadeau", "migrate"]
    environment = os.environ | {"CADEAU_DATABASE_URL": url}
    started = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(4)]
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()

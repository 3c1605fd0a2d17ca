"""Fixtures for all tests: a migrated database per test, a bus, a storage, a running server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import boto3
import psycopg
import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from hypothesis import settings

from cadeau.migrations import migrate
from core.bus import Bus, LocalBus, RedisBus
from core.database import Database, normalized
from core.database import database as database_module
from core.ids import new_id
from core.storage import FolderStorage, Storage
from core.storage.s3 import S3Storage
from people import passwords
from tests.databases import Databases, sharing_compiled
from tests.forks import Forks
from tests.order import ordered
from tests.served import Served
from tests.services import postgres_server, redis_server, s3_server

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")

os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = ordered(items)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Make password hashing cheap in the test process; server processes keep the real cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher.from_parameters(CHEAPEST))
        yield


@pytest.fixture(scope="session", autouse=True)
def forks() -> Iterator[Forks]:
    """Starts the processes of servers and commands."""
    with contextlib.closing(Forks()) as forks, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Served, "forks", forks)
        yield forks


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Compile each statement once: every test opens a database of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("sqlite_engine", "postgres_engine"):
            patch.setattr(database_module, name, sharing_compiled(getattr(database_module, name)))
        yield


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """A command that configures the logs does so for its own test: its stream is closed afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the services."""
    return tmp_path_factory.mktemp("services")


@pytest.fixture(scope="session")
def postgres(services: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server, with a migrated database named `template` to copy."""
    with postgres_server(services) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE template")
        template = Database(normalized(url.replace("/postgres", "/template")))
        migrate(template)
        template.close()
        yield url


@pytest.fixture(scope="session")
def sqlite_template(services: Path) -> Path:
    """A migrated SQLite file to copy."""
    path = services / "template.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(scope="session")
def redis_url(services: Path) -> Iterator[str]:
    with redis_server(services) as url:
        yield url


@pytest.fixture(scope="session")
def s3_endpoint(services: Path) -> Iterator[str]:
    with s3_server(services) as endpoint:
        yield endpoint


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of the test's own."""
    shutil.copy(sqlite_template, tmp_path / "cadeau.db")
    return f"sqlite:///{tmp_path / 'cadeau.db'}"


@pytest.fixture(scope="session")
def databases(postgres: str) -> Iterator[Databases]:
    with contextlib.closing(Databases(postgres, "template")) as opened:
        yield opened


@pytest.fixture
def postgres_url(databases: Databases) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    with databases.lend() as url:
        yield url


@pytest.fixture(scope="module")
def shared_postgres_url(databases: Databases) -> Iterator[str]:
    """The same, shared by all tests of a module."""
    with databases.lend() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, once SQLite and once PostgreSQL."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(params=["local", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """A running bus, once in-process and once Redis."""
    opened: Bus = LocalBus()
    if request.param == "redis":
        opened = RedisBus(request.getfixturevalue("redis_url"), prefix=f"{new_id()}:")
    running = asyncio.create_task(opened.run())
    yield opened
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    """A storage, once a folder and once S3."""
    opened: Storage = FolderStorage(tmp_path / "media")
    if request.param == "s3":
        endpoint, bucket = request.getfixturevalue("s3_endpoint"), f"test-{new_id()}"
        boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=bucket)
        opened = S3Storage.from_url(f"s3://{bucket}/prefix?endpoint={endpoint}")
    yield opened
    opened.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An empty server process: no demo, SQLite, its own ports and folder."""
    with Served(tmp_path / "data") as server:
        yield server


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The same, shared by all tests of a module, which must be independent of each other."""
    with Served(tmp_path_factory.mktemp("served")) as server:
        yield server

"""The short-video half over a real database and storage, without the HTTP around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core.clock import system_clock
from core.database import Database
from core.identity import Identity
from core.ids import new_id
from core.jobs import Job, Jobs
from core.storage import FolderStorage, Storage
from people.accounts import Accounts
from people.follows import Follows
from tests.vod.pipeline.films import film
from vod.assembly import Vod, open_vod


class Time:
    """The real time and a leap."""

    def __init__(self) -> None:
        self.leap_ms = 0

    def __call__(self) -> int:
        return system_clock() + self.leap_ms


class House:
    """A catalogue and the people who use it."""

    def __init__(self, database: Database, storage: Storage, folder: Path) -> None:
        self.database = database
        self.storage = storage
        self.folder = folder
        self.time = Time()
        self.jobs = Jobs(database, self.time)
        self.accounts = Accounts(database, self.time)
        self.follows = Follows(database, self.accounts, self.time)
        self.vod = self.open()

    def open(self) -> Vod:
        """Open it, as another process that sees the same folder and database would."""
        return open_vod(
            data_dir=self.folder, database=self.database, storage=self.storage, jobs=self.jobs, clock=self.time,
            brief=self.accounts.brief, by_handle=self.accounts.by_handle, following=self.follows.following,
        )  # fmt: skip

    def person(self, *, moderates: bool = False) -> Identity:
        person = self.accounts.join(f"p{new_id()}", "correct horse battery", date(1990, 5, 17))
        return Identity(person.id, person.handle, person.name, "moderator" if moderates else "member", True)

    def upload(self, who: Identity, path: Path, caption: str = "A film") -> str:
        return self.vod.ingest_file(who.id, path, caption)

    def claim(self) -> Job:
        """The next job, as a worker takes it."""
        job = self.database.write(lambda c: self.jobs._claim(c, "tester", ["transcode"]))
        assert job is not None
        return job

    def ready(self, who: Identity, path: Path, caption: str = "A film") -> str:
        """A video that has been through everything."""
        video = self.upload(who, path, caption)
        self.vod.processing.transcode(self.claim())
        return video

    def stored(self) -> set[str]:
        """The names of the files in a folder's storage."""
        return {path.name for path in (self.folder / "media").rglob("*") if path.is_file()}


@pytest.fixture
def house(database: Database, tmp_path: Path) -> Iterator[House]:
    storage = FolderStorage(tmp_path / "media")
    yield House(database, storage, tmp_path)
    storage.close()


@pytest.fixture(scope="session")
def small_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second, 320 by 480, with sound."""
    return film(tmp_path_factory.mktemp("films") / "small.mp4")


@pytest.fixture(scope="session")
def other_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("films") / "other.mp4", seconds=0.6, sound=None)

"""The domain of short videos over a real database and storage, without HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from core.clock import system_clock
from core.database import Database
from core.identity import Identity
from core.ids import new_id
from core.jobs import Job, Jobs
from core.storage import FolderStorage, Storage
from live.routes import RoomView
from money import part as money_part
from people.accounts import Accounts
from people.follows import Follows
from people.inbox.notices import Notice, Silence
from tests.cores import core_over
from tests.served import Person, Served
from tests.vod.pipeline.films import film
from tests.vod.uploads.client import PATCH, until
from trust.reports import Reports
from vod import part as vod_part
from vod.part import Vod
from vod.tables import videos


class Time:
    """The real time plus an offset."""

    def __init__(self) -> None:
        self.leap_ms = 0

    def __call__(self) -> int:
        return system_clock() + self.leap_ms


class Heard(Silence):
    """An inbox that keeps what it was told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def tell(self, connection: Connection, notices: Sequence[Notice]) -> None:
        self.notices += notices

    def of(self, person: Identity, kind: str) -> list[str]:
        """Their texts, the first first."""
        return [one.text for one in self.notices if (one.person, one.kind) == (person.id, kind)]


class House:
    """The domain of short videos, and the people who use it."""

    def __init__(self, database: Database, storage: Storage, folder: Path) -> None:
        self.database = database
        self.storage = storage
        self.folder = folder
        self.time = Time()
        self.jobs = Jobs(database, self.time)
        self.accounts = Accounts(database, self.time)
        self.follows = Follows(database, self.accounts, self.time)
        self.reports = Reports(database, self.time)
        self.live: list[RoomView] = []
        self.inbox = Heard()
        self.vod = self.open()

    def open(self) -> Vod:
        """Open it, as another process that sees the same folder and database would."""
        core = core_over(self.database, self.folder, storage=self.storage, jobs=self.jobs, clock=self.time)
        self.money = money_part.open(core, brief=self.accounts.brief).api
        self.part = vod_part.open(
            core,
            brief=self.accounts.brief, by_handle=self.accounts.by_handle, following=self.follows.following,
            live_rooms=self.live_rooms, rooms_by_id=self.rooms_by_id, new_follows=self.follows.made,
            money=self.money, adults=self.accounts.adults, country_of=self.accounts.country,
            hidden=self.reports.hidden, inbox=self.inbox,
        )  # fmt: skip
        self.reports.about("video", lambda c, video, who: self.part.api.videos.visible(c, video, who).person)
        self.reports.listen("video", self.part.api.feed_events.note_report, self.part.api.feed_events.note_withdrawal)
        self.reports.about("comment", self.part.api.comments.person_of)
        self.reports.about("room", lambda c, room, who: next(one.host.id for one in self.live if one.id == room))
        self.reports.about("person", lambda c, person, who: self.accounts.by_id(c, person).id)
        return self.part.api

    def clean_up(self) -> None:
        """Run everything that is scheduled, once."""
        for schedule in self.part.schedules:
            schedule.job.run(Job("", schedule.kind, schedule.kind, {}, 1))

    def live_rooms(self, connection: Connection, limit: int, base_url: str) -> list[RoomView]:
        return self.live[:limit]

    def rooms_by_id(self, connection: Connection, ids: Sequence[str], base_url: str) -> list[RoomView]:
        return [room for room in self.live if room.id in ids]

    def go_live(self, host: Identity) -> str:
        """Add a live room that is watched less than the earlier ones."""
        room = RoomView(
            id=new_id(), title="Live", state="live", host=host.brief, viewers=0, viewers_peak=0, likes=0, coins=0,
            created_at=0, started_at=0, ended_at=None, on_air_ms=0, whep_url="", chat_url="",
        )  # fmt: skip
        self.live.append(room)
        return room.id

    def show(self, who: Identity, state: str = "ready", visibility: str = "public") -> str:
        """A video without files."""
        video = new_id()
        row = {"id": video, "person": who.id, "state": state, "visibility": visibility, "created_at": self.time()}
        self.database.write(lambda c: c.execute(insert(videos).values(row)))
        return video

    def person(self, *, moderates: bool = False) -> Identity:
        person = self.accounts.join(f"p{new_id()}", "correct horse battery", date(1990, 5, 17))
        return Identity(person.id, person.handle, person.name, "moderator" if moderates else "member", True)

    def upload(self, who: Identity, path: Path, caption: str = "A film") -> str:
        return self.vod.ingest_file(who.id, path, caption)

    def claim(self) -> Job:
        """Claim the next job like a worker."""
        job = self.database.write(lambda c: self.jobs.table.claim(c, "tester", {"transcode": 0}))
        assert job is not None
        return job

    def ready(self, who: Identity, path: Path, caption: str = "A film") -> str:
        """A video that has been processed completely."""
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


@pytest.fixture(scope="module")
def owner(shared_server: Served) -> Person:
    return shared_server.join()


@pytest.fixture(scope="module")
def video(owner: Person, small_film: Path) -> Iterator[str]:
    """A ready video."""
    body = small_film.read_bytes()
    answer = owner.http.post("/api/uploads", headers={**PATCH, "Upload-Length": str(len(body))}, content=body)
    made = answer.headers["cadeau-video"]
    until(lambda: owner.http.get(f"/api/videos/{made}").json()["state"] == "ready")
    yield made
    assert owner.http.delete(f"/api/videos/{made}").status_code == 204
    assert owner.http.get(f"/api/videos/{made}").json()["code"] == "video_not_found"

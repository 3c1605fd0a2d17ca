"""A house in which things can be searched."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, insert, update

from core.identity import Identity
from core.ids import new_id
from tests.vod.conftest import House
from vod.catalogue.tags import add_tags
from vod.search.index.changes import person_changed, person_followed, video_changed
from vod.search.index.documents import Kind
from vod.tables import videos


class Library:
    """Puts things into the house and searches for them."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.accounts.record(person_changed)
        house.follows.record(person_followed)

    def person(self, handle: str, name: str = "") -> Identity:
        person = self.house.accounts.join(handle, "correct horse battery", date(1990, 5, 17), name)
        return Identity(person.id, person.handle, person.name, "member", True)

    def video(self, who: Identity, caption: str, *, views: int = 0, state: str = "ready", age_ms: int = 0) -> str:
        video = new_id()
        row = {
            "id": video, "person": who.id, "state": state, "created_at": self.house.time() - age_ms,
            "caption": caption, "views": views,
        }  # fmt: skip

        def write(connection: Connection) -> None:
            connection.execute(insert(videos).values(row))
            add_tags(connection, video, caption)
            video_changed(connection, video)

        self.house.database.write(write)
        return video

    def set_state(self, video: str, state: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(update(videos).where(videos.c.id == video).values(state=state))
            self.house.vod.videos.changed(connection, video)

        self.house.database.write(write)

    def index(self) -> int:
        return self.house.vod.discovery.indexer.work_off_all()

    def find(self, text: str, kind: Kind = "videos") -> list[str]:
        """Ids, the best first."""
        search = self.house.vod.discovery.search
        return self.house.database.read(lambda c: search.find(c, text, [kind], 100))[kind]


@pytest.fixture
def library(house: House) -> Library:
    return Library(house)

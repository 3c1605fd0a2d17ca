"""A server with people, rooms and videos whose pages are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import Connection, insert

from core.database import Database
from core.ids import new_id
from tests.served import Person, Served
from vod.tables import video_files, videos

Film = Callable[..., str]


@pytest.fixture(scope="module")
def maker(shared_server: Served) -> Person:
    return shared_server.join("ada.lovelace")


@pytest.fixture
def film(shared_server: Served) -> Film:
    """Adds a video of somebody, without its files: `film(person, caption, state)` returns its id."""

    def add(person: Person, caption: str = "", state: str = "ready") -> str:
        video = new_id()
        row = {"person": person.id, "state": state, "caption": caption, "created_at": 1_700_000_000_000}
        size = {"duration_ms": 12_400, "width": 1080, "height": 1920}
        files = [("1080", 1080, 1920, 9_000), ("720", 720, 1280, 4_000), ("poster", 720, 1280, 100)]
        database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")

        def write(connection: Connection) -> None:
            connection.execute(insert(videos).values(id=video, **row, **size))
            for role, width, height, weight in files:
                kind = "jpg" if role == "poster" else "mp4"
                values = {"video": video, "role": role, "key": f"{video}/{role}.{kind}"}
                connection.execute(insert(video_files).values(**values, width=width, height=height, bytes=weight))

        database.write(write)
        database.close()
        return video

    return add


def title(page: str) -> str:
    found = re.search(r"<title>(.*?)</title>", page, re.S)
    return unescape(found[1]) if found else ""


def metas(page: str) -> dict[str, str]:
    """The page's meta elements by name or property."""
    found = re.findall(r'<meta (?:name|property)="([^"]*)" content="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def links(page: str) -> dict[str, str]:
    """The page's link elements by relation; the last one of each."""
    return {rel: unescape(href) for rel, href in re.findall(r'<link rel="([^"]*)"[^>]*? href="([^"]*)"', page)}

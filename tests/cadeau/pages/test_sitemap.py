"""What crawlers find: robots.txt and the sitemaps."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert

from cadeau.pages import sitemap
from cadeau.pages.sitemap import Sitemaps
from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from people.accounts import Accounts
from people.tables import people
from tests.cadeau.pages.conftest import Film
from tests.served import Person, Served
from vod.tables import videos

BASE = "https://live.example.org"


def locations(text: str | None) -> list[str]:
    return re.findall(r"<loc>(.*?)</loc>", text or "")


def test_robots_name_the_sitemap(shared_server: Served) -> None:
    answer = shared_server.http.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert f"Sitemap: {shared_server.url}/sitemap.xml" in answer.text
    assert "Disallow: /api/" in answer.text


def test_the_sitemap_lists_published_videos_and_their_makers(shared_server: Served, maker: Person, film: Film) -> None:
    shared_server.join("watches.only")
    ready, hidden = film(maker, "Published"), film(maker, "Not yet", "processing")
    index = shared_server.http.get("/sitemap.xml")
    assert index.headers["content-type"].startswith("application/xml")
    assert locations(index.text) == [f"{shared_server.url}/sitemap/1.xml"]
    found = locations(shared_server.http.get("/sitemap/1.xml").text)
    assert {f"{shared_server.url}{path}" for path in ("/", "/rooms", f"/video/{ready}", "/@ada.lovelace")} <= set(found)
    assert hidden not in str(found)
    assert "watches.only" not in str(found)
    for missing in ("/sitemap/0.xml", "/sitemap/2.xml", "/sitemap/99999999999999999999.xml", "/sitemap/x.xml"):
        assert shared_server.http.get(missing).status_code == 404, missing


def test_a_large_sitemap_is_split_and_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "VIDEOS_PER_FILE", 3)
    monkeypatch.setattr(sitemap, "FILES_MAX", 2)
    person, ids = new_id(), [new_id() for _ in range(8)]
    row = {"id": person, "handle": "ada", "name": "Ada", "password": "", "birthdate": "1990-01-01", "joined_at": 0}
    made = [{"id": one, "person": person, "state": "ready", "created_at": 1_700_000_000_000} for one in ids]
    database.write(lambda c: (c.execute(insert(people).values(row)), c.execute(insert(videos), made)))
    maps = Sitemaps(database, Accounts(database, system_clock))
    assert locations(maps.index(BASE)) == [f"{BASE}/sitemap/1.xml", f"{BASE}/sitemap/2.xml"]
    files = [locations(maps.file(BASE, number)) for number in (1, 2)]
    newest = [f"{BASE}/video/{one}" for one in reversed(ids)]
    assert [[url for url in file if "/video/" in url] for file in files] == [newest[:3], newest[3:6]]
    assert maps.file(BASE, 3) is None
    assert "<lastmod>2023-11-14</lastmod>" in (maps.file(BASE, 2) or "")

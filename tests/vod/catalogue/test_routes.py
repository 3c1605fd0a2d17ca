"""Videos over HTTP: the shapes and refusals that docs/protocol.md promises."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from cadeau.app import open_cadeau
from core.settings import Settings
from tests.served import PASSWORD, Person, Served
from vod.catalogue.routes import EDIT_RATE

VIDEO_FIELDS = {
    "id", "state", "stage", "progress", "reason", "caption", "by", "at", "duration_ms", "width", "height", "renditions",
    "poster", "preview", "sound", "likes", "liked", "comments", "views", "visibility", "saved", "challenge",
    "effect",
}  # fmt: skip


def test_a_video_has_its_documented_fields(video: str, owner: Person, shared_server: Served) -> None:
    shown: dict[str, Any] = shared_server.http.get(f"/api/videos/{video}").json()
    assert shown.keys() == VIDEO_FIELDS
    assert shown["by"].keys() == {"id", "handle", "name"}
    assert shown["renditions"][0].keys() == {"height", "width", "url", "bytes", "bits_per_second"}
    for url in (shown["poster"], shown["preview"], shown["renditions"][0]["url"]):
        answer = shared_server.http.get(url)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    listed = shared_server.http.get(f"/api/videos?by={owner.handle}").json()
    assert [item["id"] for item in listed["items"]] == [video]
    assert listed["next"] is None


def test_videos_are_listed_by_hashtag(video: str, shared_server: Served) -> None:
    for tag in ("nothing", "%23", "%F0%9F%8E%81"):
        assert shared_server.http.get(f"/api/tags/{tag}/videos").json() == {"items": [], "next": None}


def test_liking_returns_the_count(video: str, shared_server: Served) -> None:
    fan = shared_server.join()
    address = f"/api/videos/{video}/like"
    assert fan.http.put(address).json() == fan.http.put(address).json() == {"likes": 1, "liked": True}
    assert fan.http.get(f"/api/videos/{video}").json()["liked"] is True
    assert fan.http.delete(address).json() == {"likes": 0, "liked": False}
    assert shared_server.http.put(address).json()["code"] == "not_signed_in"
    assert fan.http.put("/api/videos/nothing/like").json()["code"] == "video_not_found"


def test_only_its_owner_can_delete_a_video(video: str, shared_server: Served) -> None:
    assert shared_server.join().http.delete(f"/api/videos/{video}").json()["code"] == "not_allowed"
    assert shared_server.http.delete(f"/api/videos/{video}").status_code == 401


async def test_edits_of_videos_are_limited_in_number(database_url: str, tmp_path: Path) -> None:
    opened = open_cadeau(Settings(data_dir=tmp_path, database_url=database_url, rate_limits=True))
    async with httpx.AsyncClient(base_url="http://test", transport=httpx.ASGITransport(opened.asgi)) as http:
        join = {"handle": "ada", "password": PASSWORD, "birthdate": "1990-05-17"}
        (await http.post("/api/people", json=join)).raise_for_status()
        for _ in range(EDIT_RATE.count):
            assert (await http.patch("/api/videos/nothing", json={})).json()["code"] == "video_not_found"
        assert (await http.patch("/api/videos/nothing", json={})).json()["code"] == "rate_exceeded"
    opened.close()

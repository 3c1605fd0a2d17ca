"""Videos over HTTP: the shapes and refusals that docs/protocol.md promises."""

from __future__ import annotations

from typing import Any

from tests.served import Person, Served

VIDEO_FIELDS = {
    "id", "state", "stage", "progress", "reason", "caption", "by", "at", "duration_ms", "width", "height", "renditions",
    "poster", "preview", "sound", "likes", "liked", "comments", "views", "visibility", "saved",
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

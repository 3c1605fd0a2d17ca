"""Videos and the feed over HTTP: the shapes and refusals that docs/protocol.md promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.served import Person, Served
from tests.vod.uploads.test_uploads import PATCH, until

VIDEO_FIELDS = {
    "id", "state", "stage", "progress", "reason", "caption", "by", "at", "duration_ms", "width", "height", "renditions",
    "poster", "preview", "likes", "liked", "comments", "views",
}  # fmt: skip


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


def test_a_video_has_the_fields_of_the_interface(video: str, owner: Person, shared_server: Served) -> None:
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


def test_the_feed_is_for_anybody_and_following_for_people(video: str, owner: Person, shared_server: Served) -> None:
    assert video in [item["id"] for item in shared_server.http.get("/api/feed").json()["items"]]
    assert shared_server.http.get("/api/feed?tab=following").json()["code"] == "not_signed_in"
    fan = shared_server.join()
    assert fan.http.get("/api/feed?tab=following").json()["items"] == []
    assert fan.http.put(f"/api/people/{owner.handle}/follow").status_code == 204
    assert [item["id"] for item in fan.http.get("/api/feed?tab=following").json()["items"]] == [video]
    for wrong in ("tab=other", "limit=0", "limit=101", "limit=x", "colour=red"):
        assert fan.http.get(f"/api/feed?{wrong}").json()["code"] == "invalid_request"


def test_likes_answer_with_the_count(video: str, shared_server: Served) -> None:
    fan = shared_server.join()
    address = f"/api/videos/{video}/like"
    assert fan.http.put(address).json() == fan.http.put(address).json() == {"likes": 1, "liked": True}
    assert fan.http.get(f"/api/videos/{video}").json()["liked"] is True
    assert fan.http.delete(address).json() == {"likes": 0, "liked": False}
    assert shared_server.http.put(address).json()["code"] == "not_signed_in"
    assert fan.http.put("/api/videos/nothing/like").json()["code"] == "video_not_found"


def test_comments_are_written_read_and_deleted(video: str, owner: Person, shared_server: Served) -> None:
    fan, stranger = shared_server.join(), shared_server.join()
    address = f"/api/videos/{video}/comments"
    answer = fan.http.post(address, json={"text": "Bravo !"})
    comment = answer.json()
    assert answer.status_code == 201
    assert comment.keys() == {"id", "by", "text", "at"}
    assert shared_server.http.get(address).json() == {"items": [comment], "next": None}
    assert stranger.http.delete(f"{address}/{comment['id']}").json()["code"] == "not_allowed"
    assert owner.http.delete(f"{address}/{comment['id']}").status_code == 204
    assert shared_server.http.get(address).json()["items"] == []
    for body in ({"text": ""}, {"text": "x" * 501}, {"text": "a", "b": 1}, {}):
        assert fan.http.post(address, json=body).json()["code"] == "invalid_request"


def test_what_is_watched_is_reported_by_anybody_and_counted(video: str, shared_server: Served) -> None:
    before = shared_server.http.get(f"/api/videos/{video}").json()["views"]
    events: list[dict[str, Any]] = [
        {"video": video, "kind": "view", "watched_ms": 700},
        {"video": "gone", "kind": "skip"},
    ]
    for reporter in (shared_server.join().http, shared_server.http):
        answer = reporter.post("/api/feed/events", json={"events": events})
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    assert shared_server.http.get(f"/api/videos/{video}").json()["views"] == before + 2
    bad: list[list[dict[str, Any]]] = [
        [], events * 51, [{"video": video, "kind": "stare"}], [{"video": video, "kind": "view", "watched_ms": -1}],
    ]  # fmt: skip
    for batch in bad:
        assert shared_server.http.post("/api/feed/events", json={"events": batch}).json()["code"] == "invalid_request"


def test_only_its_owner_deletes_a_video(video: str, shared_server: Served) -> None:
    assert shared_server.join().http.delete(f"/api/videos/{video}").json()["code"] == "not_allowed"
    assert shared_server.http.delete(f"/api/videos/{video}").status_code == 401

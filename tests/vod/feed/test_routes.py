"""The feed over HTTP: the shapes and refusals that docs/protocol.md promises."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, get_args

import pytest

from tests.served import Person, Served
from tests.vod.catalogue.test_routes import VIDEO_FIELDS
from vod.feed.recommender.picks import PickReason


def videos(feed: dict[str, Any]) -> list[str]:
    """The ids of the videos on a page."""
    return [item["id"] for item in feed["items"] if item["kind"] == "video"]


def test_only_the_following_feed_needs_a_sign_in(video: str, owner: Person, shared_server: Served) -> None:
    assert video in videos(shared_server.http.get("/api/feed").json())
    assert shared_server.http.get("/api/feed?tab=following").json()["code"] == "not_signed_in"
    fan = shared_server.join()
    assert fan.http.get("/api/feed?tab=following").json()["items"] == []
    assert fan.http.put(f"/api/people/{owner.handle}/follow").status_code == 204
    assert videos(fan.http.get("/api/feed?tab=following").json()) == [video]
    for wrong in ("tab=other", "limit=0", "limit=101", "limit=x", "colour=red"):
        assert fan.http.get(f"/api/feed?{wrong}").json()["code"] == "invalid_request"


@pytest.fixture
def live_room(shared_server: Served, owner: Person) -> Iterator[str]:
    """A room in the state live, without a publisher. The server owns it: nobody's would be idle in a second."""
    room: str = owner.http.post("/api/rooms", json={"title": "Live"}).json()["id"]
    live = "UPDATE rooms SET state = 'live', live = 1, viewers = 9, node = (SELECT boot FROM nodes) WHERE id = ?"
    with closing(sqlite3.connect(shared_server.data_dir / "cadeau.db", timeout=60)) as database, database:
        database.execute(live, (room,))
    yield room
    assert owner.http.delete(f"/api/rooms/{room}").status_code == 200


def test_a_feed_item_has_its_kind_its_impression_and_its_reason(
    video: str, live_room: str, owner: Person, shared_server: Served
) -> None:
    for reader in (shared_server.http, owner.http):
        room, *others = reader.get("/api/feed?limit=100").json()["items"]
        assert room.keys() == {"kind", "room", "impression", "reason"}
        assert (room["kind"], room["room"]["id"], room["reason"]) == ("room", live_room, {"code": "live"})
        assert room["room"] == shared_server.http.get(f"/api/rooms/{live_room}").json(), "as a visitor sees it"
        item = next(other for other in others if other.get("id") == video)
        assert item.keys() == VIDEO_FIELDS | {"kind", "impression"}
        assert (item["kind"], item["reason"]["code"] in get_args(PickReason)) == ("video", True)
        assert len({room["impression"], *(other["impression"] for other in others)}) == 1 + len(others)


def test_a_page_has_at_most_limit_items_and_the_next_continues(
    video: str, live_room: str, shared_server: Served
) -> None:
    (room,) = (first := shared_server.http.get("/api/feed?limit=1").json())["items"]
    (item,) = shared_server.http.get("/api/feed", params={"limit": 1, "cursor": first["next"]}).json()["items"]
    assert room["room"]["id"] == live_room
    assert item["kind"] == "video"
    assert video in videos(shared_server.http.get("/api/feed").json())
    assert shared_server.http.get("/api/feed?cursor=nonsense").json()["code"] == "invalid_request"


def test_watch_events_need_no_sign_in_and_are_counted(video: str, shared_server: Served) -> None:
    before = shared_server.http.get(f"/api/videos/{video}").json()["views"]
    events: list[dict[str, Any]] = [
        {"video": video, "kind": "view", "watched_ms": 700},
        {"video": "gone", "kind": "skip"},
    ]
    for reporter in (shared_server.join().http, shared_server.http):
        answer = reporter.post("/api/feed/events", json={"events": events})
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1})
    assert shared_server.http.get(f"/api/videos/{video}").json()["views"] == before + 2
    (item,) = [i for i in shared_server.http.get("/api/feed").json()["items"] if i.get("id") == video]
    named = [{"video": video, "kind": "view", "impression": each} for each in (item["impression"], "unknown")]
    assert shared_server.http.post("/api/feed/events", json={"events": named}).json() == {"accepted": 1}
    bad: list[list[dict[str, Any]]] = [
        [], events * 51, [{"video": video, "kind": "stare"}], [{"video": video, "kind": "view", "watched_ms": -1}],
    ]  # fmt: skip
    for batch in bad:
        assert shared_server.http.post("/api/feed/events", json={"events": batch}).json()["code"] == "invalid_request"

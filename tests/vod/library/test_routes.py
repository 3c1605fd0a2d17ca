"""Saved videos, collections and the history over HTTP."""

from __future__ import annotations

from tests.served import Served


def test_a_video_is_saved_moved_and_removed(video: str, shared_server: Served) -> None:
    fan = shared_server.join()
    address = f"/api/videos/{video}/save"
    assert fan.http.put(address).json() == {"saved": True, "collection": None}
    made = fan.http.post("/api/collections", json={"name": "Music"})
    assert made.status_code == 201
    music = made.json()["id"]
    assert fan.http.put(f"/api/saved/{video}", json={"collection": music}).json()["collection"] == music
    (item,) = fan.http.get("/api/saved", params={"collection": music}).json()["items"]
    assert (item["id"], item["saved"], item["collection"]) == (video, True, music)
    assert item["saved_at"] > 0
    assert fan.http.patch(f"/api/collections/{music}", json={"name": "Songs"}).json()["videos"] == 1
    assert fan.http.post("/api/collections", json={"name": "songs"}).json()["code"] == "conflict"
    assert [one["name"] for one in fan.http.get("/api/collections").json()["items"]] == ["Songs"]
    assert fan.http.delete(f"/api/collections/{music}").status_code == 204
    assert fan.http.delete(f"/api/collections/{music}").json()["code"] == "collection_not_found"
    assert fan.http.delete(address).json() == {"saved": False, "collection": None}
    assert fan.http.get("/api/saved").json() == {"items": [], "next": None}


def test_what_was_watched_is_in_the_history_until_it_is_removed(video: str, shared_server: Served) -> None:
    fan = shared_server.join()

    def watch() -> None:
        body = {"events": [{"video": video, "kind": "view", "watched_ms": 500}]}
        assert fan.http.post("/api/feed/events", json=body).status_code == 202

    watch()
    page = fan.http.get("/api/history").json()
    assert (page["next"], page["paused"]) == (None, False)
    (item,) = page["items"]
    assert (item["id"], item["watched_at"] > 0) == (video, True)
    assert fan.http.delete(f"/api/history/{video}").status_code == 204
    assert fan.http.put("/api/history", json={"paused": True}).json() == {"paused": True}
    watch()
    assert fan.http.get("/api/history").json() == {"items": [], "next": None, "paused": True}
    fan.http.put("/api/history", json={"paused": False})
    watch()
    assert fan.http.delete("/api/history", params={"since": 0, "until": 1}).status_code == 204
    assert len(fan.http.get("/api/history").json()["items"]) == 1
    assert fan.http.delete("/api/history").status_code == 204
    assert fan.http.get("/api/history").json()["items"] == []


def test_hostile_requests_are_refused(video: str, shared_server: Served) -> None:
    fan = shared_server.join()
    for path in ("/api/saved?cursor=%00", "/api/saved?collection=%00", "/api/history?cursor=x", "/api/saved?limit=0"):
        assert 400 <= fan.http.get(path).status_code < 500, path
    for query in ("since=-1", "since=x", f"until={2**60}"):
        assert fan.http.delete(f"/api/history?{query}").json()["code"] == "invalid_request", query
    for body in ({}, {"name": ""}, {"name": "\0"}, {"name": "x" * 61}, {"name": 1}, {"name": "a", "person": "x"}):
        assert fan.http.post("/api/collections", json=body).json()["code"] == "invalid_request", body
    assert fan.http.put(f"/api/saved/{video}", json={"collection": None}).json()["code"] == "video_not_found"
    for video_id in ("nothing", "%00", "x" * 500):
        assert 400 <= fan.http.put(f"/api/videos/{video_id}/save").status_code < 500
        assert fan.http.delete(f"/api/history/{video_id}").status_code in (204, 400, 404)
    for method, path in (("GET", "/api/saved"), ("GET", "/api/history"), ("GET", "/api/collections"),
                         ("PUT", f"/api/videos/{video}/save"), ("DELETE", "/api/history")):  # fmt: skip
        assert shared_server.http.request(method, path).status_code == 401

"""Search and trending over HTTP: the shapes and refusals that docs/protocol.md promises."""

from __future__ import annotations

from tests.served import Person, Served
from tests.vod.uploads.client import until
from vod.search.query import QUERY_CHARS_MAX

KINDS = ("people", "videos", "hashtags", "sounds", "rooms", "products")


def test_a_person_and_their_video_are_found_in_spite_of_typing_errors(
    shared_server: Served, owner: Person, video: str
) -> None:
    http = shared_server.http
    until(lambda: http.get("/api/search", params={"q": f"@{owner.handle}"}).json()["people"])
    found = http.get("/api/search", params={"q": owner.handle}).json()
    assert found.keys() == {*KINDS}
    (person,) = found["people"]
    assert person.keys() == {"kind", "id", "handle", "name", "bio", "followers"}
    assert (person["kind"], person["id"], person["followers"]) == ("person", owner.id, 0)
    until(lambda: http.get("/api/search", params={"q": owner.handle, "kind": "videos"}).json()["items"])
    listed = http.get("/api/search", params={"q": owner.handle[:-1] + "\u00e9", "kind": "videos"}).json()
    assert [(item["kind"], item["id"]) for item in listed["items"]] == [("video", video)]
    assert listed["next"] is None
    assert "reason" not in listed["items"][0]


def test_rooms_are_found_only_while_they_are_live(shared_server: Served, owner: Person) -> None:
    room = owner.open_room("Lighthouse evening")
    until(lambda: shared_server.http.get("/api/search", params={"q": owner.handle}).json()["people"])
    answer = shared_server.http.get("/api/search", params={"q": "lighthouse", "kind": "rooms"}).json()
    assert answer == {"items": [], "next": None}
    owner.http.delete(f"/api/rooms/{room['id']}")


def test_any_text_gets_a_clean_answer(shared_server: Served) -> None:
    http = shared_server.http
    for text in ("", " ", "\0", '"', "a AND (", "#", "@", "\U0001f600", "\u202e", "%", "'" * QUERY_CHARS_MAX):
        for kind in ("", *KINDS):
            answer = http.get("/api/search", params={"q": text, "kind": kind})
            assert answer.status_code == (400 if "\0" in text else 200), (text, kind)
    for text in ("a" * (QUERY_CHARS_MAX + 1), "\U0001f600" * 201):
        answer = http.get("/api/search", params={"q": text})
        assert answer.json()["code"] == "invalid_request"
    assert http.get("/api/search?q=%ff%fe%c0").status_code == 200
    assert http.get("/api/search", params={"q": "x" * 10_240}).status_code in (400, 414, 431)
    for wrong in ({"kind": "everything"}, {"kind": "people", "cursor": "x"}, {"limit": "0"}, {"other": "1"}):
        assert http.get("/api/search", params={"q": "a", **wrong}).json()["code"] == "invalid_request"


def test_trending_has_its_documented_fields(shared_server: Served, video: str) -> None:
    until(lambda: shared_server.http.get("/api/trending").json()["videos"])
    trending = shared_server.http.get("/api/trending").json()
    assert trending.keys() == {"hashtags", "videos"}
    assert video in [item["id"] for item in trending["videos"]]


def test_a_hashtag_has_a_page_of_its_own(shared_server: Served) -> None:
    assert shared_server.http.get("/api/tags/Nothing").json() == {
        "tag": "nothing", "videos": 0, "views": 0, "challenge": None
    }  # fmt: skip
    answer = shared_server.http.get("/api/tags/nothing/videos", params={"order": "most_viewed"})
    assert answer.json() == {"items": [], "next": None}

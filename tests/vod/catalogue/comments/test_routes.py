"""Comments over HTTP: the shapes and refusals that docs/protocol.md promises."""

from __future__ import annotations

from tests.served import Person, Served

COMMENT_FIELDS = {
    "id", "by", "text", "at", "parent", "to", "likes", "liked", "liked_by_creator", "replies", "pinned",
}  # fmt: skip


def test_comments_can_be_written_read_and_deleted(video: str, owner: Person, shared_server: Served) -> None:
    fan, stranger = shared_server.join(), shared_server.join()
    address = f"/api/videos/{video}/comments"
    answer = fan.http.post(address, json={"text": "Bravo !"})
    comment = answer.json()
    assert answer.status_code == 201
    assert comment.keys() == COMMENT_FIELDS
    assert shared_server.http.get(address).json() == {"items": [comment], "next": None}
    assert stranger.http.delete(f"{address}/{comment['id']}").json()["code"] == "not_allowed"
    assert owner.http.delete(f"{address}/{comment['id']}").status_code == 204
    assert shared_server.http.get(address).json()["items"] == []
    for body in ({"text": ""}, {"text": "x" * 501}, {"text": "a", "b": 1}, {}):
        assert fan.http.post(address, json=body).json()["code"] == "invalid_request"


def test_a_thread_its_likes_and_its_pin(video: str, owner: Person, shared_server: Served) -> None:
    fan = shared_server.join()
    address = f"/api/videos/{video}/comments"
    top = fan.http.post(address, json={"text": "top"}).json()["id"]
    reply = owner.http.post(address, json={"text": "reply", "reply_to": top}).json()
    answer = fan.http.post(address, json={"text": "answer", "reply_to": reply["id"]}).json()
    assert (reply["parent"], answer["parent"], answer["to"]["id"]) == (top, top, owner.id)
    assert fan.http.put(f"{address}/{top}/like").json() == {"likes": 1, "liked": True}
    assert owner.http.put(f"{address}/{top}/like").json() == {"likes": 2, "liked": True}
    assert fan.http.delete(f"{address}/{top}/like").json() == {"likes": 1, "liked": False}
    assert fan.http.put(f"{address}/{top}/pin").json()["code"] == "not_allowed"
    assert owner.http.put(f"{address}/{top}/pin").status_code == 204
    shown = shared_server.http.get(f"{address}/{top}").json()
    assert (shown["pinned"], shown["liked_by_creator"], shown["replies"]) == (True, True, 2)
    replies = shared_server.http.get(f"{address}/{top}/replies").json()
    assert [item["id"] for item in replies["items"]] == [reply["id"], answer["id"]]
    assert shared_server.http.get(f"/api/videos/{video}").json()["comments"] == 3
    assert owner.http.delete(f"{address}/{top}/pin").status_code == 204
    assert fan.http.delete(f"{address}/{top}").status_code == 204
    assert shared_server.http.get(f"{address}/{answer['id']}").json()["code"] == "comment_not_found"
    assert shared_server.http.get(f"/api/videos/{video}").json()["comments"] == 0


def test_hostile_addresses_and_bodies_of_comments_are_refused(video: str, shared_server: Served) -> None:
    fan = shared_server.join()
    address = f"/api/videos/{video}/comments"
    for comment in ("nothing", "%00", "x" * 500, "%F0%9F%8E%81", "..%2F"):
        for method, path in (("GET", ""), ("GET", "/replies"), ("PUT", "/like"), ("PUT", "/pin"), ("DELETE", "")):
            answer = fan.http.request(method, f"{address}/{comment}{path}")
            assert 400 <= answer.status_code < 500, (method, comment, path)
    for body in ({"text": "a", "reply_to": 1}, {"text": "a", "reply_to": "\0"}, {"text": 1}):
        assert fan.http.post(address, json=body).json()["code"] == "invalid_request"
    for query in ("sort=best", "cursor=x", "cursor=%00", "limit=0", "limit=101"):
        assert shared_server.http.get(f"{address}?{query}").json()["code"] == "invalid_request", query
    assert shared_server.http.put(f"{address}/x/like").status_code == 401

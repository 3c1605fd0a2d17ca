"""Cases over HTTP: who may, and that a decision takes effect at once, also on what is already open."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.chat.client import Client
from tests.served import Person, Served

EFFECT_S_MAX = 10.0
NOTE = {"category": "illegal_or_harmful_speech", "reason": "It is hateful."}


@pytest.fixture
def moderator(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "moderator")
    return person


def report(fan: Person, kind: str, subject: str) -> None:
    answer = fan.http.post("/api/reports", json={"subject": {"kind": kind, "id": subject}, "reason": "self_harm"})
    assert answer.status_code == 201, answer.text


def decide(moderator: Person, subject: str, **verdict: Any) -> str:
    """Take the case of this subject, whatever else waits on the shared server."""
    cases = moderator.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]
    for one in cases:
        claimed = moderator.http.post("/api/moderation/claims", json={"case": one["id"]}).json()
        if claimed.get("case", {}).get("subject") == subject:
            body = {"token": claimed["token"], "verdict": {"content": "keep", **NOTE, **verdict}}
            answer = moderator.http.post(f"/api/moderation/cases/{one['id']}/decision", json=body)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])
    raise AssertionError("there is no such case")


def test_only_moderators_see_and_decide_cases(shared_server: Served) -> None:
    member = shared_server.join()
    for method, path, body in (
        ("GET", "/api/moderation/cases", None),
        ("POST", "/api/moderation/claims", {}),
        ("PUT", "/api/moderation/cases/x/lease", {"token": "x"}),
        ("POST", "/api/moderation/cases/x/release", {"token": "x"}),
        ("POST", "/api/moderation/cases/x/decision", {"token": "x", "verdict": {"content": "keep"}}),
        ("POST", "/api/moderation/cases/x/judgement", {"token": "x", "reverse": True, "reason": "x"}),
    ):
        assert member.http.request(method, path, json=body).status_code == 403
        assert shared_server.http.request(method, path, json=body).status_code == 401
    assert shared_server.http.get("/api/decisions").status_code == 401


async def test_who_may_not_post_any_more_is_refused_in_a_chat_that_is_already_open(
    shared_server: Served, moderator: Person
) -> None:
    host, troll, fan = (shared_server.join() for _ in range(3))
    room = host.open_room()["id"]
    async with Client(shared_server.port, room, troll.token) as chat:
        assert (await chat.ask("say", text="you all are ..."))["type"] == "ok"
        report(fan, "person", troll.id)
        decide(moderator, troll.id, measure="posts", days=1)
        assert (await chat.ask("say", text="and another thing"))["code"] == "posting_barred"
    host.http.delete(f"/api/rooms/{room}")


def test_a_suspended_host_is_off_the_air_and_can_only_read_appeal_and_delete(
    shared_server: Served, moderator: Person
) -> None:
    host, fan = shared_server.join(), shared_server.join()
    opened = host.open_room()
    report(fan, "room", opened["id"])
    decision = decide(moderator, opened["id"], content="hide", measure="account", days=7)
    until = time.monotonic() + EFFECT_S_MAX
    while fan.http.get(f"/api/rooms/{opened['id']}").json().get("state") not in ("ended", None):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert host.http.post("/api/rooms", json={"title": "Again"}).json()["code"] == "suspended"
    assert host.http.patch("/api/people/me", json={"name": "Somebody else"}).json()["code"] == "suspended"
    [statement] = host.http.get("/api/decisions").json()["items"]
    assert (statement["id"], statement["reason"], statement["state"]) == (decision, "It is hateful.", "standing")
    assert moderator.id not in str(statement)
    assert host.http.post(f"/api/decisions/{decision}/appeal", json={"text": "It was a film."}).status_code == 204
    assert fan.http.post(f"/api/decisions/{decision}/appeal", json={"text": "x"}).json()["code"] == "decision_not_found"


def test_the_title_of_a_hidden_room_is_nowhere_until_an_appeal_gives_it_back(
    shared_server: Served, moderator: Person
) -> None:
    host, fan, judge, viewer = (shared_server.join() for _ in range(4))
    room = host.open_room("Down with all of them")["id"]
    host.http.delete(f"/api/rooms/{room}").raise_for_status()  # it says so also when it is over
    report(fan, "room", room)
    decision = decide(moderator, room, content="hide")

    def shown() -> list[str]:
        page = viewer.http.get(f"/room/{room}").text
        listed = viewer.http.get("/api/rooms", params={"host": host.handle}).text
        return [where for where in (viewer.http.get(f"/api/rooms/{room}").text, page, listed) if "Down with" in where]

    assert shown() == []
    again = host.http.patch(f"/api/rooms/{room}", json={"title": "Down with all of them"})
    assert again.json()["code"] == "room_ended"
    host.http.post(f"/api/decisions/{decision}/appeal", json={"text": "It is a song."}).raise_for_status()
    shared_server.grant(judge, "moderator")
    for case in judge.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]:
        taken = judge.http.post("/api/moderation/claims", json={"case": case["id"]}).json()
        if taken.get("case", {}).get("subject") == room:
            assert taken["case"]["evidence"] == "Down with all of them"
            body = {"token": taken["token"], "reverse": True, "reason": "It is a song."}
            judge.http.post(f"/api/moderation/cases/{case['id']}/judgement", json=body).raise_for_status()
    assert len(shown()) == 3


async def test_a_line_is_removed_by_nobody_whom_viewers_could_name(shared_server: Served, moderator: Person) -> None:
    host, troll, fan = (shared_server.join() for _ in range(3))
    room = host.open_room()["id"]
    async with Client(shared_server.port, room, troll.token) as chat:
        seq = (await chat.ask("say", text="you all are ..."))["seq"]
        report(fan, "line", f"{room}:{seq}")
        decide(moderator, f"{room}:{seq}", content="hide")
        removed = await chat.next("removed", target=seq)
        assert moderator.id not in str(removed)
        assert moderator.handle not in str(removed)
    host.http.delete(f"/api/rooms/{room}")


def test_a_hostile_body_is_refused(moderator: Person) -> None:
    verdict = {"content": "keep", "points": 4}
    for body in (
        {},
        {"token": ""},
        {"token": "x", "verdict": verdict},
        {"token": "x", "verdict": {"content": "delete"}},
    ):
        assert moderator.http.post("/api/moderation/cases/x/decision", json=body).status_code == 400
    assert moderator.http.post("/api/moderation/claims", json={"case": "' OR 1=1"}).json()["code"] == "case_not_found"
    for cursor in ("x", "9" * 50, "1.", "-5.'"):
        assert moderator.http.get("/api/moderation/cases", params={"cursor": cursor}).status_code == 200

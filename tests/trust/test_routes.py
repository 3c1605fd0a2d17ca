"""Reports over HTTP: every kind of subject, and hostile requests."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import insert

from chat.tables import room_events
from core.database import Database
from tests.served import Person, Served
from trust.legal.routes import NOTICE_RATE
from trust.reports import SUBJECT_CHARS_MAX
from trust.routes import REPORT_RATE


def test_a_room_is_reported_and_leaves_the_list(shared_server: Served) -> None:
    host, fan = shared_server.join(), shared_server.join()
    room = host.http.post("/api/rooms", json={"title": "Loud"}).json()["id"]

    def listed() -> list[str]:
        return [one["id"] for one in fan.http.get("/api/rooms", params={"host": host.handle}).json()["items"]]

    assert listed() == [room]
    body = {"subject": {"kind": "room", "id": room}, "reason": "nudity", "text": "See the title"}
    answer = fan.http.post("/api/reports", json=body)
    assert answer.status_code == 201
    assert answer.json().keys() == {"id"}
    assert listed() == []
    (own,) = fan.http.get("/api/reports", params={"kind": "room"}).json()["items"]
    assert own.keys() == {"id", "subject", "reason", "text", "at"}
    assert (own["subject"], own["reason"], own["text"]) == (body["subject"], "nudity", "See the title")
    assert fan.http.delete(f"/api/reports/{own['id']}").status_code == 204
    assert fan.http.delete(f"/api/reports/{own['id']}").json()["code"] == "report_not_found"
    assert listed() == [room]
    assert host.http.post("/api/reports", json=body).json()["code"] == "cannot_report_yourself"


def test_a_line_of_chat_is_reported_by_its_room_and_number(shared_server: Served) -> None:
    host, fan = shared_server.join(), shared_server.join()
    room = host.open_room()["id"]
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")
    for seq, removed in ((1, False), (2, True)):
        row = {"room": room, "seq": seq, "type": "said", "at": 1, "person": host.id, "removed": removed, "fields": {}}
        database.write(lambda c, row=row: c.execute(insert(room_events).values(row)))  # type: ignore[misc]
    database.close()

    def report(seq: int, who: Person) -> httpx.Response:
        body = {"subject": {"kind": "line", "id": f"{room}:{seq}"}, "reason": "hate"}
        return who.http.post("/api/reports", json=body)

    assert report(1, fan).status_code == 201
    assert report(1, host).json()["code"] == "cannot_report_yourself"
    assert report(2, fan).json()["code"] == "no_such_line", "it was removed"
    (own,) = fan.http.get("/api/reports", params={"kind": "line"}).json()["items"]
    assert own["subject"]["id"] == f"{room}:1"


@pytest.mark.parametrize(
    ("kind", "subject", "code"),
    [
        ("video", "nothing", "video_not_found"), ("comment", "nothing", "comment_not_found"),
        ("person", "nothing", "not_found"), ("room", "nothing", "not_found"), ("line", "nothing", "no_such_line"),
        ("line", "room:0", "no_such_line"), ("line", "room:" + "9" * 40, "no_such_line"),
        ("line", "room:-1", "no_such_line"), ("line", "room:\u0661", "no_such_line"),
        ("song", "x", "invalid_request"), ("video", "", "invalid_request"),
        ("video", "x" * (SUBJECT_CHARS_MAX + 1), "invalid_request"), ("video", "\0", "invalid_request"),
    ],
)  # fmt: skip
def test_what_is_not_there_cannot_be_reported(shared_server: Served, kind: str, subject: str, code: str) -> None:
    body = {"subject": {"kind": kind, "id": subject}, "reason": "spam"}
    assert shared_server.join().http.post("/api/reports", json=body).json()["code"] == code


def test_malformed_reports_are_refused(shared_server: Served) -> None:
    fan, other = shared_server.join(), shared_server.join()
    subject = {"kind": "person", "id": other.id}
    for body in (
        {}, {"subject": subject}, {"subject": subject, "reason": "ugly"}, {"subject": "person", "reason": "spam"},
        {"subject": subject, "reason": "spam", "text": 1}, {"subject": subject, "reason": "spam", "text": "x" * 1001},
        {"subject": subject | {"more": 1}, "reason": "spam"}, {"subject": subject, "reason": "spam", "reporter": "x"},
    ):  # fmt: skip
        assert fan.http.post("/api/reports", json=body).json()["code"] == "invalid_request"
    assert shared_server.http.post("/api/reports", json={"subject": subject, "reason": "spam"}).status_code == 401
    for query in ("kind=song", "cursor=" + "x" * 101, "limit=0", "by=x"):
        assert fan.http.get(f"/api/reports?{query}").json()["code"] == "invalid_request"


def test_reports_of_a_person_and_notices_of_a_network_are_limited_in_their_rate(tmp_path: Path) -> None:
    with Served(tmp_path / "data", environment={"CADEAU_RATE_LIMITS": "1"}) as server:
        fan = server.join()
        body = {"subject": {"kind": "video", "id": "nothing"}, "reason": "spam"}
        codes = [fan.http.post("/api/reports", json=body).json()["code"] for _ in range(REPORT_RATE.count + 1)]
        notice = {
            "address": "/video/nothing", "reason": "illegal", "why": "It is a fraud.", "name": "Ida",
            "email": "ida@example.org", "good_faith": True,
        }  # fmt: skip
        noted = [
            server.http.post("/api/legal/notices", json=notice).json()["code"] for _ in range(NOTICE_RATE.count + 1)
        ]
    assert codes == ["video_not_found"] * REPORT_RATE.count + ["rate_exceeded"]
    assert noted == ["address_not_found"] * NOTICE_RATE.count + ["rate_exceeded"]

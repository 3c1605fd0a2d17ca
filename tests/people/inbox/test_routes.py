"""The inbox over HTTP, with all domains behind it."""

from __future__ import annotations

from tests.served import Person, Served


def kinds(person: Person) -> list[str]:
    return [one["kind"] for one in person.http.get("/api/notifications").json()["items"]]


def test_a_person_who_is_reported_leaves_the_inbox_until_the_report_is_withdrawn(shared_server: Served) -> None:
    ada, ben = shared_server.join(), shared_server.join()
    ben.http.put(f"/api/people/{ada.handle}/follow").raise_for_status()
    assert kinds(ada) == ["follow"]
    body = {"subject": {"kind": "person", "id": ben.id}, "reason": "harassment"}
    report = ada.http.post("/api/reports", json=body).json()["id"]
    assert ada.http.get("/api/notifications").json() == {"items": [], "next": None, "unread": 0}
    ada.http.delete(f"/api/reports/{report}").raise_for_status()
    assert kinds(ada) == ["follow"]

"""Explanations and control over HTTP."""

from __future__ import annotations

from tests.served import Person, Served


def test_a_person_sees_why_and_switches_personalisation_off(video: str, shared_server: Served) -> None:
    ada, bob = shared_server.join(), shared_server.join()
    (item,) = [one for one in ada.http.get("/api/feed").json()["items"] if one.get("id") == video]
    address = f"/api/feed/why/{item['impression']}"
    french = ada.http.get(address, headers={"Accept-Language": "fr"}).json()
    assert french["code"] == item["reason"]["code"]
    assert french["text"] != ada.http.get(address).json()["text"]
    for stranger in (bob.http, shared_server.http):
        assert stranger.get(address).json()["code"] == "impression_not_found"
    off = ada.http.put("/api/feed/personalised", json={"personalised": False}).json()
    assert off == {"personalised": False, "items": [], "reason": None}
    items = ada.http.get("/api/feed").json()["items"]
    assert {one["reason"]["code"] for one in items} <= {"chronological", "trending", "live"}
    assert ada.http.delete("/api/feed/interests").status_code == 204
    assert ada.http.delete("/api/feed/interests/hashtag/none").json()["code"] == "interest_not_found"
    assert shared_server.http.get("/api/feed/interests").json()["code"] == "not_signed_in"


def test_minors_and_visitors_who_ask_for_privacy_are_not_profiled(video: str, shared_server: Served) -> None:
    minor = shared_server.join(birthdate="2012-01-01")
    answer = minor.http.put("/api/feed/personalised", json={"personalised": True})
    assert answer.json()["code"] == "adults_only"
    private = shared_server.http.get("/api/feed", headers={"Sec-GPC": "1"}).json()["items"]
    assert {one["reason"]["code"] for one in private} <= {"chronological", "trending", "live"}


def test_only_moderators_see_the_experiment(owner: Person, shared_server: Served) -> None:
    path = "/api/admin/feed/experiment"
    assert owner.http.get(path).json()["code"] == "not_allowed"
    shared_server.grant(owner, "moderator")
    assert owner.http.get(path).json() == {"rankers": ["learned", "popular", "newest"], "experiment": None}
    started = owner.http.post(path, json={"control": "learned", "treatment": "popular"})
    assert started.status_code == 201
    assert owner.http.delete(path).json()["experiment"]["stopped_at"] is not None

"""Challenges over HTTP: who may, and what strangers, minors and hostile requests get."""

from __future__ import annotations

from tests.browser.ads.sponsors import begin, challenge_terms, new_sponsor, value_in_euros
from tests.served import Person, Served
from tests.vod.ads.campaigns.test_routes import code


def test_a_challenge_is_booked_reviewed_and_shown(owner: Person, shared_server: Served) -> None:
    stranger, child = shared_server.join(), shared_server.join(birthdate="2012-01-01")
    value_in_euros(shared_server)
    terms = challenge_terms(new_sponsor(owner), "bakersday")
    made = owner.http.post("/api/ads/challenges", json=terms)
    assert made.status_code == 201, made.text
    challenge = made.json()["id"]
    mine, public = f"/api/ads/challenges/{challenge}", f"/api/challenges/{challenge}"
    key = {"Idempotency-Key": "one"}
    assert code(owner.http.post(f"{mine}/submit")) == (400, "idempotency_key_missing")
    assert code(owner.http.post(f"{mine}/submit", headers=key)) == (409, "ad_balance_too_low")
    for answer in (
        stranger.http.get(mine), stranger.http.put(mine, json=terms), stranger.http.post(f"{mine}/cancel"),
        stranger.http.post(f"{mine}/submit", headers=key), stranger.http.get(public),
        stranger.http.post(f"{mine}/winner", json={"video": "x", "because": "y"}),
        stranger.http.get(f"{public}/entries"),
    ):  # fmt: skip
        assert code(answer) == (404, "challenge_not_found")
    verdict = {"approved": True, "revision": 1}
    assert stranger.http.put(f"/api/admin/ads/challenges/{challenge}", json=verdict).status_code == 403
    assert stranger.http.put("/api/admin/ads/challenge-fee", json={"fee_micro": 5}).status_code == 403
    begin(shared_server, owner, challenge)
    shown = stranger.http.get(public).json()
    assert (shown["state"], shown["prize_micro"], shown["entries"], shown["winner"]) == (
        "running",
        100_000_000,
        0,
        None,
    )
    assert "reasons" not in shown
    assert challenge in [one["id"] for one in stranger.http.get("/api/challenges").json()["items"]]
    assert child.http.get("/api/challenges").json()["items"] == []
    assert child.http.get(public).status_code == 200  # what an entry's label leads to
    assert stranger.http.get("/api/tags/bakersday").json()["challenge"]["id"] == challenge
    assert code(owner.http.post(f"{mine}/cancel")) == (409, "challenge_not_open")
    assert code(owner.http.put(mine, json=terms)) == (409, "challenge_not_open")
    [held] = [owner.http.get(f"/api/ads/advertisers/{terms['advertiser']}/balance").json()]
    assert (held["available_micro"], held["held_micro"]) == (100_000_000, 100_000_000)


def test_hostile_bookings_are_refused(owner: Person, shared_server: Served) -> None:
    terms = challenge_terms(new_sponsor(owner), "fine")
    for wrong in (
        {"tag": "<b>"}, {"tag": "a" * 1_000}, {"prize_micro": -1}, {"prize_micro": 2**63}, {"rules": "x" * 100_000},
        {"category": "nothing"}, {"choice": "chance"}, {"starts_on": "never"}, {"unknown": 1}, {"title": "\u202e"},
    ):  # fmt: skip
        answer = owner.http.post("/api/ads/challenges", json=terms | wrong)
        assert answer.status_code in (400, 413), (wrong, answer.text)
    assert owner.http.get("/api/challenges/x/entries?cursor=y").status_code in (400, 404)
    assert code(owner.http.post("/api/ads/challenges", json=terms | {"advertiser": "x"})) == (
        404,
        "advertiser_not_found",
    )

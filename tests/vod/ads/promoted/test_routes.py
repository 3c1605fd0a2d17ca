"""Consents, takeovers and their prices over HTTP: who may, and what strangers learn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.served import Person, Served
from tests.vod.ads.campaigns.test_routes import code, open_account


def test_a_consent_is_given_listed_and_taken_back_by_its_creator(
    owner: Person, video: str, shared_server: Served
) -> None:
    stranger, baker = shared_server.join(), shared_server.join()
    until = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    body = {"video": video, "until_on": until, "share_percent": 30, "sponsor": "Corner Bakery"}
    assert code(stranger.http.post("/api/ads/consents", json=body)) == (400, "invalid_campaign")
    assert code(owner.http.post("/api/ads/consents", json=body | {"share_percent": 31})) == (409, "conflict")
    made = owner.http.post("/api/ads/consents", json=body)
    assert made.status_code == 201, made.text
    address = f"/api/ads/consents/{made.json()['code']}"
    assert stranger.http.get("/api/ads/consents").json()["items"] == []
    assert [one["code"] for one in owner.http.get("/api/ads/consents").json()["items"]] == [made.json()["code"]]
    mine, other = open_account(baker), open_account(stranger, name="Butcher")
    offered = baker.http.get(address, params={"advertiser": mine}).json()
    assert (offered["video"], offered["by"]["handle"], offered["share_percent"]) == (video, owner.handle, 30)
    assert code(stranger.http.get(address, params={"advertiser": other})) == (404, "consent_not_found")
    assert code(stranger.http.get(address, params={"advertiser": mine})) == (404, "advertiser_not_found")
    assert code(stranger.http.delete(address)) == (404, "consent_not_found")
    assert owner.http.delete(address).json()["state"] == "revoked"
    assert code(baker.http.get(address, params={"advertiser": mine})) == (409, "consent_over")
    assert owner.http.get("/api/ads/earnings").json() == {
        "currency": "EUR", "balance_micro": 0, "earned_micro": 0, "payable_micro": 0, "held_days": 30, "items": []
    }  # fmt: skip
    for method, path in (("GET", "/api/ads/consents"), ("POST", "/api/ads/consents"), ("GET", "/api/ads/earnings")):
        assert shared_server.http.request(method, path, json=body).status_code == 401


def test_only_admins_set_what_a_day_costs_and_what_creators_get(owner: Person, shared_server: Served) -> None:
    moderator, admin = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    shared_server.grant(admin, "admin")
    before = owner.http.get("/api/ads/terms").json()["settings"]["offers"]
    wanted = {"takeover_day_micro": 50_000_000, "creator_share_percent": 40}
    address = "/api/admin/ads/offers"
    assert code(owner.http.put(address, json=wanted))[0] == 403
    assert code(moderator.http.put(address, json=wanted)) == (403, "not_allowed")
    for wrong in ({"creator_share_percent": 91}, {"creator_share_percent": 0}, {"takeover_day_micro": 1}):
        assert code(admin.http.put(address, json=wanted | wrong)) == (400, "invalid_request")
    assert admin.http.put(address, json=wanted).json()["offers"] == wanted
    offer = owner.http.get("/api/ads/takeovers", params={"category": "food"}).json()
    assert (offer["day_micro"], offer["taken"], offer["days_max"]) == (50_000_000, [], 31)
    assert code(owner.http.get("/api/ads/takeovers", params={"category": "nonsense"})) == (400, "invalid_request")
    assert shared_server.http.get("/api/ads/takeovers", params={"category": "food"}).status_code == 401
    admin.http.put(address, json=before)

"""Advertising over HTTP: from nothing to a campaign that runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.served import Person, Served

ACCOUNT = {"name": "Corner Bakery", "country": "FR", "zone": "UTC"}


def terms(advertiser: str, video: str, **values: Any) -> dict[str, Any]:
    begins = datetime.now(UTC).date()
    creative = {"video": video, "url": "https://bakery.example/", "text": "Fresh every morning", "action": "visit"}
    return {
        "advertiser": advertiser, "name": "Opening", "category": "food", "objective": "views", "pricing": "cpm",
        "bid_micro": 8_000_000, "total_micro": 20_000_000, "starts_on": begins.isoformat(),
        "ends_on": (begins + timedelta(days=9)).isoformat(), "creatives": [creative],
    } | values  # fmt: skip


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def open_account(person: Person, **values: Any) -> str:
    answer = person.http.post("/api/ads/advertisers", json=ACCOUNT | values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_a_campaign_is_bought_from_nothing_to_running(owner: Person, video: str, shared_server: Served) -> None:
    moderator, outsider = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    mine = open_account(owner)
    base = f"/api/ads/advertisers/{mine}"
    key = {"Idempotency-Key": "one"}
    paid = owner.http.post(f"{base}/top-ups", json={"amount_minor": 5_000}, headers=key)
    assert (paid.status_code, paid.json()["state"]) == (201, "completed")
    assert owner.http.post(f"{base}/top-ups", json={"amount_minor": 5_000}, headers=key).json() == paid.json()
    assert code(owner.http.post(f"{base}/top-ups", json={"amount_minor": 5_000})) == (400, "idempotency_key_missing")
    assert owner.http.get(f"{base}/balance").json()["available_micro"] == 50_000_000
    made = owner.http.post("/api/ads/campaigns", json=terms(mine, video))
    assert made.status_code == 201, made.text
    campaign = f"/api/ads/campaigns/{made.json()['id']}"
    assert owner.http.post(f"{campaign}/submit").json()["state"] == "review"
    assert code(outsider.http.get(campaign)) == (404, "campaign_not_found")
    assert code(outsider.http.get(f"{base}/balance")) == (404, "advertiser_not_found")
    assert code(outsider.http.post(f"{base}/top-ups", json={"amount_minor": 5_000}, headers=key)) == (
        404, "advertiser_not_found"
    )  # fmt: skip
    queue = [one for one in moderator.http.get("/api/admin/ads/creatives").json()["items"] if one["advertiser"] == mine]
    creative = queue[0]["creative"]
    assert queue[0]["advertiser_state"] == "new"
    verdict = {"approved": True, "revision": creative["revision"]}
    wrong = moderator.http.put(f"/api/admin/ads/creatives/{creative['id']}", json=verdict | {"revision": 2**63})
    assert code(wrong) == (400, "invalid_request")
    assert moderator.http.put(f"/api/admin/ads/creatives/{creative['id']}", json=verdict).json()["state"] == "approved"
    assert mine in [one["id"] for one in moderator.http.get("/api/admin/ads/advertisers?limit=100").json()["items"]]
    seen = {"verified": True, "name": ACCOUNT["name"]}
    assert moderator.http.put(f"/api/admin/ads/advertisers/{mine}", json=seen).status_code == 204
    now = owner.http.get(campaign).json()
    assert (now["state"], now["budget_micro"], now["spent_micro"], now["held_micro"]) == ("running", 20_000_000, 0, 0)
    assert (now["views"], now["viewable"], now["clicks"]) == (0, 0, 0)
    assert [one["id"] for one in owner.http.get(f"/api/ads/campaigns?advertiser={mine}").json()["items"]] == [now["id"]]
    assert owner.http.post(f"{campaign}/pause").json()["state"] == "paused"
    assert code(owner.http.post(f"{campaign}/pause")) == (409, "campaign_not_open")
    assert owner.http.post(f"{campaign}/resume").json()["state"] == "running"
    assert owner.http.patch(campaign, json={"total_micro": 30_000_000}).json()["budget_micro"] == 30_000_000
    assert owner.http.post(f"{campaign}/end").json()["state"] == "ended"
    back = owner.http.post(
        f"{base}/top-ups/{paid.json()['id']}/refunds", json={"amount_minor": 5_000}, headers={"Idempotency-Key": "back"}
    )
    assert (back.status_code, back.json()["state"]) == (201, "done")
    [top_up] = owner.http.get(f"{base}/top-ups").json()["items"]
    assert (top_up["state"], top_up["refunded_minor"], top_up["refundable_minor"]) == ("refunded", 5_000, 0)


def test_hostile_bookings_are_refused_with_their_codes(owner: Person, video: str) -> None:
    mine = open_account(owner, name="Butcher")

    def book(**values: Any) -> tuple[int, str]:
        return code(owner.http.post("/api/ads/campaigns", json=terms(mine, video, **values)))

    without = terms(mine, video)
    del without["category"]
    assert code(owner.http.post("/api/ads/campaigns", json=without)) == (400, "invalid_request")
    assert book(category="") == (400, "invalid_request")
    assert book(category="politics") == (409, "category_not_allowed")
    assert book(bid_micro=2**63) == (400, "invalid_request")
    assert book(bid_micro=1) == (409, "bid_too_low")
    assert book(total_micro=10**12 + 1) == (400, "invalid_request")
    assert book(ends_on="1999-01-01") == (400, "invalid_campaign")
    assert book(tier="house") == (400, "invalid_request")
    for url in (
        "javascript:alert(1)",
        "https://127.0.0.1/",
        "https://user:pw@bakery.example/",
        "https://x.example/" * 99,
    ):
        creative = {"video": video, "url": url, "text": "Fresh", "action": "visit"}
        assert book(creatives=[creative])[0] == 400, url


def test_members_are_added_changed_and_removed(owner: Person, shared_server: Served) -> None:
    mine, editor = open_account(owner, name="Members"), shared_server.join()
    members = f"/api/ads/advertisers/{mine}/members"
    added = owner.http.put(f"{members}/{editor.handle}", json={"role": "editor"}).json()["items"]
    assert [(one["person"]["handle"], one["role"]) for one in added] == [
        (owner.handle, "owner"), (editor.handle, "editor")
    ]  # fmt: skip
    assert [one["invited"] for one in added] == [False, True]
    editor.http.put(f"/api/ads/invitations/{mine}").raise_for_status()
    added = owner.http.get(members).json()["items"]
    assert [one["invited"] for one in added] == [False, False]
    assert editor.http.get("/api/ads/advertisers").json()["items"][0]["role"] == "editor"
    assert editor.http.get(members).json()["items"] == added
    assert code(editor.http.put(f"/api/ads/advertisers/{mine}", json=ACCOUNT)) == (403, "not_allowed")
    assert owner.http.put(f"/api/ads/advertisers/{mine}", json=ACCOUNT | {"payer": "Mill"}).json()["payer"] == "Mill"
    assert owner.http.get(f"/api/ads/advertisers/{mine}").json()["name"] == "Corner Bakery"
    assert editor.http.delete(f"{members}/{editor.handle}").status_code == 204
    assert code(editor.http.get(members)) == (404, "advertiser_not_found")


def test_creatives_are_added_changed_and_removed(owner: Person, video: str) -> None:
    mine = open_account(owner, name="Creatives")
    made = owner.http.post("/api/ads/campaigns", json=terms(mine, video, creatives=[])).json()
    creative = {"video": video, "url": "https://bakery.example/", "text": "Fresh", "action": "order"}
    added = owner.http.post(f"/api/ads/campaigns/{made['id']}/creatives", json=creative)
    assert added.status_code == 201
    address = f"/api/ads/creatives/{added.json()['creatives'][0]['id']}"
    assert owner.http.put(address, json=creative | {"text": "Warm"}).json()["creatives"][0]["text"] == "Warm"
    assert owner.http.delete(address).json()["creatives"] == []
    assert code(owner.http.delete(address)) == (404, "creative_not_found")


def test_only_admins_set_floors_and_allow_categories(owner: Person, shared_server: Served) -> None:
    moderator, admin = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    shared_server.grant(admin, "admin")
    before = owner.http.get("/api/ads/terms").json()["settings"]
    assert before == moderator.http.get("/api/admin/ads/settings").json()
    price = {"cpm_micro": 1_000_000, "cpc_micro": 50_000}
    for person in (owner, moderator):
        assert code(person.http.put("/api/admin/ads/floors/in_feed", json=price)) == (403, "not_allowed")
        assert code(person.http.put("/api/admin/ads/categories/alcohol", json={"allowed": True})) == (
            403,
            "not_allowed",
        )
    assert code(owner.http.get("/api/admin/ads/creatives")) == (403, "not_allowed")
    assert admin.http.put("/api/admin/ads/floors/in_feed", json=price).json()["floors"] == before["floors"]
    assert code(admin.http.put("/api/admin/ads/floors/popup", json=price)) == (404, "not_found")
    assert code(admin.http.put("/api/admin/ads/floors/in_feed", json=price | {"cpm_micro": 0})) == (
        400,
        "invalid_request",
    )
    switched = admin.http.put("/api/admin/ads/categories/alcohol", json={"allowed": True}).json()["categories"]
    assert {one["category"]: one["allowed"] for one in switched}["alcohol"]
    assert code(admin.http.put("/api/admin/ads/categories/nonsense", json={"allowed": True})) == (404, "not_found")
    admin.http.put("/api/admin/ads/categories/alcohol", json={"allowed": False})
    mine = open_account(owner, name="Stopped")
    stopped = f"/api/admin/ads/advertisers/{mine}/stopped"
    assert code(moderator.http.put(stopped, json={"stopped": True})) == (403, "not_allowed")
    assert admin.http.put(stopped, json={"stopped": True}).status_code == 204
    assert owner.http.get(f"/api/ads/advertisers/{mine}").json()["stopped"] == "admin"


def test_a_forecast_needs_no_account(owner: Person) -> None:
    body = terms("", "", zone="UTC")
    for field in ("advertiser", "name", "creatives"):
        del body[field]
    answer = owner.http.post("/api/ads/forecast", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["days"] == 10
    assert code(owner.http.post("/api/ads/forecast", json=body | {"bid_micro": 1})) == (409, "bid_too_low")
    assert code(owner.http.post("/api/ads/forecast", json=body | {"zone": "Mars"})) == (400, "invalid_request")


def test_results_are_shown_and_exported_to_members_only(owner: Person, video: str, shared_server: Served) -> None:
    mine, outsider = open_account(owner, name="Results"), shared_server.join()
    made = owner.http.post("/api/ads/campaigns", json=terms(mine, video)).json()["id"]
    address = f"/api/ads/campaigns/{made}/results"
    assert owner.http.get(address).json() == {
        "days": [], "reach": None, "frequency": None, "hours": [], "hashtags": [], "countries": [],
        "zones": [], "learning": {"conversions": 0, "needed": 50, "days": 7},
    }  # fmt: skip
    exported = owner.http.get(f"{address}.csv")
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert exported.text.startswith("day,views,viewable,clicks,spent_micro,planned_micro,not_viewable,")
    assert exported.text.count("\r\n") == 1
    for one in (address, f"{address}.csv"):
        assert code(outsider.http.get(one)) == (404, "campaign_not_found")

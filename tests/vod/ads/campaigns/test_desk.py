"""The advertiser's desk: papers and decisions reach the people of an advertiser and nobody else; what is edited."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from core.errors import InvalidRequest
from tests.served import Person, Served
from tests.vod.ads.campaigns.conftest import ZONE, Agency
from tests.vod.ads.campaigns.rows import DAY_MS
from tests.vod.ads.campaigns.test_routes import ACCOUNT, code, open_account, terms
from vod.ads.campaigns.booking import CampaignEdit
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.dates import midnight, today
from vod.errors import InvalidCampaign


def edit(agency: Agency, campaign: CampaignView, **terms: Any) -> CampaignView:
    return agency.studio.bookings.edit(campaign.id, agency.ada, msgspec.convert(terms, CampaignEdit))


def notices(person: Person) -> list[tuple[str, str, str]]:
    """(text, where it leads, title), the latest first."""
    items = person.http.get("/api/notifications", params={"kind": "ad"}).json()["items"]
    return [(one["text"], one["subject"]["id"], one["subject"]["title"]) for one in items]


def test_decisions_and_their_reasons_are_told_to_every_member_and_to_nobody_else(
    owner: Person, video: str, shared_server: Served
) -> None:
    moderator, viewer, outsider = (shared_server.join() for _ in range(3))
    shared_server.grant(moderator, "moderator")
    mine = open_account(owner, name="Told Bakery")
    owner.http.put(f"/api/ads/advertisers/{mine}/members/{viewer.handle}", json={"role": "viewer"})
    invited = ("invited", "", "Told Bakery")
    assert notices(viewer) == [invited]
    assert [one["role"] for one in viewer.http.get("/api/ads/invitations").json()["items"]] == ["viewer"]
    viewer.http.put(f"/api/ads/invitations/{mine}").raise_for_status()
    made = owner.http.post("/api/ads/campaigns", json=terms(mine, video, name="Told")).json()
    campaign = f"/api/ads/campaigns/{made['id']}"
    creative = f"/api/admin/ads/creatives/{made['creatives'][0]['id']}"

    def decide(**verdict: Any) -> None:
        revision = owner.http.get(campaign).json()["creatives"][0]["revision"]
        answer = moderator.http.put(creative, json={"revision": revision} | verdict)
        assert answer.status_code == 200, answer.text

    owner.http.post(f"{campaign}/submit")
    decide(approved=False, reasons=["misleading", "landing_page"], note="Say what it costs.")
    rejected = ("rejected misleading landing_page", made["id"], "Told")
    assert (notices(owner), notices(viewer)) == ([rejected], [rejected, invited])
    assert notices(outsider) == notices(moderator) == []
    changed = {"video": video, "url": "https://bakery.example/", "text": "Bread for 2 euros", "action": "visit"}
    owner.http.put(f"/api/ads/creatives/{made['creatives'][0]['id']}", json=changed)
    owner.http.post(f"{campaign}/submit")
    decide(approved=True)
    assert notices(owner)[0] == ("approved", made["id"], "Told")
    verdict = {"verified": False, "name": "Told Bakery", "reason": "There is no such business."}
    assert moderator.http.put(f"/api/admin/ads/advertisers/{mine}", json=verdict).status_code == 204
    assert notices(owner)[0] == ("name_rejected There is no such business.", "", "Told Bakery")
    owner.http.delete(f"/api/ads/advertisers/{mine}/members/{viewer.handle}")
    assert notices(viewer) == [], "who has left sees no campaigns of it"


def test_papers_are_for_the_members(owner: Person, shared_server: Served) -> None:
    editor, outsider = shared_server.join(), shared_server.join()
    mine = open_account(owner, name="Paper Bakery", payer="Flour & Sons")
    base = f"/api/ads/advertisers/{mine}"
    owner.http.put(f"{base}/members/{editor.handle}", json={"role": "editor"})
    editor.http.put(f"/api/ads/invitations/{mine}").raise_for_status()
    billing = {"address": "1 rue du Four\n75001 Paris", "vat_number": "FR40303265045"}
    assert code(editor.http.put(f"{base}/billing", json=billing)) == (403, "not_allowed")
    assert code(owner.http.put(f"{base}/billing", json={"vat_number": "FR1"})) == (400, "invalid_vat_number")
    billing |= {"name": "", "country": ""}
    assert owner.http.put(f"{base}/billing", json=billing).json() == billing
    paid = editor.http.post(f"{base}/top-ups", json={"amount_minor": 5_000}, headers={"Idempotency-Key": "papers"})
    assert paid.status_code == 201
    [receipt] = editor.http.get(f"{base}/documents").json()["items"]
    assert receipt["content"]["buyer"] == {
        **billing, "name": "Paper Bakery", "payer": "Flour & Sons", "country": "FR"
    }  # fmt: skip
    number = receipt["number"]
    pdf = owner.http.get(f"{base}/documents/{number}/pdf", params={"language": "fr"})
    assert (pdf.headers["content-type"], number.encode() in pdf.content) == ("application/pdf", True)
    month = today("UTC", receipt["at"]).strftime("%Y-%m")
    stated = owner.http.get(f"{base}/statements/{month}").json()["statement"]
    assert (stated["opening_micro"], stated["paid_in_micro"], stated["closing_micro"]) == (0, 50_000_000, 50_000_000)
    assert owner.http.get(f"{base}/statements/{month}/pdf").content.startswith(b"%PDF-")
    other = open_account(outsider, name="Outsider")
    for path in ("billing", "documents", f"documents/{number}", f"documents/{number}/pdf", f"statements/{month}",
                 f"statements/{month}/pdf"):  # fmt: skip
        assert code(outsider.http.get(f"{base}/{path}")) == (404, "advertiser_not_found"), path
        assert shared_server.http.get(f"{base}/{path}").status_code == 401, path
    assert outsider.http.get(f"/api/ads/advertisers/{other}/documents/{number}").status_code == 404
    for wrong in ("2026-13", "x", "0001-01"):
        assert owner.http.get(f"{base}/statements/{wrong}").status_code == 400, wrong


def test_another_name_is_verified_again_and_a_country_is_not(owner: Person) -> None:
    mine = open_account(owner)
    base = f"/api/ads/advertisers/{mine}"
    assert owner.http.put(base, json=ACCOUNT | {"country": "DE"}).json()["country"] == "DE"
    assert owner.http.put(base, json=ACCOUNT | {"name": "Other"}).json()["state"] == "new"


def test_a_review_that_outlasts_the_last_day_ends_the_campaign(agency: Agency) -> None:
    made = agency.submit(agency.book())
    assert made.state == "review"
    agency.house.time.leap_ms = 11 * DAY_MS
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "ended"
    assert agency.house.database.read(lambda c: agency.studio.review.queue(c, "", 10)).items == []


def test_the_same_days_begin_elsewhere_in_another_zone(agency: Agency) -> None:
    made = agency.running()
    there = edit(agency, made, zone="Asia/Tokyo")
    assert (there.zone, there.starts_on, there.ends_on, there.state) == (
        "Asia/Tokyo", made.starts_on, made.ends_on, "running",
    )  # fmt: skip
    last = date.fromisoformat(made.ends_on) + timedelta(days=1)
    assert (there.ends_at, made.ends_at) == (midnight(last, "Asia/Tokyo"), midnight(last, ZONE))
    assert edit(agency, made, zone=ZONE).ends_at == made.ends_at
    with pytest.raises(InvalidRequest):
        edit(agency, made, zone="Europe/Nowhere")


def test_a_zone_in_which_the_last_day_is_over_is_refused(agency: Agency) -> None:
    made = agency.running()
    agency.house.time.leap_ms = made.ends_at - agency.house.time() - 60_000
    with pytest.raises(InvalidCampaign):
        edit(agency, made, zone="Pacific/Kiritimati")


def test_bid_budget_dates_caps_targets_and_zone_need_no_review(agency: Agency) -> None:
    made = agency.running()
    last = (date.fromisoformat(made.ends_on) + timedelta(days=3)).isoformat()
    changed = edit(
        agency, made, bid_micro=9_000_000, total_micro=200_000_000, day_micro=20_000_000, ends_on=last,
        caps={"day": 5}, targets={"hashtags": ["bread"], "hours": [8, 9]}, zone="Europe/Berlin", name="Later",
    )  # fmt: skip
    assert (changed.state, changed.creatives[0].state) == ("running", "approved")
    assert (changed.bid_micro, changed.day_micro, changed.caps.day, changed.targets.hours) == (
        9_000_000, 20_000_000, 5, (8, 9),
    )  # fmt: skip
    assert edit(agency, made, category="music").state == "review"

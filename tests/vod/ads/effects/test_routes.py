"""Sponsored effects over HTTP: from a picture to an effect that is offered, and to a video that names the sponsor."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.served import Person, Served
from tests.vod.ads.campaigns.test_routes import code, open_account
from tests.vod.ads.effects.conftest import LOGO, png
from tests.vod.uploads.client import PATCH

PNG = {"Content-Type": "image/png"}


def terms(advertiser: str, picture: str, **values: Any) -> dict[str, Any]:
    begins = datetime.now(UTC).date()
    return {
        "advertiser": advertiser, "name": "Fresh bread", "template": "sticker", "look": LOGO, "picture": picture,
        "category": "food", "starts_on": begins.isoformat(), "ends_on": (begins + timedelta(days=1)).isoformat(),
    } | values  # fmt: skip


def upload(person: Person, path: Path, effect: str) -> str:
    body, named = path.read_bytes(), base64.b64encode(effect.encode()).decode()
    headers = {**PATCH, "Upload-Length": str(len(body)), "Upload-Metadata": f"effect {named}"}
    answer = person.http.post("/api/uploads", headers=headers, content=body)
    assert answer.status_code == 201, answer.text
    return answer.headers["cadeau-video"]


def test_an_effect_is_booked_reviewed_offered_and_named_on_a_video(
    owner: Person, shared_server: Served, small_film: Path
) -> None:
    moderator, outsider = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    mine = open_account(owner, name="Effect Bakery", zone="UTC")
    pictures = f"/api/ads/advertisers/{mine}/pictures"
    sent = owner.http.post(pictures, content=png(), headers=PNG)
    assert (sent.status_code, sent.json()["width"], sent.json()["height"]) == (201, 60, 40)
    assert code(outsider.http.post(pictures, content=png(), headers=PNG)) == (404, "advertiser_not_found")
    assert code(owner.http.post(pictures, content=b"<svg/>", headers=PNG)) == (422, "picture_unreadable")
    assert code(owner.http.post(pictures, json={})) == (415, "unsupported_media_type")
    picture = outsider.http.get(sent.json()["url"])
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/webp", b"RIFF")
    assert "immutable" in picture.headers["cache-control"]
    assert code(outsider.http.get("/api/effects/pictures/nothing")) == (404, "not_found")

    made = owner.http.post("/api/ads/effects", json=terms(mine, sent.json()["picture"]))
    assert made.status_code == 201, made.text
    effect = f"/api/ads/effects/{made.json()['id']}"
    price = owner.http.get("/api/ads/effect-price").json()
    assert made.json()["total_micro"] == 2 * price["day_micro"]
    assert code(owner.http.post(f"{effect}/submit")) == (409, "ad_balance_too_low")
    owner.http.post(
        f"/api/ads/advertisers/{mine}/top-ups", json={"amount_minor": 5_000}, headers={"Idempotency-Key": "effect"}
    )
    assert owner.http.post(f"{effect}/submit").json()["state"] == "review"
    for address in (effect, f"{effect}/submit", f"{effect}/end"):
        ask = outsider.http.get if address == effect else outsider.http.post
        assert code(ask(address)) == (404, "effect_not_found")
    assert code(outsider.http.get(f"/api/ads/effects?advertiser={mine}")) == (404, "advertiser_not_found")
    assert code(outsider.http.get("/api/admin/ads/effects")) == (403, "not_allowed")

    seen = {"verified": True, "name": "Effect Bakery"}
    assert moderator.http.put(f"/api/admin/ads/advertisers/{mine}", json=seen).status_code == 204
    queue = moderator.http.get("/api/admin/ads/effects?limit=100").json()["items"]
    [waiting] = [one["effect"] for one in queue if one["effect"]["advertiser"] == mine]
    verdict = {"approved": True, "revision": waiting["revision"]}
    assert moderator.http.put(f"/api/admin/ads/effects/{waiting['id']}", json=verdict).json()["state"] == "booked"
    [offered] = [one for one in outsider.http.get("/api/effects").json()["items"] if one["file"]["id"] == waiting["id"]]
    assert (offered["sponsor"], offered["paid_by"]) == ("Effect Bakery", "Effect Bakery")
    minor = shared_server.join(birthdate=f"{datetime.now(UTC).year - 16}-01-01")
    assert minor.http.get("/api/effects").json() == {"items": []}
    assert offered["file"]["stickers"][0]["picture"] == sent.json()["url"]

    video = upload(outsider, small_film, waiting["id"])
    credit = {"id": waiting["id"], "name": "Fresh bread", "sponsor": "Effect Bakery", "paid_by": "Effect Bakery"}
    assert outsider.http.get(f"/api/videos/{video}").json()["effect"] == credit
    assert owner.http.get(effect).json()["uses"] == 1
    wrong = {**PATCH, "Upload-Length": "1", "Upload-Metadata": "effect " + base64.b64encode(b"<b>").decode()}
    assert code(outsider.http.post("/api/uploads", headers=wrong, content=b"x")) == (400, "invalid_upload")
    unknown = {**wrong, "Upload-Metadata": "effect " + base64.b64encode(mine.encode()).decode()}
    assert code(outsider.http.post("/api/uploads", headers=unknown, content=b"x")) == (404, "effect_not_found")
    assert [one["id"] for one in owner.http.get(f"/api/ads/effects?advertiser={mine}").json()["items"]] == [
        waiting["id"]
    ]
    assert owner.http.post(f"{effect}/end").json()["state"] == "ended"
    assert outsider.http.get(f"/api/videos/{video}").json()["effect"] == credit


def test_hostile_effects_are_refused_with_their_codes(owner: Person) -> None:
    mine = open_account(owner, name="Effect Butcher")

    def book(**values: Any) -> tuple[int, str]:
        return code(owner.http.post("/api/ads/effects", json=terms(mine, "0" * 32) | values))

    assert book() == (400, "invalid_effect")
    assert book(look={"script": "alert(1)"}) == (400, "invalid_request")
    assert book(template="code") == (400, "invalid_request")
    assert book(advertiser="0" * 32) == (404, "advertiser_not_found")
    tint = {"colour": {"tint": {"colour": "#ff0000", "share": 0.2}}}
    plain = {"template": "colour", "look": tint, "picture": None}
    assert book(**plain, ends_on="1999-01-01") == (400, "invalid_campaign")
    assert book(**plain, name="") == (400, "invalid_effect")
    assert book(**plain, category="gambling") == (409, "category_not_allowed")

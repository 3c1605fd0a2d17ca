"""Conversions over HTTP: the secret is the owner's, and what is hostile is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.served import Served
from tests.vod.ads.campaigns.test_routes import code, open_account
from vod.ads.serving.signing import CLICK_CHARS

CLICK = "0" * 20 + "." + "a" * 16


def test_the_owner_makes_a_secret_that_is_shown_once_and_revokes_it(shared_server: Served) -> None:
    owner, outsider, viewer = (shared_server.join() for _ in range(3))
    advertiser = open_account(owner)
    base = f"/api/ads/advertisers/{advertiser}"
    assert owner.http.put(f"{base}/members/{viewer.handle}", json={"role": "editor"}).status_code == 200
    assert viewer.http.put(f"/api/ads/invitations/{advertiser}").status_code == 200
    path = f"{base}/conversion-secret"
    assert owner.http.get(path).json() == {"at": None}
    first = owner.http.post(path)
    assert first.status_code == 201
    second = owner.http.post(path).json()["secret"]
    assert second != first.json()["secret"]
    assert set(owner.http.get(path).json()) == {"at"}

    def report(secret: str) -> tuple[int, str]:
        return code(shared_server.http.post("/api/ads/conversions", json={"secret": secret, "click": CLICK}))

    assert report(first.json()["secret"]) == (403, "conversion_secret_unknown")
    assert report(second) == (404, "click_not_found")
    assert viewer.http.get(path).status_code == 200
    for who, wanted in ((viewer, (403, "not_allowed")), (outsider, (404, "advertiser_not_found"))):
        assert code(who.http.post(path)) == wanted
        assert code(who.http.delete(path)) == wanted
    assert code(outsider.http.get(path)) == (404, "advertiser_not_found")
    assert code(shared_server.http.get(path)) == (401, "not_signed_in")
    assert owner.http.delete(path).status_code == 204
    assert report(second) == (403, "conversion_secret_unknown")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"secret": "s" * 101, "click": CLICK},
        {"secret": "s", "click": "0" * (CLICK_CHARS + 1)},
        {"secret": "s", "click": CLICK, "name": "follow"},
        {"secret": "s", "click": CLICK, "order": "x" * 65},
        {"secret": "s", "click": CLICK, "value_micro": -1},
        {"secret": "s", "click": CLICK, "value_micro": 2**63},
        {"secret": "s", "click": CLICK, "person": "ada"},
    ],
)
def test_what_makes_no_sense_is_refused(shared_server: Served, body: dict[str, Any]) -> None:
    answer = shared_server.http.post("/api/ads/conversions", json=body)
    assert code(answer) == (400, "invalid_request")


def test_a_country_is_told_and_taken_back(shared_server: Served) -> None:
    person = shared_server.join()
    assert person.http.get("/api/people/me").json()["country"] == ""
    assert person.http.patch("/api/people/me", json={"country": "FR"}).json()["country"] == "FR"
    for wrong in ("fr", "FRA", "F1", "FR\n"):
        assert code(person.http.patch("/api/people/me", json={"country": wrong})) == (400, "invalid_request")
    assert person.http.patch("/api/people/me", json={"name": "Ada"}).json()["country"] == "FR"
    assert person.http.patch("/api/people/me", json={"country": ""}).json()["country"] == ""
    assert "country" not in person.http.get(f"/api/people/{person.handle}").json()

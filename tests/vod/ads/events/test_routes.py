"""Events of ads over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served import Served
from vod.ads.events.routes import AD_EVENTS_BATCH_MAX, AD_EVENTS_RATE
from vod.ads.serving.signing import IMPRESSION_CHARS

FORGED = {"impression": "0" * 20 + "." + "a" * 16, "kind": "view"}


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("served")
    with Served(folder, {"CADEAU_RATE_LIMITS": "1"}) as server:
        yield server


def test_what_is_forged_is_ignored(shared_server: Served) -> None:
    answer = shared_server.http.post("/api/ads/events", json={"events": [FORGED] * AD_EVENTS_BATCH_MAX})
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 0}


@pytest.mark.parametrize(
    "body",
    [
        {"events": []},
        {"events": [FORGED] * (AD_EVENTS_BATCH_MAX + 1)},
        {"events": [FORGED | {"impression": "0" * (IMPRESSION_CHARS + 1)}]},
        {"events": [FORGED | {"kind": "conversion"}]},
        {"events": [FORGED | {"price": 1}]},
    ],
)
def test_what_makes_no_sense_is_refused(shared_server: Served, body: dict[str, object]) -> None:
    answer = shared_server.http.post("/api/ads/events", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_floods_are_refused(limited: Served) -> None:
    began = time.monotonic()
    for number in range(AD_EVENTS_RATE.count * 2):
        answer = limited.http.post("/api/ads/events", json={"events": [FORGED]})
        if answer.status_code == 429:
            assert answer.json()["code"] == "rate_exceeded"
            assert int(answer.headers["Retry-After"]) >= 1
            assert number <= AD_EVENTS_RATE.count + AD_EVENTS_RATE.per_second * (time.monotonic() - began)
            return
    raise AssertionError("nothing was refused")


def test_the_library_and_the_roots_are_public_and_empty_at_first(shared_server: Served) -> None:
    for path in ("/api/ads/library", "/api/ads/library?q=bakery", "/api/ads/roots"):
        assert shared_server.http.get(path).json() == {"items": [], "next": None}
    for path in ("/api/ads/library?cursor=x", "/api/ads/roots?cursor=x", "/api/ads/library?q=" + "a" * 101):
        assert shared_server.http.get(path).json()["code"] == "invalid_request"


def test_a_day_without_ads_is_verified(shared_server: Served) -> None:
    assert "Every bill of 2026-11-28" in shared_server.run("ads", "verify", "2026-11-28")

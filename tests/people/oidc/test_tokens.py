"""What a provider's answer must be to count, and what becomes of a provider that does not answer."""

from __future__ import annotations

import time
from typing import Any

import pytest

from people.oidc import calls
from people.oidc.keys import AGAIN_MS, KEPT_MS, KEYS_MAX, REST_MS
from people.oidc.routes import OIDC_RATE
from people.oidc.tickets import LIFE_MS
from people.oidc.tokens import AGE_S_MAX, LEEWAY_S, SUBJECT_CHARS_MAX, TOKEN_CHARS_MAX
from tests.people.oidc.conftest import Browser
from tests.people.oidc.provider import (
    CLIENT,
    Provider,
    of_another_type,
    rsa_key,
    signed_by_another,
    signed_with_what_all_know,
    unsigned,
)
from tests.people.security.conftest import MovedClock

GOOD, REFUSED = "/signin/oidc?next=%2F", "/signin?next=%2F&refused=oidc_refused"
DOWN, SPENT = "/signin?refused=oidc_unavailable", "/signin?refused=oidc_spent"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_our_algorithms_count(browser: Browser, provider: Provider, algorithm: str) -> None:
    provider.algorithm = algorithm
    assert await browser.there_and_back() == GOOD


@pytest.mark.parametrize("forge", [unsigned, signed_with_what_all_know, signed_by_another, of_another_type])
async def test_other_signatures_do_not(browser: Browser, provider: Provider, forge: Any) -> None:
    provider.forge = forge
    assert await browser.there_and_back() == REFUSED


NOW = int(time.time())


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"nonce": None}, {"iss": "https://other.example"}, {"iss": None}, {"aud": "other"},
        {"aud": ["other"]}, {"aud": [CLIENT, "other"]}, {"azp": "other"}, {"aud": []}, {"sub": None}, {"sub": ""},
        {"sub": "x" * (SUBJECT_CHARS_MAX + 1)}, {"exp": NOW - LEEWAY_S - 5}, {"exp": None}, {"iat": None},
        {"iat": NOW + 3_600}, {"iat": NOW - AGE_S_MAX - LEEWAY_S - 5}, {"nbf": NOW + 3_600}, {"exp": "soon"},
        {"name": "x" * TOKEN_CHARS_MAX},
    ],
    ids=" ".join,  # their names: values have the time in them
)  # fmt: skip
async def test_other_claims_do_not(browser: Browser, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims = claims
    assert await browser.there_and_back() == REFUSED


async def test_an_audience_of_several_names_who_asked_and_clocks_may_differ(
    browser: Browser, provider: Provider
) -> None:
    provider.claims = {"aud": [CLIENT, "other"], "azp": CLIENT, "exp": int(time.time()) - LEEWAY_S // 2}
    assert await browser.there_and_back() == GOOD


async def test_a_state_counts_once_and_for_this_browser(
    browser: Browser, other: Browser, provider: Provider, moved: MovedClock
) -> None:
    url = provider.page(await browser.leave())
    assert await other.back(url) == SPENT, "another browser"
    assert await browser.back(url.replace("state=", "state=x")) == REFUSED
    assert await browser.back(url) == SPENT, "even a wrong state uses it up"
    url = provider.page(await browser.leave())
    moved.later_ms += LIFE_MS
    assert await browser.back(url) == SPENT


async def test_a_code_counts_once(browser: Browser, provider: Provider) -> None:
    asked = await browser.leave()
    url = provider.page(asked)
    assert await browser.back(url) == GOOD
    code = url.partition("code=")[2].partition("&")[0]
    again = await browser.leave()
    assert await browser.back(f"/api/oidc/callback?code={code}&state={again['state']}") == REFUSED
    elsewhere = f"/api/oidc/callback?code={code}&state={(await browser.leave())['state']}&iss=https://other.example"
    assert await browser.back(elsewhere) == REFUSED
    denied = f"/api/oidc/callback?error=access_denied&state={(await browser.leave())['state']}"
    assert await browser.back(denied) == "/signin?next=%2F&refused=oidc_cancelled"


async def test_a_new_key_is_asked_for_but_not_too_often(
    browser: Browser, provider: Provider, moved: MovedClock
) -> None:
    old = provider.keys["RS256"]
    try:
        assert await browser.there_and_back() == GOOD
        provider.keys["RS256"] = rsa_key("rsa-2")
        assert await browser.there_and_back() == REFUSED, "the keys were fetched a moment ago"
        moved.later_ms += AGAIN_MS
        assert await browser.there_and_back() == GOOD
        assert await browser.there_and_back() == GOOD
        assert provider.asked.count("/jwks") == 2
        provider.forge = signed_by_another  # it names a key that is not there any more
        assert [await browser.there_and_back() for _ in range(3)] == [REFUSED] * 3
        assert provider.asked.count("/jwks") == 2
    finally:
        provider.keys["RS256"] = old
    assert KEPT_MS > AGAIN_MS
    assert KEYS_MAX < 100


@pytest.mark.parametrize("how", ["down", "huge", "nonsense", "elsewhere", "slow"])
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks", "/token"])
async def test_a_provider_that_does_not_answer_as_it_should(
    browser: Browser, provider: Provider, moved: MovedClock, monkeypatch: pytest.MonkeyPatch, how: str, path: str
) -> None:
    monkeypatch.setattr(calls, "TIMEOUT_S", 1.0 if how == "slow" else calls.TIMEOUT_S)
    provider.broken[path] = how
    if path.startswith("/."):
        answer = await browser.http.get("/api/oidc/start")
        assert (answer.status_code, answer.headers["location"]) == (303, DOWN)
        provider.broken.clear()
        monkeypatch.undo()
        answer = await browser.http.get("/api/oidc/start")
        assert answer.headers["location"] == DOWN, "it is left alone for a while"
        assert len(provider.asked) == 1
        moved.later_ms += REST_MS
    ended = await browser.there_and_back()
    said = ended.partition("refused=")[2]
    if path == "/token" and how in ("nonsense", "elsewhere"):
        assert said == "oidc_refused"
    else:
        assert said == ("" if path.startswith("/.") else "oidc_unavailable")
    assert not [one for one in provider.asked if one.endswith("2")], "no redirect is followed"
    assert calls.ANSWER_BYTES_MAX < 400_000


@pytest.mark.parametrize(
    "document",
    [{"issuer": "https://other.example"}, {"token_endpoint": "http://192.0.2.1/token"}, {"jwks_uri": "file:///etc"},
     {"authorization_endpoint": "javascript:alert(1)"}, {"token_endpoint": None}],
    ids=str,
)  # fmt: skip
async def test_a_document_that_leads_elsewhere(browser: Browser, provider: Provider, document: dict[str, Any]) -> None:
    provider.document = document
    assert (await browser.http.get("/api/oidc/start")).headers["location"] == DOWN


async def test_starts_are_counted(browser: Browser) -> None:
    for _ in range(OIDC_RATE.count):
        assert (await browser.http.get("/api/oidc/ticket")).status_code == 410
    assert (await browser.http.get("/api/oidc/ticket")).status_code == 429

"""Who comes back from the provider: somebody known, a newcomer, the owner of an account, somebody erased."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select, update

from cadeau.app import Cadeau
from people.mail.addresses import digest_of
from people.oidc.tickets import LIFE_MS, Tickets
from people.passwords import is_one
from people.security.totp import STEP_MS, code_at
from people.sessions import STEP_UP_MS
from people.standing.restrictions import COLUMNS
from people.tables import mail_addresses, oidc_identities, oidc_tickets, passkeys, people, totp_secrets
from tests.people.oidc.conftest import BORN, Browser
from tests.people.oidc.provider import Provider
from tests.people.security.conftest import MovedClock
from tests.served import PASSWORD

ENTER = "/signin/oidc?next=%2F"


@pytest.fixture
def used_url(database_url: str) -> str:
    return database_url


async def join(browser: Browser, handle: str) -> str:
    body = {"handle": handle, "password": PASSWORD, "birthdate": BORN}
    answer = await browser.http.post("/api/people", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def waiting(browser: Browser) -> dict[str, Any]:
    answer = await browser.http.get("/api/oidc/ticket")
    found: dict[str, Any] = answer.json()
    return found


async def test_a_newcomer_chooses_a_handle_and_comes_back_as_the_same(
    browser: Browser, other: Browser, provider: Provider, moved: MovedClock, cadeau: Cadeau
) -> None:
    provider.claims = {"preferred_username": "Ada.L", "name": "Ada\nLovelace", "email": "ada@example.org"}
    assert (await browser.http.get("/api/oidc")).json() == {"name": "Club", "linked": False}
    asked = await browser.leave("/wallet?from=here")
    assert {"openid", "email"} < set(asked["scope"].split())
    assert "prompt" not in asked
    assert await browser.back(provider.page(asked)) == "/signin/oidc?next=%2Fwallet%3Ffrom%3Dhere"
    assert await waiting(browser) == {
        "provider": "Club", "code": False, "has_account": False, "handle": "ada.l", "name": "Ada Lovelace",
    }  # fmt: skip
    young = {"handle": "ada.l", "birthdate": "2020-01-01"}
    assert await browser.post("/api/oidc/people", **young) == (403, "too_young")
    assert await browser.post("/api/oidc/people", handle="admin", birthdate=BORN) == (409, "handle_reserved")
    assert await browser.post("/api/oidc/people", handle="ada.l", birthdate=BORN) == (201, "")
    assert await browser.me() == "ada.l"
    assert await browser.post("/api/oidc/people", handle="bob", birthdate=BORN) == (410, "oidc_spent")
    assert (await browser.http.get("/api/oidc")).json() == {"name": "Club", "linked": True}
    assert await other.there_and_back("/saved") == "/saved"
    assert await other.me() == "ada.l"
    # There is no password: neither one that could be typed, nor one that says so.
    assert await other.post("/api/sessions", handle="ada.l", password="!") == (401, "wrong_credentials")
    moved.later_ms += STEP_UP_MS
    assert (await other.http.delete("/api/oidc/link")).json()["code"] == "step_up_needed"
    assert (await other.leave())["prompt"] == "login", "whoever is signed in is to prove anew who it is"
    assert await other.there_and_back() == "/"
    assert (await other.http.delete("/api/oidc/link")).json()["code"] == "oidc_last_way_in"
    stored = cadeau.core.database.read(lambda c: c.execute(select(people.c.password)).scalars().all())
    assert [is_one(one) for one in stored] == [False]


async def test_the_password_of_an_account_links_once(
    browser: Browser, other: Browser, provider: Provider, cadeau: Cadeau
) -> None:
    ada = await join(other, "ada")
    assert await browser.there_and_back() == ENTER
    path = "/api/oidc/sessions"
    assert await browser.post(path, handle="ada", password="a guess") == (401, "wrong_credentials")
    assert await browser.post("/api/oidc/people", handle="ada", birthdate=BORN) == (409, "handle_taken")
    assert await browser.post(path, handle="ada", password=PASSWORD) == (201, "")
    assert await browser.me() == "ada"
    browser.http.cookies.clear()
    assert await browser.there_and_back() == "/"
    assert await browser.me() == "ada"
    provider.claims = {"sub": "another"}
    browser.http.cookies.clear()
    assert await browser.there_and_back() == ENTER
    assert await browser.post(path, handle="ada", password=PASSWORD) == (409, "oidc_taken")
    rows = cadeau.core.database.read(lambda c: c.execute(select(oidc_identities.c.person)).scalars().all())
    assert rows == [ada]


@pytest.mark.parametrize(
    ("verified", "known"), [(True, True), (False, False), (None, False), ("true", False), (1, False)]
)
async def test_an_address_says_what_to_offer_if_it_is_verified_and_never_links(
    browser: Browser, other: Browser, provider: Provider, cadeau: Cadeau, verified: object, known: bool
) -> None:
    ada = await join(other, "ada")
    row = {"person": ada, "address": "ada@example.org", "digest": digest_of("ada@example.org"), "verified_at": 1}
    cadeau.core.database.write(lambda c: c.execute(mail_addresses.insert().values(row)))
    provider.claims = {"email": "Ada@example.org", "email_verified": verified}
    assert await browser.there_and_back() == ENTER
    assert (await waiting(browser))["has_account"] is known
    assert await browser.me() == ""
    assert cadeau.core.database.read(lambda c: c.execute(select(oidc_identities)).all()) == []


async def test_a_second_factor_is_asked_for(
    browser: Browser, other: Browser, cadeau: Cadeau, moved: MovedClock
) -> None:
    ada = await browser.become("ada")
    secret = bytes.fromhex("31" * 20)
    row = {"person": ada, "secret": secret, "last_step": 0, "confirmed_at": 1}
    cadeau.core.database.write(lambda c: c.execute(totp_secrets.insert().values(row)))
    assert await other.there_and_back() == ENTER
    assert await other.me() == ""
    assert (await waiting(other))["code"] is True
    path = "/api/oidc/sessions/code"
    assert await other.post(path, code="000000") == (403, "wrong_code")
    assert await other.post(path, code="") == (403, "second_factor_needed")
    assert await other.post("/api/oidc/people", handle="bob", birthdate=BORN) == (409, "conflict")
    assert await other.post("/api/oidc/sessions", handle="ada", password="x") == (409, "conflict")
    code = code_at(secret, cadeau.core.clock() // STEP_MS)
    assert await other.post(path, code=code) == (201, "")
    assert await other.me() == "ada"
    assert await other.post(path, code=code) == (410, "oidc_spent")
    assert await other.there_and_back() == ENTER
    moved.later_ms += LIFE_MS
    assert await other.post(path, code=code) == (410, "oidc_spent")


async def test_a_way_in_is_left(browser: Browser, cadeau: Cadeau) -> None:
    ada = await browser.become("ada")
    row = {"id": b"key", "person": ada, "public_key": b"", "sign_count": 0, "name": "x", "created_at": 1, "used_at": 1}
    cadeau.core.database.write(lambda c: c.execute(passkeys.insert().values(row)))
    assert (await browser.http.delete("/api/oidc/link")).status_code == 204
    key = f"/api/security/passkeys/{b'key'.hex()}"
    assert (await browser.http.delete(key)).json()["code"] == "oidc_last_way_in"


async def test_a_first_password_is_chosen_by_who_has_just_been_at_the_provider(
    browser: Browser, other: Browser, cadeau: Cadeau, moved: MovedClock
) -> None:
    await browser.become("ada")
    assert (await browser.http.get("/api/security")).json()["password"] is False
    path, new = "/api/people/me/password", {"new": "another fine password"}
    moved.later_ms += STEP_UP_MS
    assert (await browser.http.put(path, json=new)).json()["code"] == "step_up_needed"
    assert (await browser.http.put(path, json=new | {"current": ""})).json()["code"] == "step_up_needed"
    assert await browser.there_and_back("/settings") == "/settings"
    assert (await browser.http.put(path, json={"new": "password1"})).json()["code"] == "password_too_common"
    assert (await browser.http.put(path, json=new)).status_code == 204
    assert (await browser.http.get("/api/security")).json()["password"] is True
    assert await other.post("/api/sessions", handle="ada", password=new["new"]) == (201, "")
    assert (await browser.http.put(path, json=new)).json()["code"] == "wrong_password", "there is one now"
    assert (await browser.http.delete("/api/oidc/link")).status_code == 204


async def test_a_suspension_holds(browser: Browser, cadeau: Cadeau, moved: MovedClock) -> None:
    await browser.become("ada")
    until = {COLUMNS["account"].name: cadeau.core.clock() + 10**9}
    cadeau.core.database.write(lambda c: c.execute(update(people).values(until)))
    browser.http.cookies.clear()
    assert await browser.there_and_back() == "/"
    assert await browser.me() == "ada", "as with a password: they may read, appeal and delete"
    assert (await browser.http.post("/api/rooms", json={"title": "x"})).json()["code"] == "suspended"


async def test_an_account_is_linked_and_unlinked_in_its_settings(
    browser: Browser, other: Browser, provider: Provider, moved: MovedClock
) -> None:
    await join(browser, "ada")
    moved.later_ms += STEP_UP_MS
    assert (await browser.http.post("/api/oidc/link")).json()["code"] == "step_up_needed"
    assert await browser.post("/api/sessions/current/step-up", password=PASSWORD) == (204, "")

    async def begin(who: Browser) -> dict[str, str]:
        to = (await who.http.post("/api/oidc/link")).json()["url"]
        return dict(pair.split("=", 1) for pair in to.partition("?")[2].split("&"))

    asked = {name: unquote(value) for name, value in (await begin(browser)).items()}
    cross = {"sec-fetch-site": "cross-site"}  # as a browser comes from the provider
    url = provider.page(asked).removeprefix("http://localhost:8080")
    answer = await browser.http.get(url, headers=cross)
    assert answer.headers["location"] == "/settings"
    assert (await browser.http.get("/api/oidc")).json()["linked"] is True
    assert await other.there_and_back() == "/"
    assert await other.me() == "ada"
    await join(other, "bob")
    asked = {name: unquote(value) for name, value in (await begin(other)).items()}
    assert await other.back(provider.page(asked)) == "/settings?refused=oidc_taken"
    assert (await browser.http.delete("/api/oidc/link")).status_code == 204
    assert (await browser.http.delete("/api/oidc/link")).json()["code"] == "not_found"
    asked = {name: unquote(value) for name, value in (await begin(other)).items()}
    await other.http.delete("/api/sessions/current")
    assert await other.back(provider.page(asked)) == "/settings?refused=oidc_refused", "signed out meanwhile"


@pytest.mark.parametrize(
    "next", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\\b", "javascript:alert(1)", "/\t/evil",
             "", "evil"],
)  # fmt: skip
async def test_it_leads_only_to_a_path_of_this_site(browser: Browser, next: str) -> None:
    assert await browser.there_and_back(next) == ENTER


async def test_an_erased_person_stays_erased(
    browser: Browser, other: Browser, cadeau: Cadeau, moved: MovedClock
) -> None:
    ada = await browser.become("ada")
    assert (await browser.http.get("/api/oidc")).json()["linked"]
    database, privacy = cadeau.core.database, cadeau.privacy
    database.write(lambda c: privacy.erasures.replay(c, ada))
    assert privacy.erasing.go_on() == 0
    left = database.read(lambda c: c.execute(select(oidc_identities)).one())
    assert (left.person, left.at, left.last_at) == (ada, 0, 0)
    assert await other.there_and_back() == ENTER, "they are a newcomer"
    assert await other.post("/api/oidc/people", handle="ada", birthdate=BORN) == (409, "handle_taken")
    assert await other.post("/api/oidc/people", handle="eve", birthdate=BORN) == (201, "")
    assert (await other.http.get("/api/people/me")).json()["id"] != ada
    erased = database.read(lambda c: c.execute(select(people).where(people.c.id == ada)).one())
    assert erased.erased_at
    assert erased.password == "!"


async def test_tickets_are_forgotten(browser: Browser, cadeau: Cadeau, moved: MovedClock) -> None:
    await browser.leave()
    await browser.there_and_back()
    tickets, database = Tickets(cadeau.core.database, moved), cadeau.core.database
    tickets.forget_expired()
    assert len(database.read(lambda c: c.execute(select(oidc_tickets)).all())) == 2
    moved.later_ms += LIFE_MS
    tickets.forget_expired()
    assert database.read(lambda c: c.execute(select(oidc_tickets)).all()) == []

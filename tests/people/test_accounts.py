"""Joining, signing in, profiles and following, over HTTP."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from core.ids import new_id
from people.age import years_old
from tests.served import OWN, PASSWORD, Served

GOOD = {"password": PASSWORD, "birthdate": "1990-05-17"}


@pytest.fixture
def server(shared_server: Served) -> Served:
    return shared_server


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_joining_signs_in(server: Served) -> None:
    handle = f"a{new_id()}"
    answer = server.http.post("/api/people", json={"handle": handle, "name": " Ada \u202e Lovelace\x07", **GOOD})
    assert answer.status_code == 201
    assert answer.json().keys() == {"id", "handle", "token"}
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    me = server.http.get("/api/people/me").json()
    assert (me["handle"], me["role"], me["adult"], me["id"]) == (handle, "member", True, answer.json()["id"])
    assert me["name"] == "Ada  Lovelace"
    server.http.cookies.clear()


@pytest.mark.parametrize(
    "change",
    [
        {"handle": "ab"}, {"handle": "A" * 5}, {"handle": "1abc"}, {"handle": "a" * 25}, {"handle": "a b c"},
        {"handle": "héllo"}, {"handle": "abc\n"}, {"handle": None}, {"handle": 5},
        {"password": "short"}, {"password": "x" * 257}, {"password": None},
        {"birthdate": "1990-13-01"}, {"birthdate": "yesterday"}, {"birthdate": "1850-01-01"},
        {"birthdate": "2999-01-01"},
        {"birthdate": 19900101}, {"name": "x" * 41}, {"role": "admin"},
    ],
)  # fmt: skip
def test_joining_with_invalid_fields_is_refused(server: Served, change: dict[str, object]) -> None:
    refused(server.http.post("/api/people", json={"handle": f"a{new_id()}", **GOOD, **change}), 400, "invalid_request")


def test_a_handle_is_unique(server: Served) -> None:
    ada = server.join()
    refused(server.http.post("/api/people", json={"handle": ada.handle, **GOOD}), 409, "handle_taken")


def test_joining_requires_age_13_and_money_and_going_live_18(server: Served) -> None:
    year = datetime.now(UTC).year
    child = {"handle": f"a{new_id()}", "password": PASSWORD, "birthdate": f"{year - 12}-01-01"}
    refused(server.http.post("/api/people", json=child), 403, "too_young")
    teenager = server.join(birthdate=f"{year - 15}-01-01")
    assert teenager.http.get("/api/people/me").json()["adult"] is False
    refused(teenager.http.post("/api/rooms", json={"title": "x"}), 403, "adults_only")
    key = {"Idempotency-Key": new_id()}
    pack = server.http.get("/api/coins").json()["items"][0]["pack"]
    refused(teenager.http.post("/api/wallet/purchases", json={"pack": pack}, headers=key), 403, "adults_only")


def test_ages_change_on_birthdays() -> None:
    born = date(2008, 2, 29)
    assert years_old(born, date(2026, 2, 28)) == 17
    assert years_old(born, date(2026, 3, 1)) == 18
    assert years_old(date(2010, 11, 23), date(2026, 11, 22)) == 15
    assert years_old(date(2010, 11, 23), date(2026, 11, 23)) == 16


def test_signing_in_and_out(server: Served) -> None:
    ada = server.join()
    answer = server.http.post("/api/sessions", json={"handle": ada.handle, "password": PASSWORD})
    assert answer.status_code == 201
    server.http.cookies.clear()
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert server.http.get("/api/people/me", headers=headers).status_code == 200
    assert server.http.delete("/api/sessions/current", headers=headers).status_code == 204
    refused(server.http.get("/api/people/me", headers=headers), 401, "not_signed_in")
    assert ada.http.get("/api/people/me").status_code == 200, "the other session goes on"


def test_a_client_can_ask_whether_anybody_is_signed_in(server: Served) -> None:
    ada = server.join()
    assert ada.http.get("/api/sessions/current").json() == {"person": ada.http.get("/api/people/me").json()}
    assert server.http.get("/api/sessions/current").json() == {"person": None}
    ada.http.delete("/api/sessions/current")
    assert ada.http.get("/api/sessions/current").json() == {"person": None}


def test_a_wrong_password_and_an_unknown_handle_get_the_same_answer(server: Served) -> None:
    ada = server.join()
    wrong = server.http.post("/api/sessions", json={"handle": ada.handle, "password": "not the password"})
    nobody = server.http.post("/api/sessions", json={"handle": f"a{new_id()}", "password": PASSWORD})
    refused(wrong, 401, "wrong_credentials")
    refused(nobody, 401, "wrong_credentials")
    assert wrong.json()["detail"] == nobody.json()["detail"]


def test_passwords_are_stored_as_argon2id_with_64_mib(tmp_path: Path) -> None:
    with Served(tmp_path / "data", command=list(OWN)) as server:  # the real command: others hash cheaply
        ada = server.join()
    with contextlib.closing(sqlite3.connect(server.data_dir / "cadeau.db")) as database:
        (kept,) = database.execute("SELECT password FROM people WHERE id = ?", (ada.id,)).fetchone()
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_profile_can_be_read_and_changed(server: Served) -> None:
    ada, bob = server.join(), server.join()
    assert ada.http.patch("/api/people/me", json={"name": "Ada L.", "bio": "Machines."}).json()["name"] == "Ada L."
    shown = bob.http.get(f"/api/people/{ada.handle}").json()
    assert (shown["name"], shown["bio"], shown["followed"]) == ("Ada L.", "Machines.", False)
    assert "password" not in shown
    assert "birthdate" not in shown
    refused(ada.http.patch("/api/people/me", json={"name": "  "}), 400, "invalid_request")
    refused(ada.http.patch("/api/people/me", json={"role": "admin"}), 400, "invalid_request")
    refused(server.http.patch("/api/people/me", json={"name": "x"}), 401, "not_signed_in")
    refused(server.http.get("/api/people/nobody.here"), 404, "not_found")


def test_following_is_idempotent_and_can_be_undone(server: Served) -> None:
    ada, bob = server.join(), server.join()
    for _ in range(2):
        assert bob.http.put(f"/api/people/{ada.handle}/follow").status_code == 204
    shown = bob.http.get(f"/api/people/{ada.handle}").json()
    assert (shown["followers"], shown["followed"]) == (1, True)
    assert server.http.get(f"/api/people/{ada.handle}/followers").json()["items"] == [
        {"id": bob.id, "handle": bob.handle, "name": bob.handle}
    ]
    assert server.http.get(f"/api/people/{bob.handle}/following").json()["items"][0]["id"] == ada.id
    for _ in range(2):
        assert bob.http.delete(f"/api/people/{ada.handle}/follow").status_code == 204
    assert bob.http.get(f"/api/people/{ada.handle}").json()["followers"] == 0
    refused(ada.http.put(f"/api/people/{ada.handle}/follow"), 409, "cannot_follow_yourself")
    refused(ada.http.put("/api/people/nobody.here/follow"), 404, "not_found")
    refused(server.http.put(f"/api/people/{ada.handle}/follow"), 401, "not_signed_in")


def test_lists_of_people_are_paginated(server: Served) -> None:
    ada = server.join()
    followers = [server.join() for _ in range(5)]
    for follower in followers:
        follower.http.put(f"/api/people/{ada.handle}/follow")
    seen: list[str] = []
    cursor = ""
    while True:
        page = server.http.get(f"/api/people/{ada.handle}/followers", params={"limit": 2, "cursor": cursor}).json()
        seen += [person["id"] for person in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(seen) == sorted(f.id for f in followers)


def test_handles_are_the_same_in_any_case(server: Served) -> None:
    ada, bob = server.join(), server.join()
    shouted = ada.handle.upper()
    profile = server.http.get(f"/api/people/{shouted}").json()
    assert (profile["id"], profile["handle"]) == (ada.id, ada.handle)
    assert bob.http.put(f"/api/people/@{shouted}/follow").status_code == 204
    assert [who["id"] for who in server.http.get(f"/api/people/{shouted}/followers").json()["items"]] == [bob.id]
    room = ada.open_room()
    assert [r["id"] for r in server.http.get("/api/rooms", params={"host": shouted}).json()["items"]] == [room["id"]]
    assert server.http.get("/api/videos", params={"by": shouted}).json()["items"] == []
    signed_in = server.http.post("/api/sessions", json={"handle": shouted, "password": PASSWORD})
    assert (signed_in.status_code, signed_in.json()["handle"]) == (201, ada.handle)
    server.http.cookies.clear()
    server.run("admin", "grant", shouted, "moderator")
    assert ada.http.get("/api/people/me").json()["role"] == "moderator"


@pytest.mark.parametrize("handle", ["a" * 500, "\u202eada", "нandle", "@", "ad\u0130a"])
def test_what_is_no_handle_is_nobodys(server: Served, handle: str) -> None:
    refused(server.http.get(f"/api/people/{quote(handle)}"), 404, "not_found")


def test_names_and_bios_keep_every_script_but_must_be_visible(server: Served) -> None:
    ada = server.join()
    family, hindi = "👨\u200d👩\u200d👧", "क्\u200dष"
    changed = ada.http.patch("/api/people/me", json={"name": family, "bio": f"{hindi}\n\u2067שלום\u2069"}).json()
    assert (changed["name"], changed["bio"]) == (family, f"{hindi}\n\u2067שלום\u2069")
    for name in ("\u200b\u200d", "\u3164", " \u2060 ", "\x00"):
        refused(ada.http.patch("/api/people/me", json={"name": name}), 400, "invalid_request")
        body = {"handle": f"a{new_id()}", "name": name, **GOOD}
        refused(server.http.post("/api/people", json=body), 400, "invalid_request")
    assert ada.http.patch("/api/people/me", json={"bio": "\u200b"}).json()["bio"] == ""

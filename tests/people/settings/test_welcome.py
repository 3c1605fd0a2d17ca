"""Signing in: what the browser had before is over, what other devices have goes on."""

from __future__ import annotations

import httpx

from tests.served import PASSWORD, Person, Served


def signed_in(browser: httpx.Client, person: Person) -> str:
    """The token of the browser's cookie after signing in."""
    answer = browser.post("/api/sessions", json={"handle": person.handle, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def who(server: Served, token: str) -> str | None:
    answer = server.http.get("/api/sessions/current", headers={"Authorization": f"Bearer {token}"})
    person = answer.json()["person"]
    return None if person is None else str(person["handle"])


def test_a_browsers_earlier_session_ends_whoever_signs_in(shared_server: Served) -> None:
    ann, bob = shared_server.join(), shared_server.join()
    here, elsewhere = shared_server.client(), shared_server.client()
    first, other = signed_in(here, ann), signed_in(elsewhere, ann)
    second = signed_in(here, ann)
    assert [who(shared_server, token) for token in (first, second, other)] == [None, ann.handle, ann.handle]
    third = signed_in(here, bob)
    assert [who(shared_server, token) for token in (second, third, other)] == [None, bob.handle, ann.handle]


def test_a_refused_sign_in_ends_nothing(shared_server: Served) -> None:
    ann, browser = shared_server.join(), shared_server.client()
    token = signed_in(browser, ann)
    wrong = browser.post("/api/sessions", json={"handle": ann.handle, "password": "not this one"})
    assert wrong.status_code == 401
    assert who(shared_server, token) == ann.handle

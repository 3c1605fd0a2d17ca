"""Guessing a password locks out whoever guesses, not the account's owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from core.errors import RateExceeded
from core.limits import Limiter
from people.devices import ACCOUNT_RATE, NETWORK_RATE, Attempts, cookie_for, device_in
from tests.served import PASSWORD, Served

At = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("served"), {"CADEAU_RATE_LIMITS": "1"}) as server:
        yield server


def at(server: Served, address: str) -> httpx.Client:
    """A browser at an address, which a trusted proxy names."""
    return server.client(headers={"X-Forwarded-For": address})


def join(browser: httpx.Client, handle: str) -> None:
    body = {"handle": handle, "password": PASSWORD, "birthdate": "1990-01-01"}
    assert browser.post("/api/people", json=body).status_code == 201


def sign_in(browser: httpx.Client, handle: str, password: str = PASSWORD) -> int:
    return browser.post("/api/sessions", json={"handle": handle, "password": password}).status_code


def test_wrong_guesses_refuse_the_guesser_and_nobody_else(limited: Served) -> None:
    owner, elsewhere = at(limited, "192.0.2.1"), at(limited, "198.51.100.1")
    join(owner, "ada")
    guesser = at(limited, "203.0.113.9")
    answers = [sign_in(guesser, "ada", "wrong password") for _ in range(NETWORK_RATE.count + 1)]
    assert answers == [401] * NETWORK_RATE.count + [429]
    assert sign_in(guesser, "ada") == 429, "even the right one does not help any more"
    assert sign_in(owner, "ada") == 201
    assert sign_in(elsewhere, "ada") == 201, "a new device, somewhere else"
    assert sign_in(guesser, "nobody") == 401, "an account that does not exist is not told apart"


def test_a_known_device_is_not_locked_out_by_its_own_network(limited: Served) -> None:
    owner = at(limited, "192.0.2.20")
    join(owner, "bea")
    owner.delete("/api/sessions/current")
    thief = at(limited, "192.0.2.20")
    while sign_in(thief, "bea", "wrong password") != 429:
        pass
    assert sign_in(owner, "bea") == 201
    thief.cookies.set("cadeau_device", "forged.0000")
    assert sign_in(thief, "bea", "wrong password") == 429
    assert [sign_in(owner, "bea", "wrong password") for _ in range(NETWORK_RATE.count)][-1] == 429, "it has a limit too"


def test_an_ipv6_network_is_one_guesser(limited: Served) -> None:
    join(at(limited, "2001:db8:1:1::1"), "cleo")
    answers = [
        sign_in(at(limited, f"2001:db8:2:2::{number:x}"), "cleo", "wrong password")
        for number in range(1, NETWORK_RATE.count + 2)
    ]
    assert answers == [401] * NETWORK_RATE.count + [429]


def test_guesses_from_everywhere_have_a_limit_that_a_known_device_does_not_feel() -> None:
    attempts = Attempts(Limiter())

    def guess() -> None:
        for number in range(ACCOUNT_RATE.count * 2):
            attempts.count("ada", f"192.0.2.{number}", "")

    with pytest.raises(RateExceeded):
        guess()
    attempts.count("ada", "192.0.2.1", "a device")
    attempts.count("bob", "192.0.2.1", "")


@pytest.mark.parametrize("cookie", ["", ".", "x", "x.", "x.y", "x" * 10_000, "\u00e9.\u00e9", "a.b.c"])
def test_a_cookie_that_we_did_not_make_names_no_device(cookie: str) -> None:
    assert device_in(cookie, "$argon2id$stored") == ""


def test_a_device_is_known_to_one_account_until_its_password_changes() -> None:
    cookie = cookie_for("$argon2id$stored")
    device = device_in(cookie, "$argon2id$stored")
    assert device
    assert cookie_for("$argon2id$stored", device) == cookie
    assert device_in(cookie, "$argon2id$changed") == ""
    assert "argon2id" not in cookie

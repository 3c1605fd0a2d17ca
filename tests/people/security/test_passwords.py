"""Passwords that are guessed first are refused: by rules, and by a file that the operator brings."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from cadeau.app import Cadeau
from people.devices import ACCOUNT_RATE, cookie_for, device_in
from people.errors import PasswordTooCommon
from people.mail.links import Links
from people.mail.outbox import Outbox
from people.mail.resets import Resets
from people.passwords import is_outdated, matches
from people.security.budgets import Budget, Budgets
from people.security.policy.breached import BreachedPasswords, write_breached
from people.security.policy.weak_passwords import PasswordPolicy
from people.security.policy.words import WORDS
from people.tables import people
from tests.people.security.conftest import join, said, sign_in
from tests.served import PASSWORD

COMMON = """
password1 Password123! P@ssw0rd2027 motdepasse1 12345678 qwertyuiop azerty123 1qaz2wsx aaaaaaaa abcabcabc 19900517
soleil2026 Sunshine! iloveyou2 cadeau-2026 dr4gon99 trustno1 abcd1234 11112222 q1w2e3r4 MotDePasse! l0v3ly12
passwordpassword 87654321 qwer1234 Zaq12wsx été-2026 Jérôme1990 2026soleil ada.lovelace7 exemple2026
"""
GOOD = (
    PASSWORD, "correct horse", "something entirely new", "tr0ub4dor&3x", "violet evening train", "xK9#mQ2$vL",
    "le chat boit du lait", "dragonflies over 7 lakes", "\u00e9t\u00e9 sans fin au bord de l'eau",
)  # fmt: skip


@pytest.mark.parametrize("password", COMMON.split())
def test_common_words_with_something_around_them_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooCommon):
        PasswordPolicy("https://exemple.org").check(password, "ada.lovelace", "Ada")


@pytest.mark.parametrize("password", GOOD)
def test_other_passwords_are_accepted(password: str) -> None:
    PasswordPolicy("https://exemple.org").check(password, "ada.lovelace", "Ada")


def test_more_than_3_000_of_what_people_choose_is_refused() -> None:
    policy, refused = PasswordPolicy(), 0
    tails = ("", "1", "12", "123", "1234", "2026", "!", "1!", "01", "99")
    chosen = {f"{word}{tail}" for word in WORDS for tail in tails}
    long_enough = [password for password in chosen if len(password) >= 8]
    for password in long_enough:
        with pytest.raises(PasswordTooCommon):
            policy.check(password, "x")
        refused += 1
    assert refused > 3_000


def test_breached_passwords_are_found_in_a_sorted_file(tmp_path: Path) -> None:
    known = [f"breached {number}" for number in range(2_000)]
    lines = sorted(hashlib.sha1(one.encode()).hexdigest().upper() + ":3\n" for one in known)
    file = tmp_path / "breached"
    assert write_breached(lines, file) == len(known)
    breached = BreachedPasswords(file)
    assert all(one in breached for one in [*random.Random(1).sample(known, 200), known[0], known[-1]])
    assert not any(f"unknown {number}" in breached for number in range(500))
    with pytest.raises(PasswordTooCommon):
        PasswordPolicy("", breached).check("breached 7", "ada")


@pytest.mark.parametrize("lines", [["zz"], ["00"], ["F" * 40, "0" * 40]])
def test_a_list_that_cannot_be_searched_is_refused(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(ValueError):
        write_breached(lines, tmp_path / "breached")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "breached"
    file.write_bytes(b"not a multiple of eight")
    with pytest.raises(ValueError):
        BreachedPasswords(file)


async def test_a_common_password_neither_joins_nor_replaces_another(http: httpx.AsyncClient) -> None:
    body = {"handle": "ada", "password": "motdepasse2026", "birthdate": "1990-05-17"}
    assert said(await http.post("/api/people", json=body)) == (422, "password_too_common")
    ada = await join(http, "ada")
    change = {"current": PASSWORD, "new": "Ada-12345"}
    assert said(await http.put("/api/people/me/password", json=change, headers=ada)) == (422, "password_too_common")
    assert (await sign_in(http, "ada")).status_code == 201


async def test_a_password_hashed_at_another_cost_is_hashed_anew_and_its_device_stays_known(
    http: httpx.AsyncClient, cadeau: Cadeau
) -> None:
    await join(http, "ada")
    cheap = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    database = cadeau.core.database
    database.write(lambda c: c.execute(update(people).values(password=cheap)))

    async def sign_in_on(device: str) -> str:
        """Returns the device's cookie after that."""
        body, cookie = {"handle": "ada", "password": PASSWORD}, {"Cookie": f"cadeau_device={device}"}
        answer = await http.post("/api/sessions", json=body, headers=cookie)
        assert answer.status_code == 201, answer.text
        [*_, last] = [one for one in answer.headers.get_list("set-cookie") if one.startswith("cadeau_device=")]
        http.cookies.clear()
        return last.partition("=")[2].partition(";")[0]

    def stored() -> str:
        return database.read(lambda c: str(c.execute(select(people.c.password)).scalar_one()))

    device = cookie_for(cheap)
    fresh = await sign_in_on(device)
    now = stored()
    assert (is_outdated(cheap), is_outdated(now), matches(PASSWORD, now)) == (True, False, True)
    assert device_in(fresh, now) == device.partition(".")[0]
    assert await sign_in_on(fresh) == fresh
    assert stored() == now


async def test_whoever_chooses_a_new_password_by_a_link_gets_in_while_strangers_guess(
    http: httpx.AsyncClient, cadeau: Cadeau
) -> None:
    await join(http, "ada")
    core = cadeau.core
    guesses = Budgets(core.database, core.clock)
    for _ in range(ACCOUNT_RATE.count):
        guesses.spend(Budget("password for an account", "ada", ACCOUNT_RATE))
    assert said(await sign_in(http, "ada")) == (429, "rate_exceeded")
    outbox = Outbox(core.jobs, core.clock, enabled=False)
    secret = Resets(core.database, core.jobs, core.clock, Links(core.clock), outbox).link("ada")
    new = "violet evening train"
    done = await http.post("/api/password-resets/spend", json={"secret": secret, "new": new})
    cookie = {"Cookie": done.headers["set-cookie"].partition(";")[0]}
    http.cookies.clear()
    assert said(await sign_in(http, "ada", new)) == (429, "rate_exceeded")
    body = {"handle": "ada", "password": new}
    assert said(await http.post("/api/sessions", json=body, headers=cookie)) == (201, "")

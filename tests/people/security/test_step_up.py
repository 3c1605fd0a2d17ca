"""What a stolen session must not do needs a fresh proof of who it is; a session that is not used ends."""

from __future__ import annotations

import httpx
import pytest

from cadeau.app import Cadeau
from people.security.routes import STEP_UP_RATE
from people.sessions import IDLE_MS_MAX, STEP_UP_MS
from people.standing.restrictions import FOR_GOOD, restrict
from tests.people.security.conftest import MovedClock, join, said
from tests.served import PASSWORD

STEP_UP = "/api/sessions/current/step-up"
KEY = {"Idempotency-Key": "k"}
DESTINATION = {"rail": "sandbox", "name": "Ada", "iban": "FR7630006000011234567890189"}
PAYOUT = {"amount_minor": 2_000, "currency": "USD"}
GUARDED = [
    ("PUT", "/api/wallet/payout-destination", DESTINATION), ("POST", "/api/wallet/payouts", PAYOUT),
    ("POST", "/api/wallet/identity", {"name": "Ada", "country": "FR"}),
    ("PUT", "/api/people/me/address", {"address": "a@b.c"}),
    ("DELETE", "/api/people/me/address", None), ("POST", "/api/security/totp", None),
    ("POST", "/api/security/totp/confirm", {"code": "1"}), ("DELETE", "/api/security/totp", None),
    ("POST", "/api/security/recovery-codes", None), ("POST", "/api/security/passkey-options", None),
    ("POST", "/api/security/passkeys", {"name": "x", "credential": {}}), ("DELETE", "/api/security/passkeys/00", None),
    ("POST", "/api/oidc/link", None), ("DELETE", "/api/oidc/link", None),
    ("DELETE", "/api/sessions", None), ("DELETE", "/api/sessions/x", None),
    ("POST", "/api/admin/payouts/x/approve", None), ("POST", "/api/admin/payout-files/x/approve", None),
]  # fmt: skip


async def test_money_mail_and_factors_need_a_recent_proof(
    http: httpx.AsyncClient, cadeau: Cadeau, moved: MovedClock
) -> None:
    async def answers(who: dict[str, str]) -> set[tuple[int, str]]:
        return {said(await http.request(way, path, json=body, headers=who | KEY)) for way, path, body in GUARDED}

    assert await answers({}) == {(401, "not_signed_in")}
    ada = await join(http, "ada")
    cadeau.people.accounts.grant("ada", "admin")
    moved.later_ms += STEP_UP_MS
    assert await answers(ada) == {(403, "step_up_needed")}
    assert (await http.post(STEP_UP, json={"password": PASSWORD}, headers=ada)).status_code == 204
    assert (403, "step_up_needed") not in await answers(ada)


async def test_only_the_right_password_steps_up_and_guesses_are_counted(
    http: httpx.AsyncClient, moved: MovedClock
) -> None:
    ada = await join(http, "ada")
    moved.later_ms += STEP_UP_MS
    answers = [
        said(await http.post(STEP_UP, json={"password": "a guess"}, headers=ada)) for _ in range(STEP_UP_RATE.count)
    ]
    assert answers[0] == (403, "wrong_password")
    assert answers[-1] == (429, "rate_exceeded")
    assert said(await http.delete("/api/security/totp", headers=ada)) == (403, "step_up_needed")


async def test_stepping_up_is_of_one_session(http: httpx.AsyncClient, moved: MovedClock, cadeau: Cadeau) -> None:
    ada = await join(http, "ada")
    me = (await http.get("/api/people/me", headers=ada)).json()["id"]
    other = {"Authorization": f"Bearer {cadeau.people.sessions.open(me)}"}
    moved.later_ms += STEP_UP_MS
    assert (await http.post(STEP_UP, json={"password": PASSWORD}, headers=ada)).status_code == 204
    assert (await http.delete("/api/security/totp", headers=ada)).status_code == 204
    assert said(await http.delete("/api/security/totp", headers=other)) == (403, "step_up_needed")


async def test_a_session_that_is_not_used_ends(http: httpx.AsyncClient, moved: MovedClock, cadeau: Cadeau) -> None:
    ada, bob = await join(http, "ada"), await join(http, "bob")
    for _ in range(3):
        moved.later_ms += IDLE_MS_MAX // 2
        assert (await http.get("/api/people/me", headers=ada)).status_code == 200, "it is used"
    assert (await http.get("/api/people/me", headers=bob)).status_code == 401
    assert cadeau.people.sessions.delete_expired() == 1


@pytest.mark.parametrize("why", ["suspended", "restricted"])
async def test_who_is_suspended_or_rests_can_prove_who_they_are_and_have_their_rights(
    http: httpx.AsyncClient, moved: MovedClock, cadeau: Cadeau, why: str
) -> None:
    ada = await join(http, "ada")
    me = (await http.get("/api/people/me", headers=ada)).json()["id"]
    if why == "suspended":
        cadeau.core.database.write(lambda c: restrict(c, me, {"account": FOR_GOOD}))
    else:
        await http.put("/api/privacy/restriction", json={"restricted": True}, headers=ada)
    moved.later_ms += STEP_UP_MS
    assert said(await http.post("/api/privacy/exports", headers=ada)) == (403, "step_up_needed")
    assert said(await http.post(f"{STEP_UP}/options", headers=ada)) == (200, "")
    assert said(await http.post(STEP_UP, json={"password": PASSWORD}, headers=ada)) == (204, "")
    assert said(await http.post("/api/privacy/exports", headers=ada)) == (201, "")
    if why == "restricted":
        assert said(await http.put("/api/privacy/restriction", json={"restricted": False}, headers=ada)) == (204, "")
    assert said(await http.post("/api/privacy/erasure", headers=ada)) == (201, "")

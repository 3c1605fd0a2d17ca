"""Second factors: a code counts once, a password alone is not enough, recovery codes are for when all is lost."""

from __future__ import annotations

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import httpx
import pytest

from cadeau.app import Cadeau
from core.database import Database
from core.errors import Conflict
from people.accounts import Accounts
from people.errors import WrongCode
from people.security import recovery
from people.security.factors import Factors
from people.security.staff import DAY_MS
from people.security.totp import STEP_MS, code_at
from people.sessions import STEP_UP_MS
from tests.people.security.conftest import MovedClock, join, said, sign_in
from tests.served import PASSWORD

RFC_SECRET = b"12345678901234567890"
START = 1_800_000_000_000


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")],
)
def test_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(RFC_SECRET, seconds // 30) == code


def test_a_code_counts_once_and_of_20_at_the_same_time_one_passes(database: Database) -> None:
    now = [START]
    ada = Accounts(database, lambda: now[0]).join("ada", PASSWORD, date(1990, 1, 1)).id
    factors = Factors(database, lambda: now[0])
    secret = database.write(lambda c: factors.totp.start(c, ada))
    first = code_at(secret, now[0] // STEP_MS)
    assert not factors.of(ada).any, "it does not count yet"
    database.write(lambda c: factors.totp.confirm(c, ada, first))
    with pytest.raises(WrongCode):  # that one was used up by setting it up
        factors.spend(ada, first)
    now[0] += STEP_MS
    code = code_at(secret, now[0] // STEP_MS)

    def spend(_: int) -> bool:
        try:
            factors.spend(ada, code)
        except WrongCode:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(spend, range(20))) == 1
    with pytest.raises(WrongCode):  # an older one, although its half minute is not over
        factors.spend(ada, first)
    for step in (-3, 3):
        with pytest.raises(WrongCode):
            factors.spend(ada, code_at(secret, now[0] // STEP_MS + step))
    with pytest.raises(Conflict):
        database.write(lambda c: factors.totp.start(c, ada))


def test_a_recovery_code_counts_once_however_it_is_typed(database: Database) -> None:
    ada = Accounts(database, lambda: START).join("ada", PASSWORD, date(1990, 1, 1)).id
    factors = Factors(database, lambda: START)
    codes = database.write(lambda c: recovery.renew(c, ada))
    assert {5 * len(code.replace("-", "")) for code in codes} == {140}, "bits"
    assert len(set(codes)) == 10
    factors.spend(ada, codes[0])
    factors.spend(ada, codes[1].upper().replace("-", " "))
    for used in codes[:2]:
        with pytest.raises(WrongCode):
            factors.spend(ada, used)
    assert factors.of(ada).recovery_codes == 8
    database.write(lambda c: recovery.renew(c, ada))
    with pytest.raises(WrongCode):
        factors.spend(ada, codes[2])


async def test_an_app_is_set_up_asked_for_and_switched_off(
    http: httpx.AsyncClient, cadeau: Cadeau, moved: MovedClock
) -> None:
    ada = await join(http, "ada")
    other = {"Authorization": f"Bearer {(await sign_in(http, 'ada')).json()['token']}"}
    given = (await http.post("/api/security/totp", headers=ada)).json()
    assert given["uri"].startswith(f"otpauth://totp/Cadeau%3Aada?secret={given['secret']}")
    assert re.match(r"<svg .*</svg>\s*\Z", given["qr"], re.DOTALL)
    secret = base64.b32decode(given["secret"])

    def code() -> str:
        moved.later_ms += STEP_MS  # so that each is new
        return code_at(secret, moved() // STEP_MS)

    wrong = await http.post("/api/security/totp/confirm", json={"code": "123"}, headers=ada)
    assert said(wrong) == (403, "wrong_code")
    assert (await sign_in(http, "ada")).status_code == 201, "not on yet"
    on = await http.post("/api/security/totp/confirm", json={"code": code()}, headers=ada)
    codes = on.json()["recovery_codes"]
    assert len(codes) == 10
    assert (await http.get("/api/people/me", headers=other)).status_code == 401, "other devices are signed out"
    state = (await http.get("/api/security", headers=ada)).json()
    assert (state["totp"], state["recovery_codes"], state["mail"]) == (True, 10, None)

    assert said(await sign_in(http, "ada")) == (403, "second_factor_needed")
    assert said(await sign_in(http, "ada", "a wrong password", code())) == (401, "wrong_credentials")
    assert said(await sign_in(http, "ada", code="000000x")) == (403, "wrong_code")
    assert (await sign_in(http, "ada", code=code())).status_code == 201
    assert (await sign_in(http, "ada", code=codes[0])).status_code == 201
    assert said(await sign_in(http, "ada", code=codes[0])) == (403, "wrong_code")

    moved.later_ms += STEP_UP_MS
    change = {"current": PASSWORD, "new": "another fine password"}
    assert said(await http.put("/api/people/me/password", json=change, headers=ada)) == (403, "step_up_needed")
    step_up = "/api/sessions/current/step-up"
    assert said(await http.post(step_up, json={"password": PASSWORD}, headers=ada)) == (403, "second_factor_needed")
    assert (await http.post(step_up, json={"password": PASSWORD, "code": code()}, headers=ada)).status_code == 204
    fresh = (await http.post("/api/security/recovery-codes", headers=ada)).json()["recovery_codes"]
    assert not set(fresh) & set(codes)
    assert (await http.delete("/api/security/totp", headers=ada)).status_code == 204
    assert (await sign_in(http, "ada")).status_code == 201
    state = (await http.get("/api/security", headers=ada)).json()
    assert (state["totp"], state["recovery_codes"]) == (False, 0)
    assert said(await http.post("/api/security/recovery-codes", headers=ada)) == (409, "conflict")


async def test_staff_without_a_second_factor_lose_their_powers_after_the_grace_and_get_them_back(
    http: httpx.AsyncClient, cadeau: Cadeau, moved: MovedClock
) -> None:
    ada, bob = await join(http, "ada"), await join(http, "bob")
    cadeau.people.accounts.grant("ada", "admin")

    async def powers() -> int:
        return (await http.get("/api/admin/signals", headers=ada)).status_code

    due = (await http.get("/api/security", headers=ada)).json()["factor_due_at"]
    assert abs(due - moved() - 14 * DAY_MS) < 60_000
    assert (await http.get("/api/security", headers=bob)).json()["factor_due_at"] == 0
    assert await powers() == 200
    moved.later_ms += 14 * DAY_MS
    assert await powers() == 403
    assert (await http.get("/api/people/me", headers=ada)).status_code == 200, "the account is not locked"
    again = {"Authorization": f"Bearer {(await sign_in(http, 'ada')).json()['token']}"}
    given = (await http.post("/api/security/totp", headers=again)).json()
    code = code_at(base64.b32decode(given["secret"]), moved() // STEP_MS)
    assert (await http.post("/api/security/totp/confirm", json={"code": code}, headers=again)).is_success
    ada = again
    assert await powers() == 200
    assert (await http.get("/api/security", headers=ada)).json()["factor_due_at"] == 0


@pytest.mark.parametrize(
    "handle", ["admin", "a.d.m.i.n", "supp0rt", "c4deau", "moderateur", "mary.rnills", "mary_mi11s"]
)
async def test_nobody_joins_as_what_looks_like_the_staff(cadeau: Cadeau, http: httpx.AsyncClient, handle: str) -> None:
    ada = await join(http, "mary.mills")
    cadeau.people.accounts.grant("mary.mills", "moderator")
    bob = await join(http, "mary.miles")
    for handle in ("admin", "a.d.m.i.n", "supp0rt", "c4deau", "moderateur", "mary.rnills", "mary_mi11s"):
        body = {"handle": handle, "password": PASSWORD, "birthdate": "1990-05-17"}
        assert said(await http.post("/api/people", json=body)) == (409, "handle_reserved")
        changed = await http.put("/api/people/me/handle", json={"handle": handle}, headers=bob)
        assert said(changed) == (409, "handle_reserved")
    own = await http.put("/api/people/me/handle", json={"handle": "marymills"}, headers=ada)
    assert own.status_code == 200, "her own handle, written otherwise"

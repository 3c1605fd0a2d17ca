"""Rates and agencies over HTTP as docs/protocol.md specifies, against a running server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from core.clock import system_clock
from money.agreements import NOTICE_DAYS
from money.earnings import DAY_MS
from tests.served import Person, Served

AGREEMENTS, PROPOSALS = "/api/admin/agreements", "/api/admin/agency-proposals"
ADMINS = [
    ("GET", AGREEMENTS, None), ("POST", AGREEMENTS, {"creator": "x", "platform_percent": 1}),
    ("GET", f"{AGREEMENTS}/x", None), ("POST", f"{AGREEMENTS}/x/end", {}), ("GET", PROPOSALS, None),
    ("POST", PROPOSALS, {"creator": "x", "agency": "y", "platform_percent": 1, "agency_percent": 1}),
    ("DELETE", f"{PROPOSALS}/x", None),
]  # fmt: skip


def with_role(server: Served, role: str) -> Person:
    person = server.join()
    server.grant(person, role)
    return person


def propose(admin: Person, creator: Person, agency: Person, **more: Any) -> httpx.Response:
    body = {"creator": creator.handle, "agency": agency.handle, "platform_percent": 40, "agency_percent": 15} | more
    return admin.http.post(PROPOSALS, json=body)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_agency_is_proposed_accepted_and_left(shared_server: Served) -> None:
    admin, creator, agency = with_role(shared_server, "admin"), shared_server.join(), shared_server.join()
    proposed = propose(admin, creator, agency)
    assert proposed.status_code == 201
    proposal = proposed.json()
    assert (proposal["creator"]["handle"], proposal["agency"]["handle"]) == (creator.handle, agency.handle)
    assert [proposal[f"{who}_percent"] for who in ("creator", "platform", "agency")] == [45, 40, 15]
    assert proposal["id"] in [one["id"] for one in admin.http.get(PROPOSALS).json()["items"]]

    mine = creator.http.get("/api/agreements").json()
    assert (mine["now"], mine["standard_percent"], mine["notice_days"]) == (None, 50, NOTICE_DAYS)
    assert [one["state"] for one in mine["proposals"]] == ["open"]
    accept = f"/api/agreements/proposals/{proposal['id']}/accept"
    assert code(agency.http.post(accept)) == (404, "not_found")
    accepted = creator.http.post(accept).json()
    assert [one["state"] for one in accepted["agreements"]] == ["planned"], "two seconds later"
    assert code(creator.http.post(accept)) == (409, "proposal_not_open")
    [theirs] = agency.http.get("/api/agreements").json()["creators"]
    assert (theirs["creator"]["handle"], theirs["agency_percent"]) == (creator.handle, 15)

    listed = admin.http.get(AGREEMENTS, params={"handle": agency.handle}).json()["items"]
    assert [one["id"] for one in listed] == [theirs["id"]]
    left = creator.http.post("/api/agreements/leave").json()
    assert left["agreements"][0]["until"] > system_clock() + (NOTICE_DAYS - 1) * DAY_MS
    assert code(creator.http.post("/api/agreements/leave")) == (409, "no_agency")
    ended = admin.http.post(f"{AGREEMENTS}/{creator.handle}/end", json={}).json()
    assert ended["agreements"][0]["until"] < system_clock() + DAY_MS
    notices = creator.http.get("/api/notifications", params={"kind": "agreement"}).json()["items"]
    assert notices[0]["text"] == "ended"


def test_a_rate_is_set_and_seen_by_the_creator(shared_server: Served) -> None:
    admin, creator = with_role(shared_server, "admin"), shared_server.join()
    made = admin.http.post(AGREEMENTS, json={"creator": f"@{creator.handle}", "platform_percent": 45})
    assert (made.status_code, made.json()["platform_percent"], made.json()["with_agency"]) == (201, 45, False)
    body = {"creator": creator.handle, "platform_percent": 60}
    assert code(admin.http.post(AGREEMENTS, json=body)) == (409, "notice_too_short")
    later = system_clock() + (NOTICE_DAYS + 1) * DAY_MS
    assert admin.http.post(AGREEMENTS, json=body | {"valid_from": later}).status_code == 201
    seen = creator.http.get("/api/agreements").json()["agreements"]
    assert [(one["platform_percent"], one["until"]) for one in seen] == [(60, None), (45, later)]
    assert admin.http.get(f"{AGREEMENTS}/{creator.handle}").json()["agreements"] == seen


def test_a_proposal_is_refused_and_withdrawn(shared_server: Served) -> None:
    admin, creator, agency = with_role(shared_server, "admin"), shared_server.join(), shared_server.join()
    one = propose(admin, creator, agency).json()["id"]
    refused = creator.http.post(f"/api/agreements/proposals/{one}/refuse").json()
    assert refused["proposals"][0]["state"] == "refused"
    other = propose(admin, creator, agency).json()["id"]
    assert admin.http.delete(f"{PROPOSALS}/{other}").json()["state"] == "withdrawn"
    assert code(creator.http.post(f"/api/agreements/proposals/{other}/accept")) == (409, "proposal_not_open")


def test_no_admin_decides_about_their_own_share(shared_server: Served) -> None:
    admin, creator = with_role(shared_server, "admin"), shared_server.join()
    own = admin.http.post(AGREEMENTS, json={"creator": admin.handle, "platform_percent": 0})
    assert code(own) == (403, "another_admin_needed")
    assert code(propose(admin, creator, admin)) == (403, "another_admin_needed")
    assert code(propose(admin, admin, creator)) == (403, "another_admin_needed")
    assert code(admin.http.post(f"{AGREEMENTS}/{admin.handle}/end", json={})) == (403, "another_admin_needed")


@pytest.mark.parametrize(("method", "path", "body"), ADMINS)
def test_only_admins_see_and_change_rates(shared_server: Served, method: str, path: str, body: object) -> None:
    moderator, member = with_role(shared_server, "moderator"), shared_server.join()
    for who in (moderator, member):
        assert who.http.request(method, path, json=body).status_code == 403
    assert shared_server.http.request(method, path, json=body).status_code == 401


@pytest.mark.parametrize("percent", [-1, 101, 1.5, "10", True, None, 10**20])
def test_what_is_no_percentage_is_refused(shared_server: Served, percent: object) -> None:
    admin, creator, agency = with_role(shared_server, "admin"), shared_server.join(), shared_server.join()
    body = {"creator": creator.handle, "platform_percent": percent}
    assert code(admin.http.post(AGREEMENTS, json=body)) == (400, "invalid_request")
    assert propose(admin, creator, agency, agency_percent=percent).status_code == 400
    assert creator.http.get("/api/agreements").json()["agreements"] == []


def test_shares_above_a_gift_and_unknown_people_are_refused(shared_server: Served) -> None:
    admin, creator = with_role(shared_server, "admin"), shared_server.join()
    agency = shared_server.join()
    assert code(propose(admin, creator, agency, agency_percent=61)) == (400, "invalid_agreement")
    assert code(propose(admin, creator, creator)) == (400, "invalid_agreement")
    body = {"creator": "nobody.at.all", "platform_percent": 10}
    assert code(admin.http.post(AGREEMENTS, json=body)) == (404, "not_found")
    assert admin.http.get(AGREEMENTS, params={"handle": "nobody.at.all"}).status_code == 404


def test_nobody_under_age_is_an_agency(shared_server: Served) -> None:
    admin, creator = with_role(shared_server, "admin"), shared_server.join()
    young = shared_server.join(birthdate=f"{datetime.now(UTC).year - 15}-01-01")
    assert code(propose(admin, creator, young)) == (400, "invalid_agreement")
    assert creator.http.get("/api/agreements").json()["proposals"] == []


def test_earnings_of_agencies_are_ones_own(shared_server: Served) -> None:
    person = shared_server.join()
    assert person.http.get("/api/earnings/agencies").json() == {"creators": [], "agencies": []}
    assert person.http.get("/api/earnings/agencies", params={"days": 8}).status_code == 400
    assert shared_server.http.get("/api/earnings/agencies").status_code == 401
    assert shared_server.http.get("/api/agreements").status_code == 401

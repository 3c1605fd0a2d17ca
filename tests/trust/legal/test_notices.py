"""Notices of illegal content from people without an account, over HTTP."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from tests.served import Person, Served
from tests.trust.cases.test_routes import decide
from trust.errors import AddressNotFound
from trust.legal.places import Places

GOOD: dict[str, Any] = {
    "reason": "illegal", "why": "It sells counterfeit medicine.", "name": "Ida Brun", "email": "ida@example.org",
    "good_faith": True, "language": "fr",
}  # fmt: skip


@pytest.fixture
def moderator(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "moderator")
    return person


def notify(server: Served, page: str, **changes: Any) -> Any:
    return server.http.post("/api/legal/notices", json={"address": page, **GOOD, **changes})


def receipt(server: Served, secret: str) -> dict[str, Any]:
    answer = server.http.post("/api/legal/receipts", json={"secret": secret})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_stranger_gets_a_receipt_a_person_decides_and_the_receipt_says_so(
    shared_server: Served, moderator: Person
) -> None:
    host = shared_server.join()
    room = host.open_room()["id"]
    address = f"{shared_server.url}/room/{room}"
    received = notify(shared_server, address)
    assert received.status_code == 201, received.text
    got = received.json()
    assert got["mailed"] is False  # this server sends no mail, so nothing is promised
    waiting = receipt(shared_server, got["secret"])
    assert (waiting["reference"], waiting["state"], waiting["decided_at"]) == (got["reference"], "open", None)
    assert waiting["address"] == address
    decide(moderator, room, content="hide")
    done = receipt(shared_server, got["secret"])
    assert done["state"] == "upheld"
    assert done["decided_at"] >= done["at"]


def test_the_moderator_reads_the_notice_and_the_person_it_is_about_does_not(
    shared_server: Served, moderator: Person
) -> None:
    troll = shared_server.join()
    got = notify(shared_server, f"/@{troll.handle}", why="This page sells stolen goods.").json()
    cases = moderator.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]
    [mine] = [one for one in cases if one["about"] and one["about"]["handle"] == troll.handle]
    assert mine["reports"] == 1
    held = moderator.http.post("/api/moderation/claims", json={"case": mine["id"]}).json()
    [notice] = held["case"]["reports"]
    assert (notice["notice"], notice["name"], notice["by"]) == (got["reference"], "Ida Brun", None)
    assert "stolen goods" in notice["text"]
    verdict = {"content": "keep"}
    path = f"/api/moderation/cases/{mine['id']}/decision"
    assert moderator.http.post(path, json={"token": held["token"], "verdict": verdict}).status_code == 201
    assert receipt(shared_server, got["secret"])["state"] == "rejected"
    assert "Ida" not in troll.http.get("/api/decisions").text + troll.http.get("/api/notifications").text


def test_a_notice_opens_a_case_again_that_was_decided(shared_server: Served, moderator: Person) -> None:
    troll = shared_server.join()
    for _ in range(2):
        secret = notify(shared_server, f"/@{troll.handle}").json()["secret"]
        decide(moderator, troll.id, content="keep")
        assert receipt(shared_server, secret)["state"] == "rejected"


def test_only_a_notice_about_the_abuse_of_a_child_needs_no_name(shared_server: Served) -> None:
    page = f"/@{shared_server.join().handle}"
    assert notify(shared_server, page, name="", email="", reason="child_safety").status_code == 201
    for lacking in ({"name": ""}, {"email": ""}, {"email": "nobody"}, {"good_faith": False}, {"why": "  short  "}):
        answer = notify(shared_server, page, **lacking)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), lacking


def test_an_address_that_strangers_do_not_see_is_like_one_that_does_not_exist(shared_server: Served) -> None:
    handle = shared_server.join().handle
    hostile = (
        "https://elsewhere.example/video/1", f"ftp://127.0.0.1:{shared_server.port}/@{handle}", "/video/", "/", "x",
        "/video/' OR 1=1", "http://[::1", "/room/../../etc", "javascript:alert(1)", f"//elsewhere.example/@{handle}",
        "/video/1?comment=" + "9" * 90, "/@" + "a" * 61, "/product/x", "/sound/x", "/video/x?comment=y",
    )  # fmt: skip
    for address in hostile:
        answer = notify(shared_server, address)
        assert (answer.status_code, answer.json()["code"]) == (404, "address_not_found"), address
    for body in ({"address": ""}, {"address": "x" * 501}, {"why": "x" * 4_001}, {"name": "x" * 141}, {"reason": "x"}):
        assert notify(shared_server, "/x", **body).status_code == 400


def test_a_receipt_needs_its_secret(shared_server: Served) -> None:
    got = notify(shared_server, f"/@{shared_server.join().handle}").json()
    for secret in (got["reference"], "x", "' OR 1=1"):
        answer = shared_server.http.post("/api/legal/receipts", json={"secret": secret})
        assert (answer.status_code, answer.json()["code"]) == (404, "notice_not_found")


def test_a_moderator_reports_with_their_account_so_that_somebody_else_decides(
    shared_server: Served, moderator: Person
) -> None:
    body = {"address": f"/@{shared_server.join().handle}", **GOOD}
    assert moderator.http.post("/api/legal/notices", json=body).json()["code"] == "not_allowed"


def test_the_contact_points_are_for_everybody(shared_server: Served) -> None:
    found = shared_server.http.get("/api/legal").json()
    assert found["languages"] == ["en", "fr"]
    assert found["mails"] is False


@pytest.mark.parametrize("address", ["/video/a%00b", "/@a%00b", "/video/a?comment=a%00b", "/room/%00"])
def test_a_nul_in_an_address_names_nothing(address: str) -> None:
    """PostgreSQL would not take it as text."""
    places = Places("https://live.example.org")
    for page in ("video", "comment", "room", "profile"):
        places.add(page, lambda *_: pytest.fail("somebody looked for it"))
    with pytest.raises(AddressNotFound):
        places.find(Mock(), address)

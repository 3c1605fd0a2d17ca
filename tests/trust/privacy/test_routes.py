"""Privacy over HTTP: a copy that is fetched, an erasure that is undone, the signal of a browser, the breach log."""

from __future__ import annotations

import json
import time
import zipfile
from io import BytesIO

from sqlalchemy import update

from core.database import Database
from people.tables import sessions
from tests.served import Person, Served
from trust.privacy.breaches import TEXT_CHARS_MAX
from trust.privacy.routes import CHANGE_RATE

DEADLINE_S = 60


def forget_step_up(server: Served, person: Person) -> None:
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    old = update(sessions).where(sessions.c.person == person.id).values(stepped_up_at=1)
    database.write(lambda c: c.execute(old))
    database.close()


def test_a_copy_is_made_and_fetched_by_its_owner_alone(shared_server: Served) -> None:
    ann, bob = shared_server.join(), shared_server.join()
    ann.http.patch("/api/people/me", json={"bio": "I sing in the kitchen"})
    asked = ann.http.post("/api/privacy/exports")
    assert asked.status_code == 201, asked.text
    assert ann.http.post("/api/privacy/exports").json()["code"] == "export_asked_recently"
    file = f"/api/privacy/exports/{asked.json()['id']}/file"
    until = time.monotonic() + DEADLINE_S
    while (one := ann.http.get("/api/privacy").json()["exports"][0])["state"] == "queued" and time.monotonic() < until:
        time.sleep(0.1)
    assert (one["state"], one["bytes"] > 0) == ("ready", True)
    with zipfile.ZipFile(BytesIO(ann.http.get(file).content)) as archive:
        [me] = json.loads(archive.read("tables/people.json"))
    assert (me["handle"], me["bio"]) == (ann.handle, "I sing in the kitchen")
    assert bob.http.get(file).json()["code"] == "export_not_ready"
    forget_step_up(shared_server, ann)
    assert ann.http.get(file).json()["code"] == "step_up_needed"
    assert ann.http.post("/api/privacy/erasure").json()["code"] == "step_up_needed"
    [stored] = (shared_server.data_dir / "media" / "exports").iterdir()
    assert bob.http.get(f"/media/exports/{stored.name}").status_code == 404


def test_an_erasure_hides_at_once_and_is_undone(shared_server: Served) -> None:
    ann, bob = shared_server.join(), shared_server.join()
    erasure = ann.http.post("/api/privacy/erasure")
    assert (erasure.status_code, erasure.json()["state"]) == (201, "waiting")
    assert bob.http.get(f"/api/people/{ann.handle}").status_code == 404
    assert ann.http.put(f"/api/people/{bob.handle}/follow").json()["code"] == "account_resting"
    assert ann.http.delete("/api/privacy/erasure").status_code == 204
    assert ann.http.delete("/api/privacy/erasure").json()["code"] == "erasure_not_found"
    assert bob.http.get(f"/api/people/{ann.handle}").status_code == 200


def test_a_restricted_account_is_seen_by_nobody(shared_server: Served) -> None:
    ann, bob, cy = shared_server.join(), shared_server.join(), shared_server.join()
    ann.http.delete(f"/api/rooms/{ann.open_room()['id']}").raise_for_status()
    for one, other in ((ann, bob), (bob, ann)):
        assert one.http.put(f"/api/people/{other.handle}/follow").status_code == 204
    assert ann.http.put("/api/privacy/restriction", json={"restricted": True}).status_code == 204
    assert bob.http.get(f"/api/people/{ann.handle}").status_code == 404
    for kind in ("followers", "following"):
        assert cy.http.get(f"/api/people/{bob.handle}/{kind}").json()["items"] == []
        assert cy.http.get(f"/api/people/{ann.handle}/{kind}").status_code == 404
        assert len(ann.http.get(f"/api/people/{ann.handle}/{kind}").json()["items"]) == 1
    assert cy.http.put(f"/api/people/{ann.handle}/follow").status_code == 404
    for who, count in ((cy, 0), (ann, 1)):
        assert len(who.http.get("/api/rooms", params={"host": ann.handle}).json()["items"]) == count
    assert ann.http.get("/api/privacy").json()["restricted"]
    assert ann.http.put("/api/privacy/restriction", json={"restricted": False}).status_code == 204
    assert bob.http.get(f"/api/people/{ann.handle}").status_code == 200


def test_the_signal_of_a_browser_counts_before_the_account(shared_server: Served) -> None:
    ann = shared_server.join()
    assert shared_server.http.get("/.well-known/gpc.json").json()["gpc"] is True
    plain, signal = ann.http.get("/api/privacy"), ann.http.get("/api/privacy", headers={"Sec-GPC": "1"})
    assert plain.headers["vary"] == signal.headers["vary"] == "Sec-GPC"
    assert [one["given"] for one in plain.json()["choices"]] == [True]
    assert (signal.json()["signal"], [one["given"] for one in signal.json()["choices"]]) == (True, [False])
    body = {"purpose": "ad_measurement", "given": False}
    assert ann.http.put("/api/privacy/consents", json=body).json()[0]["given"] is False
    assert [one["given"] for one in ann.http.get("/api/privacy").json()["history"]] == [False]


def test_below_the_age_of_a_country_nobody_agrees_alone(shared_server: Served) -> None:
    young = shared_server.join(birthdate=f"{time.gmtime().tm_year - 14}-01-01")
    body = {"purpose": "ad_measurement", "given": True}
    assert young.http.put("/api/privacy/consents", json=body).json()["code"] == "consent_too_young"


def test_a_breach_has_a_clock_and_only_admins_see_it(shared_server: Served) -> None:
    ann, bob = shared_server.join(), shared_server.join()
    shared_server.grant(ann, "admin")
    shared_server.grant(bob, "moderator")
    noted = ann.http.post("/api/admin/privacy/breaches", json={"what": "A laptop was stolen", "people": 3})
    assert noted.status_code == 201, noted.text
    one = noted.json()
    assert one["authority_due_at"] == one["known_at"] + 72 * 3_600_000
    told = ann.http.patch(f"/api/admin/privacy/breaches/{one['id']}", json={"authority_told": True}).json()
    assert told["authority_at"] > 0
    assert ann.http.patch("/api/admin/privacy/breaches/none", json={}).json()["code"] == "breach_not_found"
    too_long = {"what": "x" * (TEXT_CHARS_MAX + 1)}
    assert ann.http.post("/api/admin/privacy/breaches", json=too_long).status_code == 400
    assert bob.http.get("/api/admin/privacy").json()["code"] == "not_allowed"
    assert "room_events" in ann.http.get("/api/admin/privacy/records").text
    assert shared_server.http.get("/api/privacy/notice").json()["tables"]
    assert CHANGE_RATE.count == 30
    assert "audit" in shared_server.run("privacy", "report")

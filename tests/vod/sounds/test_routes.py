"""Sounds over HTTP: what clients are told, and what they are refused."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from core.ids import new_id
from tests.served import Person, Served
from tests.vod.uploads.client import PATCH, until


@pytest.fixture
def sound(owner: Person, video: str) -> str:
    found = owner.http.get(f"/api/videos/{video}").json()["sound"]
    assert found["by"]["handle"] == owner.handle
    return str(found["id"])


def upload(person: Person, body: bytes, sound: str) -> tuple[int, dict[str, str]]:
    """The status, and the headers or the problem."""
    metadata = f"sound {base64.b64encode(sound.encode()).decode()}"
    headers = {**PATCH, "Upload-Length": str(len(body)), "Upload-Metadata": metadata}
    answer = person.http.post("/api/uploads", headers=headers, content=body)
    return answer.status_code, dict(answer.headers) if answer.is_success else answer.json()


def test_a_visitor_sees_and_hears_a_sound(shared_server: Served, sound: str, video: str) -> None:
    visitor = shared_server.http
    shown = visitor.get(f"/api/sounds/{sound}").json()
    assert (shown["id"], shown["video"], shown["uses"], shown["named"]) == (sound, video, 1, False)
    assert [one["id"] for one in visitor.get(f"/api/sounds/{sound}/videos").json()["items"]] == [video]
    part = visitor.get(shown["url"], headers={"Range": "bytes=0-11"})
    assert (part.status_code, part.headers["content-type"], part.content[4:8]) == (206, "audio/mp4", b"ftyp")
    for path in (f"/api/sounds/{new_id()}", f"/api/sounds/{new_id()}/videos"):
        assert visitor.get(path).json()["code"] == "sound_not_found"
    assert visitor.patch(f"/api/sounds/{sound}", json={"title": "Mine"}).status_code == 401


def test_an_upload_names_the_sound_it_wants(shared_server: Served, owner: Person, sound: str, small_film: Path) -> None:
    other, film = shared_server.join(), small_film.read_bytes()
    status, headers = upload(other, film, sound)
    assert status == 201
    mine = headers["cadeau-video"]
    until(lambda: other.http.get(f"/api/videos/{mine}").json()["state"] == "ready")
    assert other.http.get(f"/api/videos/{mine}").json()["sound"]["by"]["handle"] == owner.handle
    [shown] = [one for one in other.http.get("/api/feed?limit=50").json()["items"] if one.get("id") == mine]
    assert shown["sound"]["id"] == sound
    assert other.http.delete(f"/api/videos/{mine}").status_code == 204
    for wrong, code in ((new_id(), "sound_not_found"), ("../../etc", "invalid_upload"), ("x" * 500, "invalid_upload")):
        assert upload(other, film, wrong)[1]["code"] == code


def test_only_its_owner_changes_it(shared_server: Served, owner: Person, sound: str, small_film: Path) -> None:
    other, address = shared_server.join(), f"/api/sounds/{sound}"
    assert other.http.patch(address, json={"allowed": False}).json()["code"] == "not_allowed"
    assert owner.http.patch(address, json={"uses": 9}).json()["code"] == "invalid_request"
    assert owner.http.patch(address, json={"allowed": None}).json()["code"] == "invalid_request"
    assert owner.http.patch(address, json={"allowed": False}).json()["allowed"] is False
    assert other.http.get(address).json()["usable"] is False
    assert upload(other, small_film.read_bytes(), sound)[1]["code"] == "sound_not_allowed"
    changed = owner.http.patch(address, json={"allowed": True, "title": "Été"}).json()
    assert (changed["title"], changed["named"], changed["allowed"]) == ("Été", True, True)

"""Account settings over HTTP: what they change, for whom, and what they refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from cadeau.app import Cadeau, open_cadeau
from core.errors import Overloaded
from core.executors import BoundedExecutor
from core.settings import Settings
from people.part import PICTURES_QUEUED_MAX
from people.routes import PROFILE_RATE
from people.settings.picture import PICTURE_BYTES_MAX
from people.settings.routes import AVATAR_RATE, HANDLE_RATE
from tests.served import PASSWORD

JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture
def cadeau(database_url: str, tmp_path: Path) -> Iterator[Cadeau]:
    opened = open_cadeau(Settings(data_dir=tmp_path, database_url=database_url, rate_limits=True))
    yield opened
    opened.close()


@pytest.fixture
async def http(cadeau: Cadeau) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies: each request says who asks."""
    async with httpx.AsyncClient(base_url="http://test", transport=httpx.ASGITransport(cadeau.asgi)) as client:
        yield client


async def join(http: httpx.AsyncClient, handle: str) -> dict[str, str]:
    body = {"handle": handle, "password": PASSWORD, "birthdate": "1990-05-17"}
    token = (await http.post("/api/people", json=body)).json()["token"]
    http.cookies.clear()
    return {"Authorization": f"Bearer {token}"}


async def sign_in(http: httpx.AsyncClient, handle: str, password: str = PASSWORD, agent: str = "") -> httpx.Response:
    answer = await http.post(
        "/api/sessions", json={"handle": handle, "password": password}, headers={"User-Agent": agent}
    )
    http.cookies.clear()
    return answer


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def picture(size: tuple[int, int] = (300, 200)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "teal").save(file, "JPEG")
    return file.getvalue()


async def test_a_picture_is_shown_wherever_a_person_is_named(http: httpx.AsyncClient) -> None:
    ada, bob = await join(http, "ada"), await join(http, "bob")
    assert (await http.get("/api/people/me", headers=ada)).json().get("avatar") is None
    sent = await http.put("/api/people/me/avatar", content=picture(), headers=ada | JPEG)
    assert sent.status_code == 200, sent.text
    await http.put("/api/people/bob/follow", headers=ada)
    followers = (await http.get("/api/people/bob/followers")).json()["items"]
    room = (await http.post("/api/rooms", json={"title": "A room"}, headers=ada)).json()
    shown = {sent.json()["avatar"], followers[0]["avatar"], room["host"]["avatar"]}
    [small] = shown
    for address, px in ((small, 128), (sent.json()["avatar_large"], 512)):
        file = await http.get(address)
        assert (file.status_code, file.headers["content-type"]) == (200, "image/webp")
        assert "immutable" in file.headers["cache-control"]
        with Image.open(BytesIO(file.content)) as image:
            assert image.size == (px, px)
    assert (await http.get("/api/people/me", headers=bob)).json().get("avatar") is None
    assert (await http.delete("/api/people/me/avatar", headers=ada)).json().get("avatar") is None


async def test_what_is_no_picture_is_refused_with_a_code(http: httpx.AsyncClient) -> None:
    ada = await join(http, "ada")

    async def put(content: bytes, kind: str = "image/jpeg") -> tuple[int, str]:
        return refused(await http.put("/api/people/me/avatar", content=content, headers=ada | {"Content-Type": kind}))

    assert await put(b"GIF89a") == (422, "picture_unreadable")
    assert await put(picture((5000, 10))) == (413, "picture_too_large")
    assert await put(bytes(PICTURE_BYTES_MAX + 1)) == (413, "body_too_large")
    assert await put(b"<svg/>", "image/svg+xml") == (415, "unsupported_media_type")
    assert await put(picture(), "") == (415, "unsupported_media_type")
    assert refused(await http.put("/api/people/me/avatar", content=picture(), headers=JPEG)) == (401, "not_signed_in")


async def test_pictures_are_limited_in_number(http: httpx.AsyncClient) -> None:
    ada = await join(http, "ada")
    for _ in range(AVATAR_RATE.count):
        assert (await http.put("/api/people/me/avatar", content=b"", headers=ada | JPEG)).status_code == 422
    assert refused(await http.put("/api/people/me/avatar", content=b"", headers=ada | JPEG)) == (429, "rate_exceeded")


async def test_changes_of_a_profile_are_limited_in_number(http: httpx.AsyncClient) -> None:
    ada, eve = await join(http, "ada"), await join(http, "eve")
    for _ in range(PROFILE_RATE.count):
        assert (await http.patch("/api/people/me", json={"unknown": 1}, headers=ada)).status_code == 400
    assert refused(await http.patch("/api/people/me", json={"name": "A"}, headers=ada)) == (429, "rate_exceeded")
    assert (await http.patch("/api/people/me", json={"name": "Eve"}, headers=eve)).status_code == 200


def test_few_pictures_wait(cadeau: Cadeau) -> None:
    waiting = BoundedExecutor("pictures", 0, PICTURES_QUEUED_MAX)
    for _ in range(PICTURES_QUEUED_MAX):
        waiting.submit(int)
    with pytest.raises(Overloaded):
        waiting.submit(int)


async def test_a_new_handle_redirects_from_the_old_one(http: httpx.AsyncClient) -> None:
    ada = await join(http, "ada")
    changed = await http.put("/api/people/me/handle", json={"handle": "lovelace"}, headers=ada)
    assert (changed.status_code, changed.json()["handle"]) == (200, "lovelace")
    assert (await http.get("/api/people/ADA")).json()["handle"] == "lovelace"
    moved = await http.get("/@ada")
    assert (moved.status_code, moved.headers["location"]) == (302, "/@lovelace")
    again = await http.put("/api/people/me/handle", json={"handle": "countess"}, headers=ada)
    assert refused(again) == (429, "handle_changed_recently")
    assert refused(await http.put("/api/people/me/handle", json={"handle": "A b"}, headers=ada))[0] == 400
    eve = await join(http, "eve")
    for taken in ("ada", "lovelace"):
        answer = await http.put("/api/people/me/handle", json={"handle": taken}, headers=eve)
        assert refused(answer) == (409, "handle_taken")
    for _ in range(HANDLE_RATE.count):
        answer = await http.put("/api/people/me/handle", json={"handle": "ada"}, headers=eve)
    assert refused(answer) == (429, "rate_exceeded")


async def test_a_new_password_needs_the_current_one_and_ends_all_other_sessions(http: httpx.AsyncClient) -> None:
    ada = await join(http, "ada")
    other = {"Authorization": f"Bearer {(await sign_in(http, 'ada')).json()['token']}"}
    path = "/api/people/me/password"
    wrong = await http.put(path, json={"current": "guess", "new": "something else"}, headers=other)
    assert refused(wrong) == (403, "wrong_password")
    short = await http.put(path, json={"current": PASSWORD, "new": "short"}, headers=other)
    assert refused(short) == (400, "invalid_request")
    assert (await http.get("/api/people/me", headers=ada)).status_code == 200
    done = await http.put(path, json={"current": PASSWORD, "new": "something else"}, headers=other)
    assert done.status_code == 204
    assert "cadeau_device=" in done.headers["set-cookie"]
    http.cookies.clear()
    assert (await http.get("/api/people/me", headers=other)).status_code == 200
    assert (await http.get("/api/people/me", headers=ada)).status_code == 401
    assert (await sign_in(http, "ada")).status_code == 401
    assert (await sign_in(http, "ada", "something else")).status_code == 201


async def test_guesses_of_the_current_password_are_limited(http: httpx.AsyncClient) -> None:
    ada = await join(http, "ada")
    codes = [
        refused(await http.put("/api/people/me/password", json={"current": f"{n}", "new": "x" * 8}, headers=ada))[1]
        for n in range(12)
    ]
    assert codes[0] == "wrong_password"
    assert codes[-1] == "rate_exceeded"


async def test_the_language_follows_the_account(http: httpx.AsyncClient) -> None:
    ada = await join(http, "ada")
    assert (await http.get("/api/people/me", headers=ada)).json()["language"] == "auto"
    await http.patch("/api/people/me", json={"language": "fr"}, headers=ada)
    elsewhere = {"Authorization": f"Bearer {(await sign_in(http, 'ada')).json()['token']}"}
    assert (await http.get("/api/people/me", headers=elsewhere)).json()["language"] == "fr"
    assert "language" not in (await http.get("/api/people/ada")).json()
    assert refused(await http.patch("/api/people/me", json={"language": "xx"}, headers=ada)) == (400, "invalid_request")


async def test_signed_in_devices_are_listed_and_signed_out(http: httpx.AsyncClient) -> None:
    ada = await join(http, "ada")
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"
    other = {"Authorization": f"Bearer {(await sign_in(http, 'ada', agent=firefox)).json()['token']}"}
    here, there = (await http.get("/api/sessions", headers=ada)).json()["items"]
    assert (here["current"], there["current"]) == (True, False)
    assert (there["browser"], there["system"]) == ("Firefox", "Linux")
    eve = await join(http, "eve")
    assert refused(await http.delete(f"/api/sessions/{there['id']}", headers=eve)) == (404, "not_found")
    assert (await http.delete(f"/api/sessions/{there['id']}", headers=ada)).status_code == 204
    assert (await http.get("/api/people/me", headers=other)).status_code == 401
    for _ in range(2):
        await sign_in(http, "ada")
    assert len((await http.get("/api/sessions", headers=ada)).json()["items"]) == 3
    assert (await http.delete("/api/sessions", headers=ada)).status_code == 204
    assert [one["id"] for one in (await http.get("/api/sessions", headers=ada)).json()["items"]] == [here["id"]]

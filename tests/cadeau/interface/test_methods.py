"""Methods: HEAD wherever GET answers, 405 with Allow for every other one, and no fault that an address can cause."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.served import PASSWORD, ROOT, Served

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on each database."""
    environment = {}
    if request.param == "postgres":
        environment["CADEAU_DATABASE_URL"] = request.getfixturevalue("shared_postgres_url")
    with Served(tmp_path_factory.mktemp("served"), environment) as opened:
        yield opened


def paths(server: Served) -> dict[str, set[str]]:
    """The methods of each path in the OpenAPI document."""
    document = server.http.get("/api/openapi.json").json()
    items = document["paths"].items()
    return {path: {method.upper() for method in item if method.upper() in METHODS} for path, item in items}


def test_head_answers_as_get_does_without_a_body(server: Served) -> None:
    ada = server.join()
    room = ada.open_room()
    for path in (
        "/", "/rooms", "/healthz", "/readyz", "/metrics", "/docs/errors", "/api/openapi.json", "/api/rooms",
        "/api/feed", "/api/gifts", "/api/coins", f"/api/rooms/{room['id']}", f"/api/rooms/{room['id']}/events",
        f"/api/people/{ada.handle}", "/api/people/me", "/api/wallet", "/api/wallet/statement",
        "/api/wallet/statement.csv", "/api/people/nobody", "/api/rooms/nonsense", "/api/none", "/media/none",
    ):  # fmt: skip
        got, head = ada.http.get(path), ada.http.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        assert head.headers["content-type"] == got.headers["content-type"], path


def test_other_methods_are_405_and_name_the_allowed_ones(server: Served) -> None:
    ada = server.join()
    for path, known in paths(server).items():
        allowed = known | ({"HEAD"} if "GET" in known else set())
        address = re.sub(r"{\w+}", "x", path)
        for method in set(METHODS) - allowed - {"OPTIONS"}:
            answer = ada.http.request(method, address)
            if path == "/api/uploads/{upload}" and method == "POST":  # it may name another method in a header
                continue
            assert answer.status_code == 405, (method, path, answer.text)
            assert allowed <= set(answer.headers["allow"].split(", ")), (method, path)
            if method != "HEAD":
                assert answer.json()["code"] == "method_not_allowed"
    for path in ("/media/videos/x.mp4", "/", "/rooms", "/healthz", "/metrics", "/api/openapi.json"):
        answer = ada.http.post(path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed"), path
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    answer = ada.http.post("/api/uploads/x", headers={"Tus-Resumable": "0.1"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, HEAD, PATCH, DELETE")


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_address_is_404_with_any_method(server: Served, method: str) -> None:
    for path in ("/api/none", "/live/x", "/docs/none", "/chat/x/y"):
        assert server.http.request(method, path).status_code == 404, path


def test_no_address_causes_a_fault(server: Served) -> None:
    ada = server.join()
    for path, methods in paths(server).items():
        for value in ("%00", "a%00b", "a" * 300, "%ff", "%F0%9F%98%80", "..%2f..", "%0a", "9" * 100):
            for method in methods - {"DELETE"} if "current" in path else methods:
                address = re.sub(r"{\w+}", value, path)
                body = None if method in ("GET", "HEAD", "OPTIONS") else {"title": "x"}
                answer = ada.http.request(method, address, headers={"Idempotency-Key": "k"}, json=body)
                assert answer.status_code < 500, (method, address, answer.text)
    for path in (
        "/%00", "/a%00b", "/" + "a" * 300, "/assets/" + "a" * 300, "/media/%00", "/media/" + "a" * 150,
        "/room/" + "a" * 5000, "/room/%2500", "/video/%2500", "/%ff",
        "/api/rooms?cursor=%00", "/api/rooms?host=%00", "/api/videos?by=%00",
        "/api/feed?cursor=%00", "/api/feed?cursor=" + "0" * 20 + ".9999999-9999999-9999999.%00",
        "/api/people/me/../%00", "/api/wallet/statement?kind=%00", "/api/gifts?cursor=%00", "/docs/errors?%00",
        *(f"/api/rooms?cursor={number}.{number}.x" for number in (2**31, 2**63, 2**64, 10**40, "-1", "1_0", "%D9%A1")),
        *(f"/api/wallet/statement?cursor={number}.{number}" for number in (2**31, 2**63, 2**64, 10**40)),
        *(f"/api/rooms/x/events?after={number}" for number in (2**53, 2**63, 2**64, 10**40, "1e400")),
    ):  # fmt: skip
        assert ada.http.get(path).status_code < 500, path
    assert "Traceback" not in server.log


def test_nul_in_a_body_is_refused(server: Served) -> None:
    ada = server.join()
    typed = {"Content-Type": "application/json"}
    bodies = {
        "/api/people": rb'{"handle":"a\u0000","password":"12345678","birthdate":"1990-01-01"}',
        "/api/sessions": rb'{"handle":"a\u0000","password":"\u0000"}',
        "/api/rooms": rb'{"title":"\u0000"}',
        "/api/wallet/purchases": rb'{"pack":"\\\u0000"}',
        "/api/feed/events": rb'{"events":[{"video":"\u0000","kind":"view"}]}',
        "/api/feed/events?": rb'{"events":[{"video":"x","kind":"view","impression":"\u0000"}]}',
    }
    for path, body in bodies.items():
        answer = ada.http.post(path, content=body, headers=typed | {"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), path
    room = ada.http.post("/api/rooms", content=rb'{"title":"C:\\u0000"}', headers=typed)
    assert (room.status_code, room.json()["title"]) == (201, r"C:\u0000")
    ada.http.delete(f"/api/rooms/{room.json()['id']}")


@pytest.mark.parametrize("path", ["/api/people", "/api/sessions"])
def test_nobody_is_signed_in_by_a_body_without_a_type(server: Served, path: str) -> None:
    ada = server.join()
    body = f'{{"handle":"{ada.handle}","password":"{PASSWORD}"}}'.encode()
    answer = server.http.post(path, content=body)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("kind", ["Application/Json", "APPLICATION/JSON; charset=UTF-8", "application/json ;x=y"])
def test_a_content_type_is_compared_without_case_or_parameters(server: Served, kind: str) -> None:
    ada = server.join()
    room = ada.http.post("/api/rooms", content=b'{"title":"x"}', headers={"Content-Type": kind})
    assert room.status_code == 201
    ada.http.delete(f"/api/rooms/{room.json()['id']}")


def test_every_page_of_the_client_loads_directly(server: Served) -> None:
    source = (ROOT / "static" / "src" / "routes.ts").read_text()
    pages = re.findall(r"route\('\w+', '([^']+)'", source)
    assert {"/", "/live", "/rooms"} <= set(pages)
    room = server.join().open_room()
    for page in pages:
        address = page.replace("/room/:id", f"/room/{room['id']}").replace(":handle", server.people[-1].handle)
        for path in (address, address + "?from=home", address if address == "/" else address + "/"):
            answer = server.http.get(path.replace(":id", "x"))
            assert answer.headers["content-type"].startswith("text/html"), path
            if ":id" not in address:
                assert answer.status_code == 200, path

"""Operations: requests are validated, responses are typed, and every refusal has a stable code."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from core.errors import Conflict
from core.http import Access, Call, Operation, Page, Paging, RequestGate
from core.http.openapi import openapi_document
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.http.tracing import Tracing
from core.identity import Identity
from core.limits import Limiter, Rate

ADA = Identity("1" * 20, "ada", "Ada", "member", True)
MOD = Identity("2" * 20, "mod", "Mod", "moderator", True)
TOKENS = {"ada": ADA, "mod": MOD}


class Thing(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=10)]
    count: int = 1


def echo(call: Call, body: Thing) -> Thing:
    """Say it back."""
    call.headers["X-Extra"] = "yes"
    return body


def pay(call: Call, body: Thing) -> Thing:
    """Move money."""
    return Thing(call.key[:10], body.count)


def things(query: Paging) -> Page[Thing]:
    """A list."""
    return Page([Thing(query.cursor or "first", query.limit)])


async def thing(call: Call, thing: str) -> Thing:
    """One thing."""
    return Thing(f"{thing}{call.identity.handle}")


def nothing() -> None:
    """Nothing to say."""


def conflict() -> None:
    """Always refused."""
    raise Conflict("Not now.")


def fault() -> None:
    """Always broken."""
    raise RuntimeError("a secret that must not leave")


OPERATIONS = [
    Operation("POST", "/api/echo", echo, access=Access.ANYONE, status=201, body_bytes_max=200),
    Operation("POST", "/api/pay", pay, money=True),
    Operation("GET", "/api/things", things, access=Access.ANYONE, rate=Rate(5, 60)),
    Operation("GET", "/api/things/{thing}", thing),
    Operation("DELETE", "/api/nothing", nothing, access=Access.MODERATOR),
    Operation("POST", "/api/conflict", conflict, access=Access.ANYONE),
    Operation("POST", "/api/fault", fault, access=Access.ANYONE),
]


@pytest.fixture
async def http() -> Any:
    app = Starlette(routes=OPERATIONS, middleware=[Middleware(Tracing)], exception_handlers=EXCEPTION_HANDLERS)
    app.state.gate = RequestGate(TOKENS.get, Limiter(), frozenset({"https://cadeau.example"}))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        yield client


def problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text


async def test_a_valid_request_is_decoded_and_answered(http: httpx.AsyncClient) -> None:
    answer = await http.post("/api/echo", json={"name": "x"})
    assert (answer.status_code, answer.json()) == (201, {"name": "x", "count": 1})
    assert answer.headers["x-extra"] == "yes"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"x"', b"{}", b'{"name":1}', b'{"name":""}', b'{"name":"xxxxxxxxxxx"}',
        b'{"name":"x","count":"1"}', b'{"name":"x","count":1.5}', b'{"name":"x","other":1}', b'{"name":"\xff"}',
        b"[" * 150, b'{"name":"x"}}',
    ],
)  # fmt: skip
async def test_a_body_that_does_not_match_the_schema_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    problem(await http.post("/api/echo", content=body), 400, "invalid_request")


async def test_a_body_of_another_content_type_or_too_large_is_refused(http: httpx.AsyncClient) -> None:
    problem(await http.post("/api/echo", data={"name": "x"}), 415, "unsupported_media_type")
    problem(await http.post("/api/echo", content=b" " * 201), 413, "body_too_large")

    async def endless() -> Any:
        while True:
            yield b" " * 100

    problem(await http.post("/api/echo", content=endless()), 413, "body_too_large")


async def test_access_is_checked(http: httpx.AsyncClient) -> None:
    problem(await http.get("/api/things/x"), 401, "not_signed_in")
    problem(await http.get("/api/things/x", headers={"Authorization": "Bearer no"}), 401, "not_signed_in")
    problem(await http.delete("/api/nothing", headers={"Authorization": "Bearer ada"}), 403, "not_allowed")
    assert (await http.delete("/api/nothing", headers={"Authorization": "Bearer mod"})).status_code == 204
    answer = await http.get("/api/things/x", headers={"Authorization": "Bearer ada"})
    assert answer.json() == {"name": "xada", "count": 1}


async def test_a_cookie_is_accepted_only_from_our_own_origins(http: httpx.AsyncClient) -> None:
    http.cookies.set("cadeau_session", "mod")
    for origin in ("https://evil.example", "null"):
        problem(await http.delete("/api/nothing", headers={"Origin": origin}), 403, "wrong_origin")
    problem(await http.delete("/api/nothing", headers={"Sec-Fetch-Site": "cross-site"}), 403, "wrong_origin")
    for origin in ("https://cadeau.example", "http://here"):
        assert (await http.delete("/api/nothing", headers={"Origin": origin})).status_code == 204


async def test_money_operations_need_an_idempotency_key(http: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer ada"}
    problem(await http.post("/api/pay", json={"name": "x"}, headers=headers), 400, "idempotency_key_missing")
    long = headers | {"Idempotency-Key": "k" * 65}
    problem(await http.post("/api/pay", json={"name": "x"}, headers=long), 400, "invalid_request")
    answer = await http.post("/api/pay", json={"name": "x"}, headers=headers | {"Idempotency-Key": "key"})
    assert answer.json()["name"] == "key"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "other=1", "cursor=" + "x" * 200])
async def test_query_parameters_are_validated(http: httpx.AsyncClient, query: str) -> None:
    problem(await http.get(f"/api/things?{query}"), 400, "invalid_request")


async def test_rate_limited_requests_get_retry_after(http: httpx.AsyncClient) -> None:
    for _ in range(5):
        assert (await http.get("/api/things")).status_code == 200
    answer = await http.get("/api/things")
    problem(answer, 429, "rate_exceeded")
    assert int(answer.headers["retry-after"]) > 0


async def test_unknown_paths_and_methods_get_problem_documents(http: httpx.AsyncClient) -> None:
    problem(await http.get("/api/none"), 404, "not_found")
    answer = await http.put("/api/echo")
    problem(answer, 405, "method_not_allowed")
    assert "POST" in answer.headers["allow"]


async def test_refusals_are_explained_and_faults_are_not(http: httpx.AsyncClient) -> None:
    problem(await http.post("/api/conflict"), 409, "conflict")
    answer = await http.post("/api/fault")
    problem(answer, 500, "internal_error")
    assert "secret" not in answer.text


async def test_a_valid_request_id_is_kept_and_an_invalid_one_replaced(http: httpx.AsyncClient) -> None:
    kept = await http.get("/api/things", headers={"X-Request-Id": "abc-123_XYZ"})
    assert kept.headers["x-request-id"] == "abc-123_XYZ"
    made = await http.get("/api/things", headers={"X-Request-Id": "a b\x7f"})
    assert made.headers["x-request-id"] != "a b\x7f"


def test_the_openapi_document_describes_the_operations() -> None:
    document = openapi_document(OPERATIONS, version="1", extra_paths={})
    echo = document["paths"]["/api/echo"]["post"]
    assert echo["summary"] == "Say it back."
    assert set(echo["responses"]) == {"201", "default"}
    assert "security" not in echo
    assert {p["name"] for p in document["paths"]["/api/things"]["get"]["parameters"]} == {"cursor", "limit"}
    assert document["paths"]["/api/pay"]["post"]["parameters"][-1]["name"] == "Idempotency-Key"
    assert set(document["paths"]["/api/nothing"]["delete"]["responses"]) == {"204", "default"}


async def test_answers_and_refusals_are_not_stored(http: httpx.AsyncClient) -> None:
    for answer in (await http.get("/api/things"), await http.get("/api/things/x"), await http.post("/api/fault")):
        assert answer.headers["cache-control"] == "no-store", answer.url


async def test_head_is_get_without_a_body(http: httpx.AsyncClient) -> None:
    got, head = await http.get("/api/things"), await http.head("/api/things")
    assert (head.status_code, head.headers["content-length"]) == (200, got.headers["content-length"])


@pytest.mark.parametrize("kind", ["Application/JSON", "application/json;charset=utf-8", " application/json ; x=y"])
async def test_a_content_type_has_no_case_and_may_have_parameters(http: httpx.AsyncClient, kind: str) -> None:
    answer = await http.post("/api/echo", content=b'{"name":"x"}', headers={"Content-Type": kind})
    assert answer.status_code == 201


@pytest.mark.parametrize("body", [rb'{"name":"\u0000"}', rb'{"name":"\\\u0000"}', rb'{"\u0000":1}'])
async def test_an_escaped_nul_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    problem(await http.post("/api/echo", content=body), 400, "invalid_request")


async def test_an_escaped_backslash_is_no_nul(http: httpx.AsyncClient) -> None:
    assert (await http.post("/api/echo", content=rb'{"name":"\\u0000"}')).json()["name"] == r"\u0000"


@pytest.mark.parametrize("address", ["/api/things?cursor=%00", "/api/things/%00", "/%00"])
async def test_an_address_with_nul_is_refused(http: httpx.AsyncClient, address: str) -> None:
    problem(await http.get(address), 400, "invalid_request")

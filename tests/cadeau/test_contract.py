"""The public interface as docs/protocol.md describes it."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import msgpack
import pytest
from websockets.asyncio.client import ClientConnection, connect

from core.ids import new_id
from tests.served import Person, Served


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_only_the_host_sees_a_rooms_stream_key(shared_server: Served) -> None:
    host, other = shared_server.join(), shared_server.join()
    room = host.open_room("Title")
    assert room["state"] == "idle"
    assert room["whip_url"] == f"{shared_server.url}/live/{room['id']}/whip"
    assert room["whep_url"] == f"{shared_server.url}/live/{room['id']}/whep"
    assert room["chat_url"] == f"ws{shared_server.url[4:]}/chat/{room['id']}"
    assert host.http.get(f"/api/rooms/{room['id']}").json()["stream_key"] == room["stream_key"]
    seen = other.http.get(f"/api/rooms/{room['id']}").json()
    assert not {"stream_key", "whip_url"} & seen.keys()
    assert code(other.http.delete(f"/api/rooms/{room['id']}")) == (403, "not_allowed")
    assert code(other.http.get(f"/api/rooms/{room['id']}/health")) == (403, "not_allowed")
    assert host.http.get(f"/api/rooms/{room['id']}/health").json()["publishing"] is False
    assert host.http.patch(f"/api/rooms/{room['id']}", json={"title": "New"}).json()["title"] == "New"
    assert host.http.delete(f"/api/rooms/{room['id']}").json()["state"] == "ended"
    assert code(host.http.get("/api/rooms/nonsense")) == (404, "not_found")


def test_a_person_has_one_stream_key_for_all_rooms_until_it_is_rotated(shared_server: Served) -> None:
    host, other = shared_server.join(), shared_server.join()
    first = host.http.get("/api/stream-key").json()
    assert first["publish_url"] == f"{shared_server.url}/live/whip"
    room = host.open_room("Title")
    assert (room["stream_key"], room["publish_url"]) == (first["stream_key"], first["publish_url"])
    assert (room["on_air_ms"], room["earned"]) == (0, 0)
    seen = other.http.get(f"/api/rooms/{room['id']}").json()
    assert not {"stream_key", "whip_url", "publish_url", "earned"} & seen.keys()
    ended = host.http.delete(f"/api/rooms/{room['id']}").json()
    assert (ended["state"], ended["on_air_ms"], ended["earned"]) == ("ended", 0, 0)
    assert host.open_room("Another")["stream_key"] == first["stream_key"]
    rotated = host.http.post("/api/stream-key")
    assert rotated.status_code == 201
    assert rotated.json()["stream_key"] != first["stream_key"]
    assert host.http.get("/api/stream-key").json() == rotated.json()
    assert other.http.get("/api/stream-key").json()["stream_key"] != rotated.json()["stream_key"]
    assert code(shared_server.http.get("/api/stream-key")) == (401, "not_signed_in")
    sdp, key = {"Content-Type": "application/sdp"}, {"Authorization": f"Bearer {first['stream_key']}"}
    assert code(shared_server.http.post("/live/whip", content="v=0", headers=sdp | key)) == (401, "wrong_stream_key")


def test_media_endpoints_refuse_with_their_codes(shared_server: Served) -> None:
    host = shared_server.join()
    room = host.open_room()
    sdp, key = {"Content-Type": "application/sdp"}, {"Authorization": f"Bearer {room['stream_key']}"}
    whip, whep = f"/live/{room['id']}/whip", f"/live/{room['id']}/whep"
    http = shared_server.http
    assert code(http.post(whip, content="v=0", headers=sdp)) == (401, "wrong_stream_key")
    assert code(http.post(whip, content="not sdp", headers=sdp | key)) == (400, "bad_sdp")
    assert code(http.post(whip, json={}, headers=key)) == (415, "unsupported_media_type")
    assert code(http.post(whep, content="not sdp", headers=sdp)) == (400, "bad_sdp")
    assert http.options(whip).headers["accept-post"] == "application/sdp"
    host.http.delete(f"/api/rooms/{room['id']}")


def test_the_catalogues_have_their_documented_fields(shared_server: Served) -> None:
    gifts = shared_server.http.get("/api/gifts").json()
    assert gifts["next"] is None
    assert all(gift.keys() == {"gift", "name", "coins", "art"} for gift in gifts["items"])
    for gift in gifts["items"]:
        art = shared_server.http.get(gift["art"])
        assert art.headers["content-type"].startswith("image/svg"), gift
    packs = shared_server.http.get("/api/coins").json()["items"]
    assert all(pack.keys() == {"pack", "coins", "price_minor", "currency"} for pack in packs)


def test_a_purchase_is_made_once_per_key(shared_server: Served) -> None:
    ada = shared_server.join()
    packs = shared_server.http.get("/api/coins").json()["items"]
    key = {"Idempotency-Key": new_id()}
    first = ada.http.post("/api/wallet/purchases", json={"pack": packs[0]["pack"]}, headers=key)
    again = ada.http.post("/api/wallet/purchases", json={"pack": packs[0]["pack"]}, headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert first.json()["state"] == "completed"
    assert first.json()["checkout_url"] is None
    other = ada.http.post("/api/wallet/purchases", json={"pack": packs[1]["pack"]}, headers=key)
    assert code(other) == (422, "idempotency_key_reused")
    without = ada.http.post("/api/wallet/purchases", json={"pack": packs[1]["pack"]})
    assert code(without) == (400, "idempotency_key_missing")
    wallet = ada.http.get("/api/wallet").json()
    assert (wallet["coins"], wallet["earnings"]) == (packs[0]["coins"], {"pending": 0, "payable": 0})
    assert (wallet["bonus"], wallet["debt"]) == (0, 0)
    statement = ada.http.get("/api/wallet/statement").json()
    assert [(line["kind"], line["amount"]) for line in statement["items"]] == [("purchase", packs[0]["coins"])]
    assert ada.http.get("/api/wallet/statement.csv").headers["content-type"].startswith("text/csv")


class Chatter:
    """A member of a room's chat."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._waiting: list[dict[str, Any]] = []

    async def send(self, **message: Any) -> None:
        await self._socket.send(msgpack.packb(message))

    async def hear(self, type: str, **fields: Any) -> dict[str, Any]:
        """The next event of a type, with these fields."""
        async with asyncio.timeout(40):
            while True:
                while self._waiting:
                    event = self._waiting.pop(0)
                    if event["type"] == type and fields.items() <= event.items():
                        return event
                received = await self._socket.recv()
                assert isinstance(received, bytes)
                self._waiting = msgpack.unpackb(received)


def chat(room: dict[str, Any], person: Person | None = None, after: int | None = None) -> connect:
    headers = {"Authorization": f"Bearer {person.token}"} if person else {}
    url = room["chat_url"] + (f"?after={after}" if after is not None else "")
    return connect(url, subprotocols=["cadeau.msgpack.v1"], additional_headers=headers, compression=None)  # type: ignore[list-item]


async def test_chat_welcomes_delivers_refuses_and_resumes(shared_server: Served) -> None:
    host, ada = shared_server.join(), shared_server.join()
    room = host.open_room()
    async with chat(room) as watching, chat(room, ada) as talking:
        watcher, talker = Chatter(watching), Chatter(talking)
        welcome = await watcher.hear("welcome")
        assert (welcome["room"], welcome["seq"], welcome["you"]) == (room["id"], 0, None)
        assert (await talker.hear("welcome"))["you"]["id"] == ada.id
        said = str(uuid.uuid4())
        await talker.send(type="say", id=said, text="hello")
        seen = await watcher.hear("said")
        assert (seen["seq"], seen["id"], seen["text"], seen["by"]["handle"]) == (1, said, "hello", ada.handle)
        assert (await talker.hear("ok", id=said))["seq"] == 1
        await talker.send(type="say", id=said, text="hello")
        assert (await talker.hear("ok", id=said))["seq"] == 1, "a retry is harmless"
        await watcher.send(type="say", id=str(uuid.uuid4()), text="me too")
        assert (await watcher.hear("refused"))["code"] == "not_signed_in"
        await talker.send(type="gift", id=str(uuid.uuid4()), gift="rose", count=1)
        assert (await talker.hear("refused"))["code"] == "room_not_live"
        await talking.send(b"\xc1")
        assert (await talker.hear("refused"))["id"] is None
    ada.http.post("/api/sessions", json={})
    async with chat(room, ada) as talking:
        await Chatter(talking).send(type="say", id=str(uuid.uuid4()), text="again")
        await Chatter(talking).hear("ok")
    async with chat(room, after=1) as resuming:
        assert (await Chatter(resuming).hear("said"))["seq"] == 2
    listed = shared_server.http.get(f"/api/rooms/{room['id']}/events", params={"after": 0}).json()["items"]
    assert [event["seq"] for event in listed] == [1, 2]


SECOND_ROUND = {
    "GET /api/feed": {"items", "next"},
    "GET /api/feed/why/{impression}": {"code", "details", "text"},
    "GET /api/feed/interests": {"personalised", "items"},
    "DELETE /api/feed/interests": None,
    "DELETE /api/feed/interests/{kind}/{key}": None,
    "PUT /api/feed/personalised": {"personalised", "items"},
    "GET /api/search": None,  # a list with a kind, the first of each kind without
    "GET /api/notifications": {"items", "next"},
    "PUT /api/notifications/read": None,
    "GET /api/notifications/settings": {"kinds", "push_key"},
    "PUT /api/notifications/settings": {"kinds", "push_key"},
    "PUT /api/notifications/push": None,
    "DELETE /api/notifications/push": None,
    "PUT /api/videos/{video}/save": {"saved", "collection"},
    "DELETE /api/videos/{video}/save": {"saved", "collection"},
    "GET /api/saved": {"items", "next"},
    "GET /api/collections": {"items", "next"},
    "POST /api/collections": {"id", "name"},
    "PATCH /api/collections/{collection}": {"id", "name"},
    "DELETE /api/collections/{collection}": None,
    "GET /api/history": {"items", "next", "paused"},
    "PUT /api/history": {"paused"},
    "DELETE /api/history": None,
    "GET /api/analytics": {"total", "days"},
    "GET /api/videos/{video}/analytics": {"video", "days"},
    "GET /api/sounds/{sound}": {"id"},
    "GET /api/sounds/{sound}/videos": {"items", "next"},
    "POST /api/reports": {"id"},
    "GET /api/reports": {"items", "next"},
    "DELETE /api/reports/{report}": None,
}
"""The operations of the second round that clients rely on, with fields of their answers; None: there is none, or it
differs."""


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


@pytest.mark.parametrize("operation", SECOND_ROUND)
def test_the_openapi_document_has_the_names_of_the_second_round(shared_server: Served, operation: str) -> None:
    document = shared_server.http.get("/api/openapi.json").json()
    method, path = operation.split()
    found = document["paths"][path][method.lower()]
    fields = SECOND_ROUND[operation]
    if fields is not None:
        (answer,) = (answer for status, answer in found["responses"].items() if status in ("200", "201"))
        schema = resolved(document, answer["content"]["application/json"]["schema"])
        assert fields <= schema["properties"].keys()
    elif method == "DELETE":
        assert "204" in found["responses"]


def test_the_feed_explains_itself_in_the_documented_words(shared_server: Served) -> None:
    document = shared_server.http.get("/api/openapi.json").json()
    codes = {
        "followed", "like_others", "hashtag", "creator", "sound", "fresh", "trending", "live", "language",
        "chronological",
    }  # fmt: skip
    schemas = document["components"]["schemas"]
    assert codes <= {code for some in schemas["Reason"]["properties"]["code"]["anyOf"] for code in some["enum"]}
    assert {"kind", "impression"} <= schemas["FeedEvent"]["properties"].keys()
    assert "not_interested" in schemas["FeedEvent"]["properties"]["kind"]["enum"]
    (search,) = [one for one in document["paths"]["/api/search"]["get"]["parameters"] if one["name"] == "kind"]
    assert {"people", "videos", "hashtags", "sounds", "rooms"} <= set(resolved(document, search["schema"])["enum"])


@pytest.mark.parametrize(
    ("method", "path", "body", "refusal"),
    [
        ("GET", "/api/feed/why/nothing", None, (404, "impression_not_found")),
        ("DELETE", "/api/feed/interests/hashtag/nothing", None, (404, "interest_not_found")),
        ("PUT", "/api/notifications/push", {"endpoint": "http://x", "keys": {"p256dh": "", "auth": ""}},
         (400, "bad_push_endpoint")),
        ("PUT", "/api/notifications/read", {"until": -1}, (400, "invalid_request")),
        ("PUT", "/api/videos/nothing/save", None, (404, "video_not_found")),
        ("DELETE", "/api/collections/nothing", None, (404, "collection_not_found")),
        ("GET", "/api/videos/nothing/analytics", None, (404, "video_not_found")),
        ("GET", "/api/sounds/nothing", None, (404, "sound_not_found")),
        ("POST", "/api/reports", {"subject": {"kind": "video", "id": "nothing"}, "reason": "spam"},
         (404, "video_not_found")),
        ("DELETE", "/api/reports/nothing", None, (404, "report_not_found")),
        ("GET", "/api/videos/nothing/comments/nothing", None, (404, "video_not_found")),
    ],
)  # fmt: skip
def test_refusals_of_the_second_round_have_their_codes(
    shared_server: Served, method: str, path: str, body: object, refusal: tuple[int, str]
) -> None:
    assert code(shared_server.join().http.request(method, path, json=body)) == refusal


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/people/me"), ("PATCH", "/api/people/me"), ("DELETE", "/api/sessions/current"),
        ("POST", "/api/rooms"), ("GET", "/api/wallet"), ("GET", "/api/wallet/statement"),
        ("POST", "/api/wallet/purchases"), ("POST", "/api/uploads"), ("PUT", "/api/videos/x/like"),
        ("POST", "/api/videos/x/comments"), ("PUT", "/api/people/x/follow"), ("GET", "/api/notifications"),
        ("GET", "/api/saved"), ("GET", "/api/history"), ("GET", "/api/feed/interests"), ("GET", "/api/analytics"),
        ("POST", "/api/reports"),
    ],
)  # fmt: skip
def test_operations_that_need_a_sign_in_refuse_without_one(shared_server: Served, method: str, path: str) -> None:
    headers = {"Tus-Resumable": "1.0.0"} if "uploads" in path else {}
    assert code(shared_server.http.request(method, path, headers=headers)) == (401, "not_signed_in")


def test_every_operation_refuses_garbage_without_a_fault(shared_server: Served) -> None:
    """Send garbage to every path in the OpenAPI document: never a 500, always a code."""
    ada = shared_server.join()
    document = shared_server.http.get("/api/openapi.json").json()
    for path, item in document["paths"].items():
        for method in item.keys() & {"post", "put", "patch", "delete", "get"}:
            address = path
            for name in ("room", "session", "handle", "video", "comment", "upload", "purchase"):
                address = address.replace("{" + name + "}", "%00'\"<x>" if name != "handle" else "né'--")
            for body in (b"", b"\xff\xfe", b'{"a":' * 50, b'{"limit":1e999}', b'["x"]'):
                if path == "/api/sessions/current":
                    continue
                answer = ada.http.request(method.upper(), address, content=body, headers={"Idempotency-Key": new_id()})
                assert answer.status_code < 500, (method, path, body, answer.text)
                if answer.status_code >= 400:
                    assert code(answer)[1], (method, path)
    assert shared_server.http.get("/healthz").status_code == 200
    assert "Traceback" not in shared_server.log


def test_the_feed_and_its_events_have_their_documented_fields(shared_server: Served) -> None:
    ada = shared_server.join()
    assert shared_server.http.get("/api/feed").json().keys() == {"items", "next"}
    assert shared_server.http.get("/api/feed", params={"tab": "following"}).status_code == 401
    assert ada.http.get("/api/feed", params={"tab": "following"}).json()["items"] == []
    event = {"video": "0" * 20, "kind": "view", "watched_ms": 100}
    answer = ada.http.post("/api/feed/events", json={"events": [event]})
    assert answer.status_code == 202
    assert answer.json().keys() == {"accepted"}
    options = shared_server.http.options("/api/uploads")
    assert options.headers["tus-version"] == "1.0.0"
    assert {"creation", "termination", "expiration", "checksum"} <= set(options.headers["tus-extension"].split(","))

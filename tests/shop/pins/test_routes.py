"""A room and its shop over HTTP and the chat's socket, with the sandbox, and what hostile requests meet."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from core.ids import new_id
from shop.pins.tags import VIDEOS_MAX
from tests.chat.client import Client
from tests.served import Person, Served
from tests.shop.test_routes import HOME, approved_seller, product


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("pins"), {"CADEAU_RATE_LIMITS": "0"}) as running:
        yield running


@pytest.fixture(scope="module")
def seller(server: Served) -> Person:
    admin = server.join()
    server.grant(admin, "admin")
    return approved_seller(server, admin)


def order(buyer: Person, variant: str, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"items": [{"variant": variant, "count": 1}], **more}
    answer = buyer.http.post("/api/orders", json=body, headers={"Idempotency-Key": new_id()})
    return answer.status_code, answer.json()


async def test_a_room_sees_what_is_pinned_sold_and_sold_out(server: Served, seller: Person) -> None:
    """Two taps: the second order needs nothing but the saved method. Late comers see it as it is."""
    room = seller.open_room()["id"]
    made = product(seller, variants=[{"prices": {"EUR": 1_000}, "on_hand": 3}])
    variant, buyer = made["variants"][0]["id"], server.join()
    pins = f"/api/rooms/{room}/pins"
    async with Client(server.port, room) as early:
        assert (await early.next("welcome"))["pin"] is None
        answer = await asyncio.to_thread(
            seller.http.post, pins, json={"product": made["id"], "flash": {"prices": {"EUR": 900}, "seconds": 600}}
        )
        assert answer.status_code == 201, answer.text
        pin = answer.json()
        assert (await early.next("pinned"))["pin"] == pin
        status, first = await asyncio.to_thread(
            order, buyer, variant, pin=pin["id"], address=HOME, save=True, named=True
        )
        assert (status, first["state"], first["total_minor"]) == (201, "paid", 1_400)
        sold = await early.next("sold")
        assert (sold["count"], sold["left"], [one["id"] for one in sold["buyers"]]) == (1, 2, [buyer.id])
        [method] = (await asyncio.to_thread(buyer.http.get, "/api/shop/methods")).json()["items"]
        assert method["address"]["city"] == HOME["city"]
        for _ in range(2):
            status, placed = await asyncio.to_thread(order, buyer, variant, pin=pin["id"], method=method["id"])
            assert (status, placed["state"]) == (201, "paid"), placed
        while (sold := await early.next("sold"))["left"]:
            assert sold["buyers"] == []
        async with Client(server.port, room) as late:
            assert (await late.next("welcome"))["pin"] == pin | {"left": 0}
        status, refused = await asyncio.to_thread(order, buyer, variant, pin=pin["id"], method=method["id"])
        assert (status, refused["code"]) == (409, "out_of_stock")
        await asyncio.to_thread(
            seller.http.post,
            f"/api/shop/variants/{variant}/stock",
            json={"change": 4},
            headers={"Idempotency-Key": "x"},
        )
        assert (await early.next("stock"))["left"] == 4
        await asyncio.to_thread(seller.http.delete, f"/api/rooms/{room}")
        assert (await early.next("unpinned"))["pin"] == pin["id"]
    listed = (await asyncio.to_thread(server.client().get, pins)).json()
    [shown] = listed["items"]
    assert shown["at"] <= shown["ended_at"] <= listed["now"]
    assert shown["variants"] == []


def test_hostile_requests_are_refused_with_a_reason(server: Served, seller: Person) -> None:
    room, stranger = seller.open_room()["id"], server.join()
    made = product(seller)
    variant, pins = made["variants"][0]["id"], f"/api/rooms/{room}/pins"
    for person, body, status, code in (
        (stranger, {"product": made["id"]}, 403, "not_allowed"),
        (seller, {"product": "../.."}, 403, "not_your_product"),
        (seller, {"product": "x" * 65}, 400, "invalid_request"),
        (seller, {"product": made["id"], "price": 1}, 400, "invalid_request"),
        (seller, {"product": made["id"], "flash": {"prices": {"EUR": 2**70}, "seconds": 60}}, 422, "bad_pin"),
        (seller, {"product": made["id"], "flash": {"prices": {"EUR": 1.5}, "seconds": 60}}, 400, "invalid_request"),
        (seller, {"product": made["id"], "flash": {"prices": {"EUR": 1}, "seconds": 29}}, 422, "bad_pin"),
    ):
        answer = person.http.post(pins, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    assert server.client().post(pins, json={"product": made["id"]}).status_code == 401
    assert server.client().get("/api/rooms/nowhere/pins").status_code == 404
    for more, status, code in (
        ({"pin": "nothing", "address": HOME}, 409, "pin_ended"),
        ({"pin": "a", "video": "b", "address": HOME}, 422, "bad_order"),
        ({"method": "nobody's"}, 404, "not_found"),
        ({"method": "one", "address": HOME}, 422, "bad_address"),
        ({}, 422, "bad_address"),
    ):
        got, problem = order(stranger, variant, **more)
        assert (got, problem["code"]) == (status, code), more
    many = ",".join("v" for _ in range(VIDEOS_MAX + 1))
    assert server.client().get(f"/api/shop/tagged?videos={many}").status_code == 400
    assert server.client().get("/api/shop/tagged?videos=%F0%9F%92%A5,,nothing").json()["items"] == []
    assert stranger.http.delete("/api/wallet/methods/nothing").status_code == 404
    assert stranger.http.post(f"/api/products/{made['id']}/touches", json={"pin": "x", "video": "y"}).status_code == 204

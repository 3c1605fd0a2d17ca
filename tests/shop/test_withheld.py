"""Products that somebody reports and a moderator hides, over HTTP."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from core.database import Database
from people.standing.restrictions import FOR_GOOD, restrict
from tests.chat.client import Client
from tests.served import Person, Served
from tests.shop.test_routes import approved_seller, code, draft, place, product

GONE_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def admin(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "admin")
    return person


@pytest.fixture
def seller(shared_server: Served, admin: Person) -> Person:
    return approved_seller(shared_server, admin)


def with_picture(seller: Person, made: dict[str, Any]) -> str:
    """Returns its address."""
    file = BytesIO()
    Image.new("RGB", (300, 200), (9, 90, 200)).save(file, "PNG")
    path, headers = f"/api/shop/products/{made['id']}/pictures", {"Content-Type": "image/png"}
    added = seller.http.post(path, content=file.getvalue(), headers=headers).json()
    return str(added["pictures"][0]["large"])


def report(person: Person, product: str) -> Any:
    said = {"subject": {"kind": "product", "id": product}, "reason": "dangerous", "text": "It burns."}
    return person.http.post("/api/reports", json=said)


def decide(admin: Person, case: str, **verdict: Any) -> dict[str, Any]:
    """Returns the case as it was claimed."""
    claimed: dict[str, Any] = admin.http.post("/api/moderation/claims", json={"case": case}).json()
    body = {"token": claimed["token"], "verdict": verdict}
    admin.http.post(f"/api/moderation/cases/{case}/decision", json=body).raise_for_status()
    one: dict[str, Any] = claimed["case"]
    return one


def case_of(staff: Person, seller: Person) -> str:
    """Of a seller's only product."""
    items = staff.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]
    [case] = [one["id"] for one in items if one["kind"] == "product" and one["about"]["id"] == seller.id]
    return str(case)


def offered(person: Person, seller: Person) -> set[str]:
    items = person.http.get("/api/products", params={"seller": seller.handle}).json()["items"]
    return {one["id"] for one in items}


def status_of(server: Served, address: str, expected: int) -> int:
    """Of a file, as soon as it is as expected."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while (found := server.http.get(address).status_code) != expected and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def test_what_somebody_reports_is_gone_for_them_and_comes_back_when_they_take_it_back(
    shared_server: Served, seller: Person
) -> None:
    made, fan, other = product(seller)["id"], shared_server.join(), shared_server.join()
    assert code(report(seller, made)) == "cannot_report_yourself"
    assert report(fan, "nothing").status_code == 404
    sent = report(fan, made).json()
    assert (made in offered(fan, seller), made in offered(other, seller)) == (False, True)
    fan.http.delete(f"/api/reports/{sent['id']}").raise_for_status()
    assert made in offered(fan, seller)


def test_a_hidden_product_is_neither_seen_nor_bought_nor_changed_until_it_is_restored(
    shared_server: Served, admin: Person, seller: Person
) -> None:
    made, buyer = product(seller), shared_server.join()
    page, variant, picture = f"/api/products/{made['id']}", made["variants"][0]["id"], with_picture(seller, made)
    [order] = place(buyer, variant).json()["orders"]
    report(buyer, made["id"]).raise_for_status()
    hides = {"content": "hide", "category": "unsafe_or_prohibited_products", "reason": "It catches fire."}
    one = decide(admin, case_of(admin, seller), **hides)
    assert (one["evidence"], one["page"]) == ("Mug", f"/product/{made['id']}")

    assert shared_server.http.get(page).status_code == 404
    assert made["id"] not in offered(shared_server.join(), seller)
    assert code(place(shared_server.join(), variant)) == "not_offered"
    assert status_of(shared_server, picture, 410) == 410
    for who in (seller, admin):
        seen = who.http.get(page).json()
        assert (seen["withheld"], seen["state"]) == (True, "offered")
        assert shared_server.http.get(seen["pictures"][0]["large"]).status_code == 200
        assert who.http.get(f"{page}/reviews").status_code == 200
    assert shared_server.http.get(f"{page}/reviews").status_code == 404
    path = f"/api/shop/products/{made['id']}"
    digest = seller.http.get(page).json()["pictures"][0]["digest"]
    assert code(seller.http.put(path, json=draft(title="Another mug"))) == "product_withheld"
    assert code(seller.http.delete(f"{path}/pictures/{digest}")) == "product_withheld"
    assert seller.http.get("/api/shop/products").json()["items"][0]["withheld"] is True
    seller.http.put(f"/api/shop/orders/{order}/shipment", json={}).raise_for_status()  # what is sold is sent

    [decision] = [d for d in seller.http.get("/api/decisions").json()["items"] if d["kind"] == "product"]
    seller.http.post(f"/api/decisions/{decision['id']}/appeal", json={"text": "It is a cup."}).raise_for_status()
    reverse(shared_server, seller)
    assert shared_server.http.get(page).json()["withheld"] is False
    assert status_of(shared_server, picture, 200) == 200
    assert seller.http.put(path, json=draft(title="Another mug", variants=variants(made))).status_code == 200
    assert place(shared_server.join(), variant).status_code == 201


def variants(made: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": one["id"], "prices": one["prices"]} for one in made["variants"]]


def reverse(server: Served, seller: Person) -> None:
    """Another one of the staff hears the appeal."""
    judge = server.join()
    server.grant(judge, "moderator")
    case = case_of(judge, seller)
    token = judge.http.post("/api/moderation/claims", json={"case": case}).json()["token"]
    body = {"token": token, "reverse": True, "reason": "It is a cup."}
    judge.http.post(f"/api/moderation/cases/{case}/judgement", json=body).raise_for_status()


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_an_order_of_an_authority_finds_a_product_that_its_seller_does_not_offer_now(
    admin: Person, seller: Person, state: str
) -> None:
    made = product(seller)
    path = f"/api/shop/products/{made['id']}"
    seller.http.put(path, json=draft(state=state, variants=variants(made))).raise_for_status()
    said = {"kind": "terrorist", "authority": "BKA", "reference": "7", "addresses": [f"/product/{made['id']}"]}
    order = admin.http.post("/api/moderation/orders", json=said).json()
    assert [one["state"] for one in order["items"]] == ["waiting"]
    removal = {"category": "public_security", "reason": "By order of the BKA."}
    order = admin.http.post(f"/api/moderation/orders/{order['id']}/removal", json=removal).json()
    assert [one["state"] for one in order["items"]] == ["removed"]
    assert code(seller.http.put(path, json=draft(variants=variants(made)))) == "product_withheld"


def test_who_may_not_post_writes_no_product_but_still_sells(
    shared_server: Served, admin: Person, seller: Person
) -> None:
    made, fan = product(seller), shared_server.join()
    said = {"subject": {"kind": "person", "id": seller.id}, "reason": "hate"}
    fan.http.post("/api/reports", json=said).raise_for_status()
    items = admin.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]
    [case] = [one["id"] for one in items if one["kind"] == "person" and one["about"]["id"] == seller.id]
    verdict = {"content": "keep", "measure": "posts", "days": 1, "category": "other_terms", "reason": "Hate."}
    decide(admin, case, **verdict)
    path = f"/api/shop/products/{made['id']}"
    same = draft(title=made["title"], description=made["description"])
    kept = [{**one, "name": old["name"]} for one, old in zip(variants(made), made["variants"], strict=True)]
    assert code(seller.http.post("/api/shop/products", json=draft())) == "posting_barred"
    for words in ({"title": "Hateful"}, {"description": "Hateful"}, {"variants": [{**kept[0], "name": "Hateful"}]}):
        assert code(seller.http.put(path, json={**same, "variants": kept, **words})) == "posting_barred", words
    cheaper = [{**one, "prices": dict.fromkeys(one["prices"], 1)} for one in kept]
    changed = seller.http.put(path, json={**same, "variants": cheaper, "state": "withdrawn"})
    assert (changed.status_code, changed.json().get("state")) == (200, "withdrawn"), changed.text


async def test_a_rooms_history_does_not_name_what_was_pinned_and_hidden(
    shared_server: Served, admin: Person, seller: Person
) -> None:
    room, fan = seller.open_room()["id"], shared_server.join()
    hidden, other = product(seller, title="Hateful mug"), product(seller, title="Kind mug")
    pins, events = f"/api/rooms/{room}/pins", f"/api/rooms/{room}/events"

    def pin(made: dict[str, Any]) -> None:
        seller.http.post(pins, json={"product": made["id"]}).raise_for_status()

    def hide() -> None:
        report(fan, hidden["id"]).raise_for_status()
        items = admin.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]
        [case] = [one["id"] for one in items if one["kind"] == "product" and one["about"]["id"] == seller.id]
        decide(admin, case, content="hide", category="other_terms", reason="Hate.")

    def titles() -> list[str]:
        told = shared_server.http.get(events).json()["items"]
        return [one["pin"]["title"] for one in told if one["type"] == "pinned"]

    async with Client(shared_server.port, room) as early:  # so that this process has the room in memory
        for made in (hidden, other):
            await asyncio.to_thread(pin, made)
        while (await early.next("pinned"))["pin"]["title"] != "Kind mug":
            pass
        assert await asyncio.to_thread(titles) == ["Hateful mug", "Kind mug"]
        await asyncio.to_thread(hide)
        assert await asyncio.to_thread(titles) == ["", "Kind mug"]
        async with Client(shared_server.port, room) as late:
            assert (await late.next("welcome"))["pin"]["title"] == "Kind mug"
            assert (await late.next("pinned"))["pin"] == {
                **hidden_pin(await asyncio.to_thread(shared_server.http.get, events)), "title": "", "picture": None,
            }  # fmt: skip
    async with Client(shared_server.port, room) as anew:
        assert (await anew.next("pinned"))["pin"]["title"] == ""
    seller.http.delete(f"/api/rooms/{room}")


def hidden_pin(events: Any) -> dict[str, Any]:
    """The first pin of a room's log."""
    return next(dict(one["pin"]) for one in events.json()["items"] if one["type"] == "pinned")


def test_a_seller_whose_account_rests_offers_nothing_whatever_is_decided_meanwhile(
    shared_server: Served, admin: Person, seller: Person
) -> None:
    made, kept = product(seller), product(seller, state="withdrawn")
    page, variant = f"/api/products/{made['id']}", made["variants"][0]["id"]

    def rest(on: bool) -> None:
        seller.http.put("/api/privacy/restriction", json={"restricted": on}).raise_for_status()

    rest(True)
    assert shared_server.http.get(page).status_code == 404
    assert offered(shared_server.join(), seller) == set()
    assert code(place(shared_server.join(), variant)) == "not_offered"
    said = {"kind": "illegal", "authority": "BKA", "reference": "7", "addresses": [f"/product/{made['id']}"]}
    order = admin.http.post("/api/moderation/orders", json=said).json()
    removal = {"category": "other_terms", "reason": "By order of the BKA."}
    admin.http.post(f"/api/moderation/orders/{order['id']}/removal", json=removal).raise_for_status()
    [decision] = [one for one in seller.http.get("/api/decisions").json()["items"] if one["kind"] == "product"]
    seller.http.post(f"/api/decisions/{decision['id']}/appeal", json={"text": "It is a cup."}).raise_for_status()
    reverse(shared_server, seller)
    assert shared_server.http.get(page).status_code == 404
    rest(False)
    assert offered(shared_server.join(), seller) == {made["id"]}
    assert shared_server.http.get(f"/api/products/{kept['id']}").status_code == 404


def test_orders_that_are_placed_go_on_whoever_is_suspended(
    shared_server: Served, admin: Person, seller: Person
) -> None:
    buyer, variant = shared_server.join(), product(seller)["variants"][0]["id"]
    [order] = place(buyer, variant).json()["orders"]
    for person in (seller, buyer):
        said = {"subject": {"kind": "person", "id": person.id}, "reason": "scam"}
        shared_server.join().http.post("/api/reports", json=said).raise_for_status()
        items = admin.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]
        [case] = [one["id"] for one in items if one["kind"] == "person" and one["about"]["id"] == person.id]
        decide(admin, case, content="keep", measure="account", days=1, category="scams_and_fraud", reason="Fraud.")
    assert code(place(buyer, variant)) == "suspended"
    sent = seller.http.put(f"/api/shop/orders/{order}/shipment", json={})
    assert sent.status_code == 200, sent.text
    buyer.http.put(f"/api/orders/{order}/delivered").raise_for_status()
    line = buyer.http.get(f"/api/orders/{order}").json()["lines"][0]["id"]
    asked = buyer.http.post(f"/api/orders/{order}/returns", json={"line": line, "count": 1})
    assert asked.status_code == 201, asked.text
    answered = seller.http.put(f"/api/shop/returns/{asked.json()['id']}", json={"state": "refused"})
    assert answered.status_code == 200, answered.text


def test_whoever_is_suspended_sells_nothing_until_that_is_over(shared_server: Served, seller: Person) -> None:
    buyer, variant = shared_server.join(), product(seller)["variants"][0]["id"]
    buyer.http.put("/api/cart", json={"variant": variant, "count": 1}).raise_for_status()
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")
    database.write(lambda c: restrict(c, seller.id, {"account": FOR_GOOD}))
    refused = place(buyer, variant)
    assert (refused.status_code, code(refused)) == (409, "not_offered")
    [order] = buyer.http.get("/api/cart").json()["orders"]
    assert [line["problem"] for line in order["lines"]] == ["not_offered"]
    database.write(lambda c: restrict(c, seller.id, {}))
    database.close()
    assert place(buyer, variant).status_code == 201

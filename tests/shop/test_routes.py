"""Who may do what in the shop, and what hostile requests meet, over HTTP with the sandbox."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from core.ids import new_id
from tests.served import Person, Served

HOME = {"name": "Ada", "line1": "1 rue de la Paix", "city": "Paris", "country": "FR"}
SELLER = {"name": "Mug Makers", "address": "1 Main Street\n75002 Paris", "country": "FR", "contact": "mail@example.org"}
ADDRESSES = (  # every script, from right to left too
    {"name": "山田太郎", "line1": "千代田区千代田1-1", "city": "東京都", "country": "JP"},
    {"name": "محمد علي", "line1": "شارع التحرير ١٢", "city": "القاهرة", "country": "EG"},
    {"name": "Иван Петров", "line1": "ул. Ленина, 1", "city": "Алматы", "country": "KZ"},
    {"name": "สมชาย ใจดี", "line1": "ถนนสุขุมวิท 1", "city": "กรุงเทพ", "country": "TH"},
    {"name": "Þórður Ó Súilleabháin", "line1": "Flúðasel 9", "city": "Reykjavík", "country": "IS"},
    {"name": "שרה כהן", "line1": "רחוב הרצל 5", "city": "תל אביב", "country": "IL"},
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("shop"), {"CADEAU_RATE_LIMITS": "0"}) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Served) -> Person:
    person = server.join()
    server.grant(person, "admin")
    return person


@pytest.fixture(scope="module")
def seller(server: Served, admin: Person) -> Person:
    return approved_seller(server, admin)


def approved_seller(server: Served, admin: Person) -> Person:
    """Somebody who may sell, and sends everywhere."""
    person = server.join()
    made = person.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    person.http.put("/api/shop/zones", json={"zones": [zone()]}).raise_for_status()
    admin.http.put(f"/api/admin/shop/sellers/{made['id']}", json={"state": "approved"}).raise_for_status()
    return person


def zone(**more: Any) -> dict[str, Any]:
    return {"name": "All", "countries": [], "prices": {"EUR": {"first_minor": 500, "more_minor": 0}}} | more


def draft(**more: Any) -> dict[str, Any]:
    return {"title": "Mug", "variants": [{"prices": {"EUR": 1_000}, "on_hand": 5}], "state": "offered"} | more


def product(seller: Person, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = seller.http.post("/api/shop/products", json=draft(**more)).json()
    return made


def place(buyer: Person, variant: str, count: Any = 1, **more: Any) -> Any:
    body = {"items": [{"variant": variant, "count": count}], "address": HOME} | more
    return buyer.http.post("/api/orders", json=body, headers={"Idempotency-Key": new_id()})


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def test_an_order_is_paid_at_once_with_the_sandbox_and_seen_by_both_sides_only(server: Served, seller: Person) -> None:
    buyer, stranger = server.join(), server.join()
    variant = product(seller)["variants"][0]["id"]
    placed = place(buyer, variant, 2, total_minor=2_500)
    assert placed.status_code == 201, placed.text
    answer = placed.json()
    assert (answer["state"], answer["checkout_url"], answer["total_minor"]) == ("paid", None, 2_500)
    [order] = answer["orders"]
    assert buyer.http.get(f"/api/orders/{order}").json()["state"] == "paid"
    assert seller.http.get(f"/api/shop/orders/{order}").json()["address"]["city"] == "Paris"
    for path in (f"/api/orders/{order}", f"/api/shop/orders/{order}", f"/api/checkouts/{answer['id']}"):
        assert stranger.http.get(path).status_code == 404
    assert seller.http.get(f"/api/orders/{order}").status_code == 404
    assert buyer.http.get(f"/api/shop/orders/{order}").status_code == 404
    assert stranger.http.put(f"/api/shop/orders/{order}/shipment", json={}).status_code == 404
    assert stranger.http.put(f"/api/orders/{order}/delivered").status_code == 404
    assert server.http.get("/api/orders").status_code == 401


def test_members_and_moderators_do_not_do_what_admins_do(server: Served, admin: Person) -> None:
    member, moderator = server.join(), server.join()
    server.grant(moderator, "moderator")
    for who in (member, moderator):
        assert who.http.get("/api/admin/shop/sellers").status_code == 403
        assert who.http.put("/api/admin/shop/sellers/x", json={"state": "approved"}).status_code == 403
        assert who.http.get("/api/admin/shop/refunds").status_code == 403
        assert who.http.get("/api/admin/shop/orders/x").status_code == 403
    own = admin.http.put("/api/shop/seller", json=SELLER).json()["seller"]["id"]
    assert admin.http.put(f"/api/admin/shop/sellers/{own}", json={"state": "approved"}).status_code == 403


def test_nobody_sells_before_the_review_or_buys_from_themselves(server: Served, seller: Person) -> None:
    newcomer = server.join()
    assert code(newcomer.http.post("/api/shop/products", json=draft())) == "not_a_seller"
    newcomer.http.put("/api/shop/seller", json=SELLER).raise_for_status()
    assert code(newcomer.http.post("/api/shop/products", json=draft())) == "seller_blocked"
    assert code(place(seller, product(seller)["variants"][0]["id"])) == "own_product"
    minor = server.join(birthdate="2012-01-01")
    assert code(minor.http.put("/api/shop/seller", json=SELLER)) == "adults_only"
    assert code(place(minor, product(seller)["variants"][0]["id"])) == "adults_only"


def test_a_price_that_changed_since_the_cart_was_shown_is_refused_with_its_code(server: Served, seller: Person) -> None:
    buyer, made = server.join(), product(seller)
    variant = made["variants"][0]["id"]
    buyer.http.put("/api/cart", json={"variant": variant, "count": 1}).raise_for_status()
    shown = buyer.http.get("/api/cart?country=FR").json()["total_minor"]
    dearer = draft(variants=[{"id": variant, "prices": {"EUR": 1_100}}])
    seller.http.put(f"/api/shop/products/{made['id']}", json=dearer).raise_for_status()
    assert code(place(buyer, variant, total_minor=shown)) == "price_changed"
    assert place(buyer, variant, total_minor=shown + 100).status_code == 201
    assert buyer.http.get("/api/cart?country=FR").json()["orders"] == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_of_every_script_arrive_as_they_were_written(
    server: Served, seller: Person, address: dict[str, str]
) -> None:
    buyer = server.join()
    answer = place(buyer, product(seller)["variants"][0]["id"], address=address)
    assert answer.status_code == 201, answer.text
    stored = seller.http.get(f"/api/shop/orders/{answer.json()['orders'][0]}").json()["address"]
    assert {name: stored[name] for name in address} == address


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({"title": " \u200b "}, "bad_product"), ({"title": "x" * 121}, "bad_product"),
        ({"variants": []}, "bad_product"),
        ({"title": "x" * 10_000}, "invalid_request"), ({"description": "x" * 5_001}, "bad_product"),
        ({"variants": [{"prices": {"EUR": 0}}]}, "bad_product"),
        ({"variants": [{"prices": {"EUR": -5}}]}, "bad_product"),
        ({"variants": [{"prices": {"EUR": 10**12}}]}, "bad_product"),
        ({"variants": [{"prices": {"XXX": 100}}]}, "bad_product"),
        ({"variants": [{"prices": {}}]}, "bad_product"),
        ({"variants": [{"prices": {"EUR": 1.5}}]}, "invalid_request"),
        ({"variants": [{"prices": {"EUR": 100}, "on_hand": -1}]}, "bad_product"),
        ({"variants": [{"prices": {"EUR": 100}, "on_hand": 10**9}]}, "bad_product"),
        ({"variants": [{"prices": {"EUR": 100}, "id": "other"}]}, "bad_product"),
        ({"variants": [{"prices": {"EUR": 100}}, {"prices": {"EUR": 100}}]}, "bad_product"),
        ({"title": "a\x00b"}, "invalid_request"), ({"more": 1}, "invalid_request"),
    ],
)  # fmt: skip
def test_a_hostile_product_is_refused(seller: Person, what: dict[str, Any], expected: str) -> None:
    assert code(seller.http.post("/api/shop/products", json=draft(**what))) == expected


def test_texts_of_products_are_kept_as_text(server: Served, seller: Person) -> None:
    hostile = "<script>alert(1)</script> \u202eevil\u202c {{7*7}} ' OR 1=1 --"
    made = product(seller, title=hostile, description=hostile)
    shown = server.http.get(f"/api/products/{made['id']}").json()
    assert shown["title"].startswith("<script>")
    assert shown["title"].count("\u202e") == shown["title"].count("\u202c")


@pytest.mark.parametrize("count", [0, -1, 100, 10**20, "2", 1.5, None, True])
def test_a_hostile_count_is_refused(server: Served, seller: Person, count: Any) -> None:
    answer = place(server.join(), product(seller)["variants"][0]["id"], count)
    assert code(answer) in ("bad_order", "invalid_request")


def test_what_cannot_be_ordered_is_refused_with_its_code(server: Served, seller: Person) -> None:
    buyer, variant = server.join(), product(seller)["variants"][0]["id"]
    assert code(place(buyer, "unknown")) == "not_offered"
    assert code(place(buyer, variant, 6)) == "out_of_stock"
    assert code(place(buyer, variant, currency="USD")) == "no_price"
    assert code(place(buyer, variant, currency="XXX")) == "bad_order"
    assert code(place(buyer, variant, address=HOME | {"city": " "})) == "bad_address"
    assert code(place(buyer, variant, address=HOME | {"country": "??"})) == "bad_address"
    assert code(place(buyer, variant, address=HOME | {"line1": "x" * 101})) == "bad_address"
    without = buyer.http.post("/api/orders", json={"items": [], "address": HOME})
    assert code(without) == "idempotency_key_missing"
    seller.http.put("/api/shop/zones", json={"zones": [zone(countries=["DE"])]}).raise_for_status()
    assert code(place(buyer, variant)) == "not_shipped_there"
    seller.http.put("/api/shop/zones", json={"zones": [zone()]}).raise_for_status()


def test_pictures_are_made_anew_and_only_by_the_seller(server: Served, seller: Person) -> None:
    made, stranger = product(seller), server.join()
    file = BytesIO()
    Image.new("RGB", (300, 200), (9, 90, 200)).save(file, "PNG")
    path, headers = f"/api/shop/products/{made['id']}/pictures", {"Content-Type": "image/png"}
    assert stranger.http.post(path, content=file.getvalue(), headers=headers).status_code == 404
    assert code(seller.http.post(path, content=b"<svg/>", headers=headers)) == "picture_unreadable"
    assert seller.http.post(path, content=b"x", headers={"Content-Type": "text/html"}).status_code == 415
    added = seller.http.post(path, content=file.getvalue(), headers=headers).json()["pictures"]
    assert server.http.get(added[0]["large"]).content[:4] == b"RIFF"
    card = server.http.get(f"/api/products?seller={seller.handle}").json()["items"][0]
    assert card["picture"] == added[0]["small"]
    assert seller.http.delete(f"{path}/{added[0]['digest']}").status_code == 204
    assert server.http.get(f"/api/products/{made['id']}").json()["pictures"] == []


def test_a_stopped_seller_sells_nothing_and_still_answers_what_was_sold(
    server: Served, admin: Person, seller: Person
) -> None:
    other = server.join()
    made = other.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    other.http.put("/api/shop/zones", json={"zones": [zone()]}).raise_for_status()
    path = f"/api/admin/shop/sellers/{made['id']}"
    admin.http.put(path, json={"state": "approved"}).raise_for_status()
    one = product(other)
    variant = one["variants"][0]["id"]
    [order] = place(server.join(), variant).json()["orders"]
    admin.http.put(path, json={"state": "stopped", "reason": "Fakes"}).raise_for_status()
    assert server.http.get(f"/api/products/{one['id']}").status_code == 404
    assert code(place(server.join(), variant)) == "not_offered"
    [line, _] = other.http.get(f"/api/shop/orders/{order}").json()["lines"]
    refund = {"lines": [{"line": line["id"], "count": 1}]}
    back = other.http.post(f"/api/shop/orders/{order}/refunds", json=refund, headers={"Idempotency-Key": "r"})
    assert back.json()["state"] == "cancelled"
    assert back.json()["refunded_minor"] == 1_500


def lines_of(person: Person, kind: str) -> list[dict[str, Any]]:
    """What somebody's inbox says, the latest first."""
    found: list[dict[str, Any]] = person.http.get(f"/api/notifications?kind={kind}").json()["items"]
    return found


def test_buyers_and_sellers_are_told_once_what_becomes_of_orders(server: Served, admin: Person, seller: Person) -> None:
    other, buyer = server.join(), server.join()
    made = other.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    other.http.put("/api/shop/zones", json={"zones": [zone()]}).raise_for_status()
    for state in ("approved", "approved"):
        admin.http.put(f"/api/admin/shop/sellers/{made['id']}", json={"state": state}).raise_for_status()
    assert [line["text"] for line in lines_of(other, "seller")] == ["approved"]
    variant = product(other, title="Teapot")["variants"][0]["id"]
    body, again = {"items": [{"variant": variant, "count": 2}], "address": HOME}, {"Idempotency-Key": "once"}
    for _ in range(2):
        [order] = buyer.http.post("/api/orders", json=body, headers=again).json()["orders"]
    place(server.join(), variant)
    [sales] = lines_of(other, "sale")
    assert (sales["amount"], sales["people"], lines_of(seller, "order")) == (2, 1, []), "two orders, one line"

    path = f"/api/shop/orders/{order}"
    for _ in range(2):
        other.http.put(f"{path}/shipment", json={"carrier": "Post", "tracking": "X1"}).raise_for_status()
    [sent] = lines_of(buyer, "order")
    assert (sent["text"], sent["subject"]["title"], sent["by"][0]["id"]) == ("sent Post X1", "Teapot", buyer.id)
    at = sent["at"]
    other.http.put(f"{path}/shipment", json={"carrier": "Post", "tracking": "X1"}).raise_for_status()
    assert lines_of(buyer, "order")[0]["at"] == at
    buyer.http.put(f"/api/orders/{order}/delivered").raise_for_status()
    [line, _] = buyer.http.get(f"/api/orders/{order}").json()["lines"]
    told = []
    for answer in ("refused", "refunded"):
        asked = buyer.http.post(f"/api/orders/{order}/returns", json={"line": line["id"], "count": 1}).json()
        other.http.put(f"/api/shop/returns/{asked['id']}", json={"state": answer}).raise_for_status()
        told.append(lines_of(buyer, "order")[0]["text"])
    assert told == ["refused", "returned"]
    refund = {"lines": [{"line": line["id"], "count": 1}]}
    other.http.post(f"{path}/refunds", json=refund, headers={"Idempotency-Key": "all"}).raise_for_status()
    [latest] = lines_of(buyer, "order")
    assert latest["text"] == "refunded"
    [returns] = lines_of(other, "return")
    assert returns["subject"]["id"] == order
    assert lines_of(other, "order") == [] == lines_of(buyer, "return")


def test_what_was_paid_is_sent_returned_and_refunded_also_by_people_who_may_do_nothing_else(
    server: Served, admin: Person
) -> None:
    other, buyer = approved_seller(server, admin), server.join()
    variant = product(other)["variants"][0]["id"]
    first, second = (place(buyer, variant).json()["orders"][0] for _ in range(2))
    for person in (other, buyer):
        person.http.put("/api/privacy/restriction", json={"restricted": True}).raise_for_status()
    assert code(other.http.post("/api/shop/products", json=draft())) == "account_resting"
    path, line = f"/api/shop/orders/{first}", buyer.http.get(f"/api/orders/{first}").json()["lines"][0]["id"]
    other.http.put(f"{path}/shipment", json={"carrier": "Post"}).raise_for_status()
    buyer.http.put(f"/api/orders/{first}/delivered").raise_for_status()
    asked = buyer.http.post(f"/api/orders/{first}/returns", json={"line": line, "count": 1})
    asked.raise_for_status()
    other.http.put(f"/api/shop/returns/{asked.json()['id']}", json={"state": "refunded"}).raise_for_status()
    refund = {"lines": [{"line": other.http.get(f"/api/shop/orders/{second}").json()["lines"][0]["id"], "count": 1}]}
    other.http.post(
        f"/api/shop/orders/{second}/refunds", json=refund, headers={"Idempotency-Key": "r"}
    ).raise_for_status()
    assert [buyer.http.get(f"/api/orders/{one}").json()["state"] for one in (first, second)] == [
        "returned",
        "cancelled",
    ]


def test_an_admin_approves_who_was_looked_at(server: Served, admin: Person) -> None:
    """Whoever says something else a moment before is looked at again."""
    other = server.join()
    made = other.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    path, names = (
        f"/api/admin/shop/sellers/{made['id']}",
        ("name", "address", "country", "register", "vat_number", "contact"),
    )
    verdict = {"state": "approved", "seen": {name: made[name] for name in names}}
    other.http.put("/api/shop/seller", json=SELLER | {"name": "Somebody Else"}).raise_for_status()
    assert code(admin.http.put(path, json=verdict)) == "conflict"
    assert other.http.get("/api/shop/seller").json()["seller"]["state"] == "review"
    other.http.put("/api/shop/seller", json=SELLER).raise_for_status()
    assert admin.http.put(path, json=verdict).json()["state"] == "approved"


def test_a_flash_price_is_its_sellers_seen_by_all_and_frozen_on_the_order(server: Served, seller: Person) -> None:
    buyer, made = server.join(), product(seller)
    path, variant = f"/api/shop/products/{made['id']}/flashes", made["variants"][0]["id"]
    end = int(time.time() * 1_000) + 3_600_000
    for bad in ({}, {"prices": {"EUR": "5"}, "ends_at": end}, {"prices": {"EUR": 600}, "ends_at": end, "more": 1}):
        assert code(seller.http.post(path, json=bad)) == "invalid_request"
    assert code(seller.http.post(path, json={"prices": {"EUR": 1_000}, "ends_at": end})) == "bad_flash"
    assert code(buyer.http.post(path, json={"prices": {"EUR": 600}, "ends_at": end})) == "not_a_seller"
    flash = seller.http.post(path, json={"prices": {"EUR": 600}, "ends_at": end, "pieces": 3}).json()
    assert [one["id"] for one in seller.http.get(path).json()["items"]] == [flash["id"]]
    assert buyer.http.delete(f"/api/shop/flashes/{flash['id']}").status_code == 403
    shown = server.http.get(f"/api/products/{made['id']}").json()["flash"]
    [card] = [one for one in server.http.get("/api/products").json()["items"] if one["id"] == made["id"]]
    assert shown["prices"] == card["flash"]["prices"] == {"EUR": 600}
    assert 0 < shown["ends_in_ms"] <= 3_600_000
    [order] = place(buyer, variant, 2, total_minor=1_700).json()["orders"]
    assert code(place(buyer, variant, 2, total_minor=1_700)) == "price_changed", "one piece is left at it"
    assert seller.http.delete(f"/api/shop/flashes/{flash['id']}").status_code == 204
    assert server.http.get(f"/api/products/{made['id']}").json()["flash"] is None
    assert buyer.http.get(f"/api/orders/{order}").json()["lines"][0]["price_minor"] == 600
    assert seller.http.get(path).json()["items"][0]["taken"] == 2


def test_two_of_whom_one_has_reported_the_other_do_not_see_each_others_reviews(server: Served, seller: Person) -> None:
    made, (ann, bob, cid) = product(seller), [server.join() for _ in range(3)]
    listed = f"/api/products/{made['id']}/reviews"
    for person in (ann, bob):
        [order] = place(person, made["variants"][0]["id"]).json()["orders"]
        seller.http.put(f"/api/shop/orders/{order}/shipment", json={}).raise_for_status()
        person.http.put(f"/api/orders/{order}/delivered").raise_for_status()
        person.http.put(listed.removesuffix("s"), json={"stars": 4}).raise_for_status()
    report = {"subject": {"kind": "person", "id": ann.id}, "reason": "harassment"}
    bob.http.post("/api/reports", json=report).raise_for_status()
    seen = {who: {one["by"]["id"] for one in who.http.get(listed).json()["items"]} for who in (ann, bob, cid)}
    assert seen == {ann: {ann.id}, bob: {bob.id}, cid: {ann.id, bob.id}}


def test_a_review_is_read_by_the_machine_reported_hidden_and_restored(
    server: Served, admin: Person, seller: Person
) -> None:
    buyer, fan, made = server.join(), server.join(), product(seller)
    path, variant = f"/api/products/{made['id']}/review", made["variants"][0]["id"]
    assert buyer.http.get(path).json() == {"review": None, "problem": "not_a_buyer"}
    assert code(buyer.http.put(path, json={"stars": 5})) == "not_a_buyer"
    [order] = place(buyer, variant).json()["orders"]
    seller.http.put(f"/api/shop/orders/{order}/shipment", json={}).raise_for_status()
    buyer.http.put(f"/api/orders/{order}/delivered").raise_for_status()
    for bad in ({"stars": 0}, {"stars": 6}, {"stars": "5"}, {"stars": 4.5}, {}, {"stars": 5, "text": "x" * 9_000}):
        assert code(buyer.http.put(path, json=bad)) == "invalid_request"
    assert code(buyer.http.put(path, json={"stars": 5, "text": "x" * 2_001})) == "bad_review"
    review = buyer.http.put(path, json={"stars": 1, "text": "Go kill yourself"}).json()
    cases = admin.http.get("/api/moderation/cases", params={"limit": 100}).json()["items"]
    [case] = [one for one in cases if one["kind"] == "review"]
    listed = f"{path}s"
    assert [one["id"] for one in fan.http.get(listed).json()["items"]] == [review["id"]]
    subject = {"kind": "review", "id": review["id"]}
    reported = {"subject": subject, "reason": "hate"}
    assert code(buyer.http.post("/api/reports", json=reported)) == "cannot_report_yourself"
    fan.http.post("/api/reports", json=reported).raise_for_status()
    assert fan.http.get(listed).json()["items"] == []
    claimed = admin.http.post("/api/moderation/claims", json={"case": case["id"]}).json()
    assert (claimed["case"]["evidence"], claimed["case"]["page"]) == ("Go kill yourself", f"/product/{made['id']}")
    verdict: dict[str, Any] = {"content": "hide", "measure": "posts", "days": 1}
    verdict |= {"category": "illegal_or_harmful_speech", "reason": "It is hateful."}
    decided = f"/api/moderation/cases/{case['id']}/decision"
    admin.http.post(decided, json={"token": claimed["token"], "verdict": verdict}).raise_for_status()
    assert server.http.get(listed).json()["items"] == []
    assert server.http.get(f"/api/products/{made['id']}").json()["rating"]["count"] == 0
    assert buyer.http.get(path).json()["review"]["withheld"] is True
    assert code(buyer.http.put(path, json={"stars": 5})) == "posting_barred"
    answer = f"/api/shop/reviews/{review['id']}/answer"
    assert code(fan.http.put(answer, json={"text": "?"})) == "not_your_product"
    assert buyer.http.delete(path).status_code == 204
    assert seller.http.put(answer, json={"text": "?"}).status_code == 404

"""Two real servers sell the last pieces of one product, and one of them is killed while it does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, insert, select, text

from core.database import Database
from core.ids import new_id
from people.sessions import digest_of
from people.tables import people, sessions
from tests.served import Person, Served

BUYERS = 500
LATE = 100  # of them: who come when the killed server is back
PIECES = 10
AT_ONCE = 64
TRIES_MAX = 20
HOME = {"name": "Ada", "line1": "1 rue de la Paix", "city": "Paris", "country": "FR"}
SELLER = {"name": "Mug Makers", "address": "1 Main Street", "country": "FR", "contact": "mail@example.org"}
ZONE = {"name": "All", "countries": [], "prices": {"EUR": {"first_minor": 500, "more_minor": 0}}}
MUG = {"title": "Mug", "variants": [{"prices": {"EUR": 1_000}, "on_hand": PIECES}], "state": "offered"}


@pytest.fixture
def nodes(
    tmp_path_factory: pytest.TempPathFactory, postgres_url: str, redis_url: str
) -> Iterator[tuple[Served, Served]]:
    """With one database; payments are the sandbox's."""
    environment = {"CADEAU_DATABASE_URL": postgres_url, "CADEAU_REDIS_URL": redis_url}
    folder = tmp_path_factory.mktemp("nodes")
    with Served(folder / "one", environment) as one, Served(folder / "two", environment) as two:
        yield one, two


def copies_of(connection: Connection, person: Person) -> dict[str, str]:
    """Buyers who are adults as this one is, by token: to join one by one takes longer than to buy."""
    buyer = connection.execute(select(people).where(people.c.id == person.id)).mappings().one()
    session = connection.execute(select(sessions).where(sessions.c.person == person.id)).mappings().one()
    tokens = {f"token-{number}-{new_id()}": new_id() for number in range(BUYERS)}
    ids = list(tokens.values())
    connection.execute(insert(people), [dict(buyer) | {"id": one, "handle": one} for one in ids])
    opened = [dict(session) | {"person": one, "token_digest": digest_of(token)} for token, one in tokens.items()]
    connection.execute(insert(sessions), opened)
    return tokens


def offered(server: Served) -> str:
    """Returns the variant."""
    admin, seller = server.join(), server.join()
    server.grant(admin, "admin")
    made = seller.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    seller.http.put("/api/shop/zones", json={"zones": [ZONE]}).raise_for_status()
    admin.http.put(f"/api/admin/shop/sellers/{made['id']}", json={"state": "approved"}).raise_for_status()
    return str(seller.http.post("/api/shop/products", json=MUG).json()["variants"][0]["id"])


class Storm:
    """Everybody wants one piece. Whose server is gone asks the other one, with the same key."""

    def __init__(self, nodes: tuple[Served, Served], variant: str) -> None:
        self.nodes = nodes
        self.variant = variant
        self.cut_off = 0
        self.sold, self.back = asyncio.Event(), asyncio.Event()

    async def run(self, buyers: dict[str, str]) -> dict[str, str]:
        """What each buyer was told, by id."""
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(timeout=None, limits=limits) as http:
            wanting = [self._buy(http, token, number) for number, token in enumerate(buyers)]
            killing = asyncio.create_task(self._kill())
            told = await asyncio.gather(*wanting)
            await killing
        return dict(zip(buyers.values(), told, strict=True))

    async def _kill(self) -> None:
        """As soon as the first piece is sold."""
        await self.sold.wait()
        await asyncio.to_thread(self.nodes[1].kill)
        await asyncio.to_thread(self.nodes[1].start)
        self.back.set()

    async def _buy(self, http: httpx.AsyncClient, token: str, number: int) -> str:
        if number >= BUYERS - LATE:
            await self.back.wait()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"buy-{number}"}
        body: dict[str, Any] = {"items": [{"variant": self.variant, "count": 1}], "address": HOME}
        for attempt in range(TRIES_MAX):
            node = self.nodes[(number + attempt) % 2]
            try:
                answer = await http.post(f"{node.url}/api/orders", json=body, headers=headers)
            except httpx.TransportError:
                self.cut_off += 1
                continue
            told = answer.json()
            if answer.status_code == 201:
                self.sold.set()
                return str(told["state"])
            if told["code"] != "too_many_open_orders":  # its first try is just being undone
                return str(told["code"])
        raise AssertionError(f"buyer {number} was never answered")


def test_500_buyers_on_two_servers_get_exactly_the_10_pieces_though_one_is_killed(
    nodes: tuple[Served, Served], postgres_url: str
) -> None:
    one, two = nodes
    variant = offered(one)
    database, ada = Database(postgres_url), one.join()
    buyers = database.write(lambda c: copies_of(c, ada))
    storm = Storm(nodes, variant)
    told = asyncio.run(storm.run(buyers))
    assert storm.cut_off > 0
    assert sorted(told.values()) == sorted(["paid"] * PIECES + ["out_of_stock"] * (BUYERS - PIECES))
    orders = database.read(lambda c: c.execute(text("SELECT person, state FROM shop_orders")).all())
    assert {row.person for row in orders if row.state == "paid"} == {one for one in told if told[one] == "paid"}
    assert {row.state for row in orders} == {"paid"}
    assert len(orders) == PIECES
    stock = text("SELECT on_hand - reserved FROM shop_variants WHERE id = :id")
    assert database.read(lambda c: c.execute(stock, {"id": variant}).scalar_one()) == 0
    database.close()
    two.run("ledger", "verify")  # raises if it fails

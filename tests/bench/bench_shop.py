"""Measure the shop: `python -m tests.bench shop`.

Orders of one hot product per second, each with all that it needs (quote, stock, checkout, order, lines, purchase) and
acknowledged after its commit, on SQLite and on PostgreSQL. And the server's CPU time for a product page and a seller's
tab with 100,000 products. CPU is that of this process, without PostgreSQL's.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, insert, text

from cadeau.migrations import migrate
from core.database import Database, normalized
from core.identity import Identity, Person
from core.ids import new_id
from core.settings import Settings
from money import part as money_part
from money.wallets import Brief
from shop import part as shop_part
from shop.errors import OutOfStock
from shop.orders.addresses import Address
from shop.part import Shop
from shop.placing.order import NewOrder
from shop.products.products import Draft, VariantDraft
from shop.sellers.sellers import Details
from shop.sellers.zones import Postage, Zone, set_zones
from shop.tables import shop_prices, shop_products, shop_variants
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.cores import core_over
from tests.services import postgres_service, postgres_url_of

BUYERS = 256  # who order at once
GRABS = 4  # by each of them, once hardly anything is left
TARGET_PER_S = 2_000
TARGET_CPU_MS = 5.0
PRODUCTS = 100_000
PAGES = 400
HOME = Address("Ada", "1 rue de la Paix", "Paris", "FR")
EURO = "EUR"

brief: Brief = lambda _, ids: {one: Person(one, one, one) for one in ids}  # noqa: E731


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    given = options.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        folder = Path(name)
        if given.only != "postgresql":
            _measure(f"sqlite:///{folder / 'shop.db'}", folder, given.seconds, pages=True)
        if given.only != "sqlite":
            with postgres_service(folder, durable=True) as service:
                _measure(normalized(postgres_url_of(service.port)), folder, given.seconds, pages=False)


def _measure(url: str, folder: Path, seconds: float, *, pages: bool) -> None:
    database = Database(url)
    migrate(database)
    core = core_over(database, folder, settings=Settings(data_dir=folder))
    money = money_part.open(core, brief=brief)
    shop = shop_part.open(core, money=money.api, brief=brief, by_handle=lambda _, handle: Person(handle, handle, ""))
    variant = database.write(lambda c: _hot(c, shop.api))
    asyncio.run(_reserve(database, shop.api, variant, seconds))
    if pages:
        database.write(lambda c: _many(c, shop.api))
        _pages(database, shop.api)
    shop.close()
    money.close()
    database.close()


def _hot(connection: Connection, shop: Shop) -> str:
    who = Identity("sam", "sam", "Sam", "member", True)
    seller = shop.sellers.apply(connection, who, Details("Sam", "1 Main Street", "FR", "", "", "mail@example.org"))
    set_zones(connection, seller.id, [Zone("All", [], {EURO: Postage(500, 0)})])
    seller = shop.sellers.review(connection, seller.id, "approved", "", "root")
    draft = Draft("Mug", [VariantDraft({EURO: 1_000}, on_hand=1_000_000)], "", "offered")
    made = shop.products.create(connection, seller, draft)
    return shop.product_views.product(connection, made, "sam").variants[0].id


async def _reserve(database: Database, shop: Shop, variant: str, seconds: float) -> None:
    """Many buyers of one product, each with an order of their own; then the last pieces, which nobody gets twice."""
    name = "sqlite" if database.sqlite else "postgresql"

    async def place() -> None:
        buyer = new_id()
        who = Identity(buyer, buyer, buyer, "member", True)
        await shop.placing.post(NewOrder(who, [(variant, 1)], HOME, EURO, None, "k"))

    done = await _rate(f"order {name}", place, seconds)
    reserved = "SELECT reserved FROM shop_variants WHERE id = :id"
    held = database.read(lambda c: c.execute(text(reserved), {"id": variant}).scalar_one())
    few = "UPDATE shop_variants SET on_hand = reserved + 10 WHERE id = :id"
    database.write(lambda c: c.execute(text(few), {"id": variant}))
    won: list[int] = []

    async def grab() -> None:
        for _ in range(GRABS):
            with suppress(OutOfStock):
                await place()
                won.append(1)

    await asyncio.gather(*(grab() for _ in range(BUYERS)))
    line(f"hot {name}", f"{held} held; of {GRABS * BUYERS} buyers {len(won)} got one of 10 (0 oversold)")
    assert held == done
    assert len(won) == 10


async def _rate(name: str, act: Callable[[], Awaitable[None]], seconds: float) -> int:
    """How often it was done."""
    began, cpu, done = time.monotonic(), time.process_time(), 0

    async def work() -> None:
        nonlocal done
        while time.monotonic() < began + seconds:
            await act()
            done += 1

    await asyncio.gather(*(work() for _ in range(BUYERS)))
    took, each = time.monotonic() - began, 1_000 * (time.process_time() - cpu) / max(1, done)
    figure(name, done / took, "/s", TARGET_PER_S, at_least=True, more=f", {each:.2f} ms of CPU each")
    return done


def _many(connection: Connection, shop: Shop) -> None:
    """100,000 products of two variants."""
    seller = shop.sellers.own(connection, "sam").id
    for start in range(0, PRODUCTS, 10_000):
        products = [new_id() for _ in range(start, min(start + 10_000, PRODUCTS))]
        variants = [(new_id(), product, position) for product in products for position in range(2)]
        connection.execute(insert(shop_products), [
            {"id": one, "seller": seller, "title": "Mug", "description": "For tea.", "state": "offered", "at": 1}
            for one in products
        ])  # fmt: skip
        connection.execute(insert(shop_variants), [
            {"id": one, "product": product, "position": position, "name": str(position), "on_hand": 5, "reserved": 0,
             "offered": True}
            for one, product, position in variants
        ])  # fmt: skip
        connection.execute(insert(shop_prices), [
            {"variant": one, "currency": EURO, "price_minor": 900} for one, _, _ in variants
        ])  # fmt: skip


def _pages(database: Database, shop: Shop) -> None:
    ids = database.read(lambda c: c.execute(text("SELECT id FROM shop_products ORDER BY id")).scalars().all())
    seller = database.read(lambda c: shop.sellers.own(c, "sam").id)
    spread = [ids[number * len(ids) // PAGES] for number in range(PAGES)]
    _cpu("product page", lambda one: database.read(lambda c: shop.product_views.product(c, one, None)), spread)
    _cpu("shop tab", lambda one: database.read(lambda c: shop.product_views.offered(c, seller, one, 20)), spread)


def _cpu(name: str, read: Callable[[str], object], ids: list[str]) -> None:
    times = []
    for one in ids:
        before = time.thread_time()
        read(one)
        times.append(1_000 * (time.thread_time() - before))
    figure(f"{name} p99", sorted(times)[len(times) * 99 // 100], "ms", TARGET_CPU_MS, more=" of CPU")


if __name__ == "__main__":
    main()

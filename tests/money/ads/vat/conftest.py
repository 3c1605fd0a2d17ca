"""Advertisers who pay in at a French platform that charges VAT, and is registered for OSS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.database import Database
from core.part import Part
from core.settings import Settings
from money import part as money_part
from money.ads.billing import AdBilling, set_billing
from money.ads.documents import Buyer, Document
from money.part import Money
from money.providers import Purchase
from money.vat.sales import Sale
from tests.cores import core_over
from tests.money.conftest import HeldClock, brief
from tests.money.purchases.conftest import Shop
from tests.money.vat.conftest import FRENCH

GERMAN, AUSTRIAN = "DE136695976", "ATU13585627"


@pytest.fixture
def vat(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Changes of the settings."""
    return getattr(request, "param", {})


@pytest.fixture
def part(database: Database, clock: HeldClock, tmp_path: Path, vat: dict[str, Any]) -> Iterator[Part[Money]]:
    """Everything must add up at a test's end."""
    settings = Settings(data_dir=tmp_path, **({"vat_oss": True} | FRENCH | vat))
    opened = money_part.open(core_over(database, tmp_path, settings=settings, clock=clock), brief=brief)
    opened.api.receipts.ads.name_buyers(lambda _, __: Buyer("Corner Bakery"))
    yield opened
    assert database.read(opened.api.verify) == []
    opened.close()


Bill = Callable[..., None]


@pytest.fixture
def bill(money: Money) -> Bill:
    """`bill("DE", GERMAN)`: the bakery is a business in Germany with that number."""

    def run(country: str, number: str = "", address: str = "Marktplatz 1") -> None:
        said = AdBilling(address, number, "Bakery & Co", country)
        money.database.write(lambda c: set_billing(c, "bakery", said))

    return run


def pay(shop: Shop, cents: int = 10_000, key: str = "1", card: str | None = "FR") -> Purchase:
    """Pay in so much, with a card of that country."""
    opened = asyncio.run(shop.purchases.pay_in("ada", "bakery", cents, key))
    shop.server.pay(opened.id)
    shop.server.charge_of(opened.id)["payment_method_details"]["card"]["country"] = card
    return shop.hear(opened)


def sale_of(shop: Shop, purchase: Purchase) -> Sale | None:
    return shop.money.database.read(lambda c: shop.money.receipts.sales.of(c, purchase.id))


def papers(shop: Shop) -> list[Document]:
    """The oldest first."""
    return shop.money.database.read(lambda c: shop.money.receipts.ads.page(c, "bakery", "", 100)).items[::-1]

"""A shop in France that charges VAT; a test may change its settings by `@pytest.mark.parametrize("vat", ...)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.database import Database
from core.part import Part
from core.settings import Settings
from money import part as money_part
from money.part import Money
from money.providers import Purchase
from money.vat.sales import Sale
from tests.cores import core_over
from tests.money.conftest import HeldClock, brief
from tests.money.purchases.conftest import Shop
from tests.money.purchases.conftest import server as server
from tests.money.purchases.conftest import shop as shop

FRENCH: dict[str, Any] = {
    "vat_home": "FR",
    "seller_name": "Cadeau SAS",
    "seller_address": "1 rue de la Paix; 75002 Paris",
    "exchange_rates": "EUR=0.9",
}
Sell = Callable[..., tuple[Purchase, Sale]]


@pytest.fixture
def vat(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Changes of the settings."""
    return getattr(request, "param", {})


@pytest.fixture
def part(database: Database, clock: HeldClock, tmp_path: Path, vat: dict[str, Any]) -> Iterator[Part[Money]]:
    """Everything must add up at a test's end."""
    settings = Settings(data_dir=tmp_path, **(FRENCH | vat))
    opened = money_part.open(core_over(database, tmp_path, settings=settings, clock=clock), brief=brief)
    yield opened
    assert database.read(opened.api.verify) == []
    opened.close()


@pytest.fixture
def sell(shop: Shop) -> Sell:
    """`sell("DE", "DE")`: a purchase of 350 coins for $4.99, paid with this address and this card."""
    keys = iter(range(10_000))

    def run(address: str | None, card: str | None, *, person: str = "ada", pack: str = "coins-350") -> Any:
        opened = shop.open(person, pack, f"v{next(keys)}")
        shop.server.pay(opened.id)
        charge = shop.server.charge_of(opened.id)
        charge["billing_details"]["address"]["country"] = address
        charge["payment_method_details"]["card"]["country"] = card
        paid = shop.hear(opened)
        sale = shop.money.database.read(lambda c: shop.money.receipts.sales.of(c, paid.id))
        assert sale is not None
        return paid, sale

    return run

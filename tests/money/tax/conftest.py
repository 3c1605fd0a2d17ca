"""The same winter as for the other reports: it crosses the end of a calendar year."""

from __future__ import annotations

from typing import Any

from tests.money.payouts.conftest import open_world as open_world
from tests.money.payouts.conftest import told as told
from tests.money.payouts.conftest import world as world
from tests.money.reports.conftest import shop_world as shop_world
from tests.money.reports.conftest import stripe_double as stripe_double
from tests.money.reports.conftest import winter as winter

FORM: dict[str, Any] = {
    "kind": "individual", "name": "Zoé Martin", "street": "1 rue de la Paix", "postcode": "75002", "city": "Paris",
    "country": "FR", "tin": "3023217600053", "tin_country": "FR", "confirmed": True,
}  # fmt: skip

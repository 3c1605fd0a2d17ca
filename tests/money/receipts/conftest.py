"""The shop that charges VAT."""

from __future__ import annotations

from tests.money.purchases.conftest import server as server
from tests.money.purchases.conftest import shop as shop
from tests.money.vat.conftest import part as part
from tests.money.vat.conftest import sell as sell
from tests.money.vat.conftest import vat as vat

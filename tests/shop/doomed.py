"""Places orders until it is killed, and prints each when it is committed."""

from __future__ import annotations

import sys
from pathlib import Path

from core.database import Database
from tests.money.conftest import HeldClock
from tests.money.providers.stripe_server import stripe_server
from tests.shop.conftest import PARIS, open_market, who


def main() -> None:
    url, folder, variant = sys.argv[1:]
    with stripe_server() as server:
        market = open_market(Database(url), Path(folder), server, HeldClock())
        for number in range(10_000):
            buyer = who(f"doomed{number}")
            market.database.write(
                lambda c: market.shop.placing.place(c, buyer, [(variant, 1)], PARIS, "EUR", None, "k")  # noqa: B023
            )
            print(number, flush=True)


if __name__ == "__main__":
    main()

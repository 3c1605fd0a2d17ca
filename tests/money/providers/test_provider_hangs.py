"""A payment provider that does not answer delays only purchases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.executors import PAYMENT_QUEUED_MAX, PAYMENT_THREADS
from core.ids import new_id
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.served import Served

BUYERS = 60  # more than the SQL executor has threads


@pytest.fixture
def hanging() -> Iterator[StripeServer]:
    with stripe_server() as server:
        server.trouble = ["hang"] * 10_000
        yield server
        server.released.set()


async def test_a_hanging_provider_does_not_delay_wallet_requests(tmp_path: Path, hanging: StripeServer) -> None:
    environment = {
        "CADEAU_PAYMENTS": "stripe",
        "CADEAU_STRIPE_SECRET_KEY": SECRET_KEY,
        "CADEAU_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CADEAU_STRIPE_API_URL": hanging.url,
    }
    assert BUYERS < PAYMENT_THREADS + PAYMENT_QUEUED_MAX
    with Served(tmp_path / "data", environment) as server:
        buyer, other = server.join(), server.join()
        bearer = {"Authorization": f"Bearer {buyer.token}"}
        async with httpx.AsyncClient(
            base_url=server.url, timeout=120, limits=httpx.Limits(max_connections=None)
        ) as client:

            async def buy() -> httpx.Response:
                headers = {**bearer, "Idempotency-Key": new_id()}
                return await client.post("/api/wallet/purchases", json={"pack": "coins-70"}, headers=headers)

            purchases = [asyncio.create_task(buy()) for _ in range(BUYERS)]
            async with asyncio.timeout(60):
                while len(hanging.requests) < PAYMENT_THREADS:
                    await asyncio.sleep(0.01)
            for _ in range(10):
                assert (await asyncio.to_thread(other.http.get, "/api/wallet")).status_code == 200
            assert not any(purchase.done() for purchase in purchases), "the wallet waited for the provider"
            for purchase in purchases:
                purchase.cancel()
            await asyncio.gather(*purchases, return_exceptions=True)
            hanging.released.set()

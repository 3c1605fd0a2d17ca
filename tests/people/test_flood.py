"""A flood of sign-ins does not delay other requests."""

from __future__ import annotations

import asyncio

import httpx

from tests.served import PASSWORD, Served

FLOOD = 40


async def test_profiles_are_read_while_sign_ins_wait(served: Served) -> None:
    """Counts instead of timing: sequential reads finish before sign-ins that were queued earlier."""
    ada = served.join()
    credentials = {"handle": ada.handle, "password": PASSWORD}
    async with httpx.AsyncClient(base_url=served.url, timeout=120, limits=httpx.Limits(max_connections=None)) as client:

        async def sign_in() -> int:
            async with httpx.AsyncClient(base_url=served.url, timeout=120) as other:
                return (await other.post("/api/sessions", json=credentials)).status_code

        flood = [asyncio.create_task(sign_in()) for _ in range(FLOOD)]
        while not any(task.done() for task in flood):
            await asyncio.sleep(0.01)
        for _ in range(10):
            assert (await client.get(f"/api/people/{ada.handle}")).status_code == 200
        waiting = sum(not task.done() for task in flood)
        statuses = await asyncio.gather(*flood)
    assert waiting > FLOOD // 4, "the reads waited behind the sign-ins"
    assert set(statuses) == {201}

"""Pools are bounded and independent of each other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from core.errors import Overloaded
from core.executors import BoundedExecutor, Executors


@pytest.fixture
def release() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


async def test_a_call_returns_its_result_or_raises_its_error() -> None:
    executor = BoundedExecutor("test", 2, 10)
    assert await executor.run(int, "7") == 7
    with pytest.raises(ValueError, match="invalid"):
        await executor.run(int, "seven")
    executor.close()


async def test_items_are_computed_in_the_pool_one_by_one() -> None:
    executor = BoundedExecutor("test", 2, 10)
    items = (threading.current_thread().name.partition("-")[0] for _ in range(3))
    assert [item async for item in executor.iterate(items)] == ["test"] * 3
    executor.close()


async def test_no_more_threads_run_than_allowed(release: threading.Event) -> None:
    executor = BoundedExecutor("test", 3, 100)
    lock, running, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1

    await asyncio.gather(*(executor.run(work) for _ in range(30)))
    assert most == 3
    executor.close()


async def test_a_full_queue_refuses_with_retry_after(release: threading.Event) -> None:
    executor = BoundedExecutor("test", 1, 2)
    begun = threading.Event()

    def work() -> None:
        begun.set()
        release.wait(30)

    first = asyncio.ensure_future(executor.run(work))
    await asyncio.to_thread(begun.wait, 30)
    waiting = [asyncio.ensure_future(executor.run(work)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded) as refusal:
        await executor.run(work)
    assert int(refusal.value.headers["Retry-After"]) > 0
    assert executor.queued == 2
    release.set()
    await asyncio.gather(first, *waiting)
    executor.close()


async def test_a_hanging_pool_delays_neither_others_nor_shutdown(release: threading.Event) -> None:
    executors = Executors()
    hanging = [asyncio.ensure_future(executors.payments.run(release.wait, 30)) for _ in range(20)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(executors.sql.run(int, "1"), 10) == 1
    executors.payments.close(0.01)
    with pytest.raises(Overloaded):
        await executors.payments.run(int, "1")
    release.set()
    await asyncio.gather(*hanging)
    executors.close()

"""One suite for every bus, then what applies only to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from core.bus import PAYLOAD_BYTES_MAX, Bus, RedisBus
from tests.services import free_port, wait_for_port


async def heard(bus: Bus, topic: str, got: list[bytes], wanted: int) -> None:
    """Wait until `wanted` messages have arrived."""
    async with asyncio.timeout(30):
        while len(got) < wanted:
            await asyncio.sleep(0.01)


async def subscribed(bus: Bus, topic: str) -> tuple[list[bytes], Callable[[], None]]:
    """An active subscription: the list of messages it receives from now on, and how to unsubscribe."""
    got: list[bytes] = []
    unsubscribe = bus.subscribe(topic, got.append)
    async with asyncio.timeout(30):
        while not got:
            bus.publish(topic, b"are you there")
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    got.clear()
    return got, unsubscribe


async def test_a_subscriber_receives_its_topic_in_order(bus: Bus) -> None:
    got, _ = await subscribed(bus, "room:1")
    for n in range(200):
        bus.publish("room:1", str(n).encode())
        bus.publish("room:2", b"not for you")
    await heard(bus, "room:1", got, 200)
    assert got == [str(n).encode() for n in range(200)]


async def test_all_subscribers_receive_a_message(bus: Bus) -> None:
    first, _ = await subscribed(bus, "news")
    second, _ = await subscribed(bus, "news")
    first.clear()
    bus.publish("news", b"hello")
    await heard(bus, "news", first, 1)
    await heard(bus, "news", second, 1)
    assert first == second == [b"hello"]


async def test_after_unsubscribing_nothing_is_received(bus: Bus) -> None:
    leaving, unsubscribe = await subscribed(bus, "news")
    staying, _ = await subscribed(bus, "news")
    leaving.clear()
    unsubscribe()
    bus.publish("news", b"hello")
    await heard(bus, "news", staying, 1)
    assert leaving == []


async def test_a_failing_listener_does_not_affect_others(bus: Bus) -> None:
    def fails(_payload: bytes) -> None:
        raise RuntimeError("mine alone")

    bus.subscribe("news", fails)
    got, _ = await subscribed(bus, "news")
    bus.publish("news", b"hello")
    await heard(bus, "news", got, 1)
    assert got == [b"hello"]


async def test_an_oversized_payload_is_refused(bus: Bus) -> None:
    with pytest.raises(ValueError, match="at most"):
        bus.publish("news", b"x" * (PAYLOAD_BYTES_MAX + 1))


async def test_the_bus_answers_a_ping(bus: Bus) -> None:
    await bus.ping()


async def test_the_bus_reconnects_when_redis_returns(tmp_path: Path) -> None:
    port = free_port()

    def start() -> subprocess.Popen[bytes]:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(port, process)
        return process

    redis = start()
    bus = RedisBus(f"redis://127.0.0.1:{port}/0")
    running = asyncio.create_task(bus.run())
    try:
        got, _ = await subscribed(bus, "news")
        redis.kill()
        redis.wait()
        bus.publish("news", b"nobody may hear this")
        with pytest.raises(Exception):  # noqa: B017  any exception will do
            await bus.ping()
        redis = start()
        got.clear()
        async with asyncio.timeout(30):
            while b"back" not in got:
                bus.publish("news", b"back")
                await asyncio.sleep(0.05)
        await bus.ping()
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        redis.kill()
        redis.wait()

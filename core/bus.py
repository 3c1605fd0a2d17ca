"""The bus: notifications between processes. In-process by default, Redis pub/sub for several processes.

A subscriber that is disconnected misses messages, on every implementation. So a message only says that something
changed, and the listener reads what from SQL. One conformance suite runs over both (`tests/core/test_bus.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import redis.asyncio as redis
import structlog
from redis import Redis
from redis.exceptions import RedisError

from core.outages import Outage
from core.settings import Settings

Listener = Callable[[bytes], None]
"""Called on the event loop with a payload; must not block."""

PAYLOAD_BYTES_MAX = 64 * 1024
OUTBOX_MESSAGES_MAX = 10_000
RECONNECT_S_MIN = 0.05
RECONNECT_S_MAX = 5.0
TIMEOUT_S = 3.0
PREFIX = "cadeau:"  # of topics in Redis

log = structlog.get_logger("bus")


class Bus(Protocol):
    def publish(self, topic: str, payload: bytes) -> None:
        """Send without confirmation; never blocks. Call it on the event loop."""

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each message on a topic, until the returned function is called."""

    async def ping(self) -> None:
        """Raises if the bus does not answer."""

    async def run(self) -> None:
        """Carry messages until cancelled."""


class _Listeners:
    """This process's listeners by topic."""

    def __init__(self) -> None:
        self._by_topic: dict[str, dict[object, Listener]] = {}

    def add(self, topic: str, listener: Listener) -> tuple[Callable[[], None], bool]:
        """Returns a function that removes it, and whether it is the topic's first."""
        token = object()
        first = topic not in self._by_topic
        self._by_topic.setdefault(topic, {})[token] = listener
        return lambda: self._remove(topic, token), first

    def _remove(self, topic: str, token: object) -> None:
        listeners = self._by_topic.get(topic, {})
        listeners.pop(token, None)
        if not listeners:
            self._by_topic.pop(topic, None)

    def deliver(self, topic: str, payload: bytes) -> None:
        for listener in list(self._by_topic.get(topic, {}).values()):
            try:
                listener(payload)
            except Exception:  # one faulty listener must not stop the others
                log.exception("listener failed", topic=topic)

    def __contains__(self, topic: str) -> bool:
        return topic in self._by_topic

    def topics(self) -> list[str]:
        return list(self._by_topic)


class LocalBus:
    """For one process: delivers on the event loop's next iteration."""

    def __init__(self) -> None:
        self._listeners = _Listeners()

    def publish(self, topic: str, payload: bytes) -> None:
        check_payload(payload)
        asyncio.get_running_loop().call_soon(self._listeners.deliver, topic, payload)

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        return self._listeners.add(topic, listener)[0]

    async def ping(self) -> None:
        return None

    async def run(self) -> None:
        await asyncio.Event().wait()


class RedisBus:
    """For several processes. Reconnects by itself; meanwhile a bounded number of messages is kept, the rest dropped."""

    def __init__(self, url: str, prefix: str = PREFIX) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, health_check_interval=10
        )
        self._prefix = prefix
        self._listeners = _Listeners()
        self._outbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(OUTBOX_MESSAGES_MAX)
        self._changed = asyncio.Event()
        self._subscribed: set[str] = set()
        self._stopping = False
        self._outage = Outage("Redis")

    def publish(self, topic: str, payload: bytes) -> None:
        check_payload(payload)
        try:
            self._outbox.put_nowait((topic, payload))
        except asyncio.QueueFull:  # Redis has been away for long: listeners catch up from SQL
            return

    def subscribe(self, topic: str, listener: Listener) -> Callable[[], None]:
        remove, first = self._listeners.add(topic, listener)
        if first:
            self._changed.set()

        def unsubscribe() -> None:
            remove()
            if topic not in self._listeners:
                self._changed.set()

        return unsubscribe

    async def ping(self) -> None:
        await asyncio.wait_for(self._redis.ping(), TIMEOUT_S)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._reconnecting(self._send), name="bus-send")
                tasks.create_task(self._reconnecting(self._receive), name="bus-hear")
                try:
                    await asyncio.Event().wait()
                finally:  # a flag, because a cancellation can get lost: in the Redis client when its timeout expires
                    self._stopping = True  # at that moment, in a TaskGroup when one of its tasks fails
        finally:
            await self._redis.aclose()

    async def _reconnecting(self, run: Callable[[], Awaitable[None]]) -> None:
        """Restart `run` whenever Redis goes away, with exponential backoff."""
        pause = RECONNECT_S_MIN
        while not self._stopping:
            began = time.monotonic()
            try:
                await run()
            except* (RedisError, OSError, TimeoutError) as errors:
                self._outage.failed(errors.exceptions[0])
            pause = RECONNECT_S_MIN if time.monotonic() - began > RECONNECT_S_MAX else min(RECONNECT_S_MAX, pause * 2)
            await asyncio.sleep(pause)

    async def _send(self) -> None:
        while not self._stopping:
            waiting = [await self._outbox.get()]
            while not self._outbox.empty() and len(waiting) < 500:
                waiting.append(self._outbox.get_nowait())
            async with self._redis.pipeline(transaction=False) as pipeline:
                for topic, payload in waiting:
                    pipeline.publish(self._prefix + topic, payload)
                await pipeline.execute()
            self._outage.over()

    async def _receive(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            self._subscribed = set()
            self._changed.set()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow_changes(pubsub), name="bus-topics")
                tasks.create_task(self._deliver(pubsub), name="bus-deliver")

    async def _follow_changes(self, pubsub: redis.client.PubSub) -> None:
        while not self._stopping:
            await self._changed.wait()
            self._changed.clear()
            wanted = set(self._listeners.topics()) | {"_"}  # never empty, so that there is a connection to read
            if new := wanted - self._subscribed:
                await pubsub.subscribe(*(self._prefix + topic for topic in new))
            if old := self._subscribed - wanted:
                await pubsub.unsubscribe(*(self._prefix + topic for topic in old))
            self._subscribed = wanted
            self._outage.over()

    async def _deliver(self, pubsub: redis.client.PubSub) -> None:
        while not pubsub.subscribed:
            await asyncio.sleep(0.01)
        while not self._stopping:
            message = await pubsub.get_message(timeout=1.0)
            if message is not None and message["type"] == "message":
                self._listeners.deliver(message["channel"].decode().removeprefix(self._prefix), message["data"])


def check_payload(payload: bytes) -> None:
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise ValueError(f"a bus message has at most {PAYLOAD_BYTES_MAX} bytes")


def publish_from_outside(settings: Settings, topic: str, payloads: Sequence[bytes]) -> bool:
    """For commands, which run no bus. Whether the processes can have heard it. Blocks."""
    if not settings.redis_url:
        return False
    try:
        with Redis.from_url(settings.redis_url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
            for payload in payloads:
                check_payload(payload)
                client.publish(PREFIX + topic, payload)
    except (RedisError, OSError):
        return False
    return True


def open_bus(settings: Settings) -> Bus:
    return RedisBus(settings.redis_url) if settings.redis_url else LocalBus()

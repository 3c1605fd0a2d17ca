"""Fixtures of the tests of rooms' moderation: HTTP, and servers with a clock and a bus of the test."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import httpx

from core.identity import Identity
from tests.chat.node import Node


@contextlib.asynccontextmanager
async def http_of(node: Node, who: Identity) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's HTTP client for a node."""
    headers = {"Authorization": f"Bearer {await node.token(who)}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{node.port}", headers=headers) as http:
        yield http


class DeafBus:
    """Loses every message, as a bus may."""

    def publish(self, topic: str, payload: bytes) -> None:
        pass

    def subscribe(self, topic: str, listener: object) -> object:
        return lambda: None

    async def ping(self) -> None:
        return None

    async def run(self) -> None:
        raise AssertionError("nobody runs it")

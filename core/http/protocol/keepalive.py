"""Pings every open WebSocket from time to time: one timer for all of them."""

from __future__ import annotations

import asyncio
from typing import Protocol

PING_EVERY_S = 20.0  # a client that sent nothing since the last ping is disconnected
ROUND_S = 1.0


class Pinged(Protocol):
    def check_alive(self) -> bool:
        """Ping. Returns False if that makes no sense any more."""


class Keepalive:
    def __init__(self) -> None:
        self._due: dict[Pinged, float] = {}  # when each is pinged next, soonest first
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, socket: Pinged) -> None:
        loop = asyncio.get_running_loop()
        self._due[socket] = loop.time() + PING_EVERY_S
        if self._timer is None:
            self._timer = loop.call_later(ROUND_S, self._ping)

    def forget(self, socket: Pinged) -> None:
        self._due.pop(socket, None)

    def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        now = loop.time()
        due = []
        for socket, at in self._due.items():
            if at > now:
                break
            due.append(socket)
        for socket in due:
            self._due.pop(socket, None)
            if socket.check_alive():
                self._due[socket] = now + PING_EVERY_S
        if self._due:
            self._timer = loop.call_later(ROUND_S, self._ping)

"""A tab that missed something is told by the sweep; one whose session has ended is told nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.errors import NotAllowed
from core.identity import Identity
from people.inbox import live
from people.inbox.live import LiveInboxes, Tab
from tests.people.inbox.conftest import House

WAIT_S = 20.0


class Transport:
    def __init__(self, unsent: int = 0) -> None:
        self.written: list[bytes] = []
        self.unsent = unsent

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def write(self, frame: bytes) -> None:
        self.written.append(frame)


class Socket:
    """What a `Tab` needs of a WebSocket."""

    def __init__(self, unsent: int = 0) -> None:
        self.transport = Transport(unsent)
        self.closed = False
        self.code = 0

    def close(self, code: int, reason: str = "") -> None:
        self.closed, self.code = True, code


def tab_of(inboxes: LiveInboxes, person: str, socket: Any, who: Identity | Exception | None = None) -> Tab:
    async def identify() -> Identity | None:
        if isinstance(who, Exception):
            raise who
        return who

    return Tab(inboxes, socket, person, identify)


async def until(condition: Any) -> None:
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
async def inboxes(house: House) -> AsyncIterator[LiveInboxes]:
    running = asyncio.create_task(house.inbox.live.run())
    yield house.inbox.live
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_nobody_announced_is_found_by_the_sweep(
    house: House, inboxes: LiveInboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = house.join(), house.join()
    socket = Socket()
    inboxes.enter(tab_of(inboxes, ada.id, socket))
    await until(lambda: b'"unread":0' in b"".join(socket.transport.written))
    monkeypatch.setattr(house.inbox.notifications, "_changed", lambda _: None)
    await asyncio.to_thread(house.tell, ada, "follow", ben)
    await until(lambda: b'"unread":1' in socket.transport.written[-1])


@pytest.mark.parametrize("who", [None, NotAllowed()])
async def test_a_tab_whose_session_has_ended_gets_nothing(
    house: House, inboxes: LiveInboxes, monkeypatch: pytest.MonkeyPatch, who: Any
) -> None:
    monkeypatch.setattr(live, "IDENTITY_S_MAX", -1.0)
    socket = Socket()
    inboxes.enter(tab_of(inboxes, house.join().id, socket, who))
    await until(lambda: socket.code == live.SIGNED_OUT)
    assert socket.transport.written == []


async def test_a_reader_that_is_too_slow_is_disconnected(house: House, inboxes: LiveInboxes) -> None:
    socket = Socket(unsent=2**30)
    tab = tab_of(inboxes, house.join().id, socket)
    inboxes.enter(tab)
    await until(lambda: socket.code == live.SLOW_READER)
    assert inboxes.tabs == 1
    tab.on_closed()
    tab.on_closed()
    assert (inboxes.tabs, inboxes.tabs_of(tab.person)) == (0, 0)
    assert next(iter(house.inbox.metrics())).samples[0].value == 0

"""What tests of push do: subscribe a browser, let time pass, look at what is due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from sqlalchemy import select

from core.identity import Person
from people.inbox.push.subscriptions import NewSubscription, Subscriptions
from people.sessions import digest_of
from people.tables import inboxes, push_subscriptions
from tests.people.inbox.conftest import House
from tests.people.inbox.push.service import Browser


def subscribe(house: House, person: Person, browser: Browser, language: str = "en") -> str:
    """Returns the token of the session."""
    token = house.people.sessions.open(person.id)
    wanted = msgspec.convert(browser.subscription(language), NewSubscription)
    subscriptions = Subscriptions(house.time, private=True)
    keys = subscriptions.check(wanted)
    house.database.write(lambda c: subscriptions.put(c, person.id, digest_of(token), wanted, keys))
    house.time.leap_ms += 10
    return token


def push(house: House, person: Person, later_ms: int = 5_000) -> None:
    """Let time pass, and push if it is due."""
    house.time.leap_ms += later_ms
    house.inbox.pusher.push(person.id)


async def until_true(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.02)


def subscribed(house: House, person: Person) -> list[str]:
    query = select(push_subscriptions.c.endpoint).where(push_subscriptions.c.person == person.id)
    return list(house.database.read(lambda c: c.execute(query).scalars().all()))


def due(house: House, person: Person) -> int | None:
    query = select(inboxes.c.push_due_at).where(inboxes.c.person == person.id)
    return house.database.read(lambda c: c.execute(query).scalar())


def failures(house: House, person: Person) -> dict[str, int]:
    """By endpoint."""
    query = select(push_subscriptions).where(push_subscriptions.c.person == person.id)
    return {row.endpoint: row.failures for row in house.database.read(lambda c: c.execute(query).all())}

"""Push services that fail, stop or hang: each is tried again in its time, and nobody else waits for it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from people.inbox.push import pusher, sending
from people.inbox.push.keys import ServerKeys
from people.inbox.push.subscriptions import SUBSCRIPTIONS_PER_PERSON_MAX
from tests.people.inbox.conftest import House
from tests.people.inbox.push.pushing import due, failures, push, subscribe, subscribed, until_true
from tests.people.inbox.push.service import Browser, PushService, push_service, status


@pytest.mark.parametrize("code", sending.GONE)
def test_a_subscription_that_is_gone_is_removed(house: House, service: PushService, code: int) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    service.answer = status(code)
    house.tell(ada, "follow", ben)
    push(house, ada)
    assert (subscribed(house, ada), due(house, ada)) == ([], None)


def test_a_failing_service_is_tried_again_and_the_other_not_told_twice(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/good"))
    with push_service() as broken:
        broken.answer = status(503)
        subscribe(house, ada, Browser(f"{broken.url}/bad"))
        house.tell(ada, "follow", ben)
        push(house, ada)
        push(house, ada, later_ms=1_000)
        assert (service.paths(), broken.paths()) == (["/good"], ["/bad"]), "not before its pause is over"
        broken.answer = status(201)
        push(house, ada, later_ms=pusher.BACKOFF_MS)
        assert (service.paths(), broken.paths()) == (["/good"], ["/bad", "/bad"])
    assert due(house, ada) is None


def test_the_service_may_say_when_to_come_back(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    service.answer = status(429, Retry_After="120")
    house.tell(ada, "follow", ben)
    push(house, ada)
    push(house, ada, later_ms=60_000)
    assert len(service.arrived) == 1
    push(house, ada, later_ms=61_000)
    assert len(service.arrived) == 2


def test_a_stopped_service_delays_news_and_is_given_up_after_a_while(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        subscribe(house, ada, Browser(f"http://127.0.0.1:{unused.getsockname()[1]}/x"))
        for number in range(pusher.FAILURES_MAX):
            assert len(subscribed(house, ada)) == 1, number
            house.tell(ada, "like", ben, f"v{number}")
            push(house, ada, later_ms=pusher.BACKOFF_MS_MAX)
    assert (subscribed(house, ada), due(house, ada)) == ([], None)


def test_new_news_do_not_wait_for_a_failing_service(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    good = Browser(f"{service.url}/good")
    subscribe(house, ada, good)
    with push_service() as broken:
        broken.answer = status(500)
        subscribe(house, ada, Browser(f"{broken.url}/bad"))
        house.tell(ada, "follow", ben)
        push(house, ada)
        house.tell(ada, "like", ben, "v1")
        push(house, ada)
    assert [good.read(one)["tag"].split("-")[0] for one in service.arrived] == ["follow", "like"]


def test_an_answer_that_never_ends_holds_nobody_up(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.5)
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))

    def drip(handler: BaseHTTPRequestHandler) -> None:
        try:
            for _ in range(1_000):
                handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: "[:1])
                handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    service.answer = drip
    house.tell(ada, "follow", ben)
    push(house, ada)
    wanted = due(house, ada)
    assert wanted is not None, "it is tried again"
    assert wanted > house.time()


@contextmanager
def hanging(service: PushService) -> Iterator[None]:
    """Meanwhile the service takes messages and never answers."""
    over = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> None:
        over.wait(600)

    service.answer = wait
    yield
    over.set()
    service.answer = status(201)


def test_a_round_ends_in_time_and_what_it_did_not_get_to_comes_next(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 1.0)
    monkeypatch.setattr(pusher, "ROUND_S", 0.5)
    ada, ben = house.join(), house.join()
    endpoints = {f"{service.url}/{number}" for number in range(SUBSCRIPTIONS_PER_PERSON_MAX)}
    for endpoint in endpoints:
        subscribe(house, ada, Browser(endpoint))
    house.tell(ada, "follow", ben)
    with hanging(service):
        push(house, ada)
    [tried] = [endpoint for endpoint, number in failures(house, ada).items() if number]
    monkeypatch.setattr(sending, "TIMEOUT_S", 30.0)
    monkeypatch.setattr(pusher, "ROUND_S", 300.0)
    push(house, ada, later_ms=pusher.BACKOFF_MS)
    told = [service.url + path for path in service.paths()]
    assert set(told) == endpoints
    assert told[-1] == tried, "who made us wait comes last"
    assert due(house, ada) is None


async def test_people_whose_push_services_hang_hold_nobody_else_up(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PUSH_THREADS": 2, "SLOW_THREADS": 1, "PUSH_QUEUED_MAX": 2, "SLOW_ROUND_S": 0.1}.items():
        monkeypatch.setattr(pusher, name, value)
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.3)
    ada, ben = house.join(), house.join("ben")
    others = [house.join() for _ in range(6)]
    keys = ServerKeys(house.database, house.time)
    mine = pusher.Pusher(house.database, house.time, house.inbox.inboxes, keys, "mailto:a@example.org", private=True)
    browser = Browser(f"{service.url}/ada")
    subscribe(house, ada, browser)
    with push_service() as slow, hanging(slow):
        for other in others:
            subscribe(house, other, Browser(f"{slow.url}/{other.id}"))
            house.tell(other, "follow", ben)
        house.time.leap_ms += 5_000
        running = asyncio.create_task(mine.run())
        await until_true(lambda: mine.slow_people == {other.id for other in others})
        monkeypatch.setattr(sending, "TIMEOUT_S", 600.0)
        house.time.leap_ms += pusher.BACKOFF_MS
        await until_true(lambda: mine._slow.queued == pusher.PUSH_QUEUED_MAX)
        house.tell(ada, "follow", ben)
        house.time.leap_ms += 5_000
        await until_true(lambda: bool(service.arrived))
        assert browser.read(service.arrived[0])["title"] == "ben started following you"
        running.cancel()
        await asyncio.wait([running])
    await asyncio.to_thread(mine._slow.close, 60.0)  # until nobody uses the database any more
    mine.close()


async def test_a_person_whose_push_service_recovers_is_slow_for_a_while(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pusher, "SLOW_ROUND_S", 0.1)
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.3)
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    house.tell(ada, "follow", ben)
    house.time.leap_ms += 5_000
    mine = house.inbox.pusher
    running = asyncio.create_task(mine.run())
    with hanging(service):
        await until_true(lambda: mine.slow_people == {ada.id})
    monkeypatch.setattr(pusher, "SLOW_ROUND_S", 60.0)
    monkeypatch.setattr(sending, "TIMEOUT_S", 30.0)
    house.time.leap_ms += pusher.BACKOFF_MS
    await until_true(lambda: due(house, ada) is None)
    assert mine.slow_people == {ada.id}, "one quick round is not enough"
    monkeypatch.setattr(pusher, "SLOW_FOR_S", 0.0)
    await until_true(lambda: mine.slow_people == set())
    running.cancel()
    await asyncio.wait([running])

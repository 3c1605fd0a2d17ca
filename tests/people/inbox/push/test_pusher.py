"""What is new in an inbox reaches its person's browsers, encrypted, once, and again only where it did not arrive."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import msgspec
import pytest
from sqlalchemy import select

from core.identity import Person
from people.inbox.push import pusher, sending
from people.inbox.push.keys import ServerKeys
from people.inbox.push.subscriptions import SUBSCRIPTIONS_PER_PERSON_MAX, NewSubscription, Subscriptions
from people.inbox.switches import Switch, set_switches
from people.sessions import digest_of
from people.tables import inboxes, push_subscriptions
from tests.people.inbox.conftest import House
from tests.people.inbox.push.service import Browser, PushService, push_service, sender_of, status


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as opened:
        yield opened


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


def test_a_browser_gets_the_message_that_only_it_can_read(house: House, service: PushService) -> None:
    ada, ben = house.join("ada"), house.join("ben")
    browser = Browser(f"{service.url}/one")
    subscribe(house, ada, browser)
    house.tell(ada, "comment", ben, "v1", "c1", "Bravo")
    push(house, ada)
    [arrived] = service.arrived
    message = browser.read(arrived)
    assert (message["title"], message["body"], message["url"]) == ("ben commented on your video", "Bravo", "/video/v1")
    assert b"Bravo" not in arrived.body
    assert (arrived.headers["content-encoding"], arrived.headers["ttl"]) == ("aes128gcm", str(sending.KEPT_S))
    with pytest.raises(Exception, match=r"."):
        Browser("x").read(arrived)


def test_it_is_signed_by_the_one_key_of_all_nodes(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    house.tell(ada, "follow", ben)
    push(house, ada)
    here, there = (ServerKeys(house.database, house.time).key() for _ in range(2))
    assert sender_of(service.arrived[0]) == here.public == there.public
    token = service.arrived[0].headers["authorization"].partition("t=")[2].split(",")[0]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == service.url
    assert claims["sub"].startswith("mailto:")
    assert claims["exp"] * 1000 > house.time()


def test_each_browser_is_told_in_its_language(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join("ben")
    french, english = Browser(f"{service.url}/fr"), Browser(f"{service.url}/en")
    subscribe(house, ada, french, "fr")
    subscribe(house, ada, english, "en")
    house.tell(ada, "like", ben, "v1")
    push(house, ada)
    texts = {one.path: one for one in service.arrived}
    assert french.read(texts["/fr"])["title"] == "ben aime votre vidéo"
    assert english.read(texts["/en"])["title"] == "ben liked your video"


def test_what_comes_together_is_one_message(house: House, service: PushService) -> None:
    ada, browser = house.join(), Browser(f"{service.url}/one")
    subscribe(house, ada, browser)
    for number in range(4):
        house.tell(ada, "like", house.join(f"fan{number}"), "v1")
        house.time.leap_ms += 10
    push(house, ada)
    assert [browser.read(one)["title"] for one in service.arrived] == ["fan3 and 3 others liked your video"]


def test_nothing_is_pushed_twice_or_that_has_been_read(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    house.tell(ada, "follow", ben)
    push(house, ada)
    push(house, ada)
    house.tell(ada, "like", ben, "v1")
    house.database.write(lambda c: house.inbox.inboxes.mark_read(c, ada.id, house.time()))
    push(house, ada)
    assert len(service.arrived) == 1
    assert due(house, ada) is None


def test_a_kind_whose_push_is_off_is_not_pushed(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    house.database.write(lambda c: set_switches(c, ada.id, {"like": Switch(in_app=True, push=False)}))
    house.tell(ada, "like", ben, "v1")
    push(house, ada)
    assert service.arrived == []


def test_what_its_person_has_reported_is_not_pushed(house: House, service: PushService) -> None:
    ada, ben, cy = house.join(), house.join(), house.join("cy")
    browser = Browser(f"{service.url}/one")
    subscribe(house, ada, browser)
    house.tell(ada, "comment", cy, "v1", "c1", "kind words")
    house.tell(ada, "comment", ben, "v1", "c2", "an insult")
    house.tell(ada, "comment", cy, "v2", "c3", "another insult")
    house.tell(ada, "follow", ben)
    house.reported |= {(ada.id, "person", ben.id), (ada.id, "comment", "c3")}
    push(house, ada)
    assert [browser.read(one)["body"] for one in service.arrived] == ["kind words"]


def test_a_signed_out_browser_is_told_nothing(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    token = subscribe(house, ada, Browser(f"{service.url}/one"))
    house.people.sessions.close(token)
    house.tell(ada, "follow", ben)
    push(house, ada)
    assert (service.arrived, subscribed(house, ada)) == ([], [])


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


def failures(house: House, person: Person) -> dict[str, int]:
    """By endpoint."""
    query = select(push_subscriptions).where(push_subscriptions.c.person == person.id)
    return {row.endpoint: row.failures for row in house.database.read(lambda c: c.execute(query).all())}


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


def test_a_message_that_cannot_be_made_is_not_tried_for_ever(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))

    def broken(*_: object, **__: object) -> None:
        raise UnicodeError("label empty or too long")

    with monkeypatch.context() as patched:
        patched.setattr(sending, "locate", broken)
        house.tell(ada, "follow", ben)
        push(house, ada)
    assert (due(house, ada), list(failures(house, ada).values())) == (None, [1])


def test_a_redirect_is_not_followed(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    service.answer = status(302, Location=f"{service.url}/secret")
    house.tell(ada, "follow", ben)
    push(house, ada)
    assert service.paths() == ["/one"]


def test_a_person_who_was_away_gets_the_latest_few(house: House, service: PushService) -> None:
    ada, ben, browser = house.join(), house.join(), Browser(f"{service.url}/one")
    subscribe(house, ada, browser)
    for number in range(6):
        house.tell(ada, "like", ben, f"v{number}")
        house.time.leap_ms += 10
    push(house, ada)
    tags = [browser.read(one)["tag"].split("-")[1] for one in service.arrived]
    assert tags == ["v3", "v4", "v5"]
    assert len(tags) == pusher.PUSHES_AT_ONCE_MAX


def test_only_one_node_pushes(house: House, service: PushService) -> None:
    ada, ben = house.join(), house.join()
    subscribe(house, ada, Browser(f"{service.url}/one"))
    house.tell(ada, "follow", ben)
    push(house, ada, later_ms=0)
    assert service.arrived == [], "it waits for what comes together"
    house.time.leap_ms += 5_000
    lease = house.inbox.pusher._lease
    assert house.database.write(lambda c: lease(c, ada.id)) is not None
    assert house.database.write(lambda c: lease(c, ada.id)) is None
    house.inbox.pusher.push(ada.id)
    assert service.arrived == []
    push(house, ada, later_ms=pusher.LEASE_MS)
    assert len(service.arrived) == 1, "the node that had it has died"

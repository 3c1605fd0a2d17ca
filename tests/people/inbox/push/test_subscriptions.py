"""Subscribing a browser over HTTP, and what reaches it from a running server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from people.inbox.push.subscriptions import SUBSCRIPTIONS_PER_PERSON_MAX, NewSubscription, Subscriptions
from people.sessions import digest_of
from tests.people.inbox.conftest import House
from tests.people.inbox.push.pushing import subscribed
from tests.people.inbox.push.service import Browser, PushService, sender_of
from tests.served import Served

WAIT_S = 60.0


def good() -> dict[str, Any]:
    return Browser("https://push.example.com/one").subscription()


def test_a_subscription_can_be_made_again_and_ended_twice(shared_server: Served) -> None:
    ada, wanted = shared_server.join(), good()
    for _ in range(2):
        assert ada.http.put("/api/notifications/push", json=wanted).status_code == 204
    for _ in range(2):
        ended = ada.http.request("DELETE", "/api/notifications/push", json={"endpoint": wanted["endpoint"]})
        assert ended.status_code == 204
    assert shared_server.http.put("/api/notifications/push", json=wanted).status_code == 401


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example.com/x", "https://127.0.0.1/x", "https://localhost/x", "https://x:1@a.example/", ""],
)
def test_an_endpoint_that_is_not_public_is_refused(shared_server: Served, endpoint: str) -> None:
    answer = shared_server.join().http.put("/api/notifications/push", json=good() | {"endpoint": endpoint})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_push_endpoint")


@pytest.mark.parametrize(
    "keys",
    [
        {"p256dh": "", "auth": ""},
        {"p256dh": "BA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"p256dh": "B" + "A" * 86, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},  # the right length, but no point on the curve
        {"p256dh": "!" * 87, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"p256dh": "é" * 87, "auth": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"p256dh": good()["keys"]["p256dh"], "auth": "AAAA"},
        {"p256dh": "A" * 1_000, "auth": "A" * 1_000},
        {"p256dh": good()["keys"]["p256dh"]},
    ],
)
def test_keys_that_are_none_are_refused(shared_server: Served, keys: dict[str, str]) -> None:
    answer = shared_server.join().http.put("/api/notifications/push", json=good() | {"keys": keys})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_the_settings_name_the_key_and_take_only_kinds_that_exist(shared_server: Served) -> None:
    ada, ben = shared_server.join(), shared_server.join()
    settings = ada.http.get("/api/notifications/settings").json()
    assert settings["push_key"] == ben.http.get("/api/notifications/settings").json()["push_key"]
    assert settings["kinds"]["like"] == {"in_app": True, "push": True}
    assert "refund" not in settings["kinds"], "nothing makes them yet"
    off = {"kinds": {"like": {"in_app": True, "push": False}}}
    assert ada.http.put("/api/notifications/settings", json=off).json()["kinds"]["like"]["push"] is False
    assert ben.http.get("/api/notifications/settings").json()["kinds"]["like"]["push"] is True
    for bad in ({"kinds": {"refund": {"in_app": True, "push": True}}}, {"kinds": {"like": {"in_app": True}}}, {}):
        assert ada.http.put("/api/notifications/settings", json=bad).status_code == 400


def test_of_a_person_the_newest_are_kept(house: House) -> None:
    ada, subscriptions = house.join(), Subscriptions(house.time, private=False)
    session = digest_of(house.people.sessions.open(ada.id))
    names = [f"https://push.example.com/{number}" for number in range(SUBSCRIPTIONS_PER_PERSON_MAX + 2)]
    for name in names:
        wanted = msgspec.convert(Browser(name).subscription(), NewSubscription)
        keys = subscriptions.check(wanted)
        house.database.write(lambda c: subscriptions.put(c, ada.id, session, wanted, keys))  # noqa: B023
        house.time.leap_ms += 10
    assert set(subscribed(house, ada)) == set(names[2:])


def test_a_browser_that_somebody_else_signs_in_on_is_theirs(house: House) -> None:
    ada, ben, subscriptions = house.join(), house.join(), Subscriptions(house.time, private=False)
    wanted = msgspec.convert(good(), NewSubscription)
    keys = subscriptions.check(wanted)
    for person in (ada, ben):
        session = digest_of(house.people.sessions.open(person.id))
        house.database.write(lambda c: subscriptions.put(c, person.id, session, wanted, keys))  # noqa: B023
    assert (subscribed(house, ada), subscribed(house, ben)) == ([], [wanted.endpoint])
    house.database.write(lambda c: subscriptions.remove(c, ada.id, wanted.endpoint))
    assert subscribed(house, ben) == [wanted.endpoint], "nobody ends another person's"


def test_a_running_server_pushes_and_keeps_its_key_over_a_restart(tmp_path: Path, service: PushService) -> None:
    with Served(tmp_path / "data", {"CADEAU_PUSH_PRIVATE": "1"}) as server:
        ada, ben = server.join(), server.join("ben")
        browser = Browser(f"{service.url}/ada")
        assert ada.http.put("/api/notifications/push", json=browser.subscription("fr")).status_code == 204
        key = ada.http.get("/api/notifications/settings").json()["push_key"]
        assert ben.http.put(f"/api/people/{ada.handle}/follow").status_code == 204
        server.stop()
        server.start()
        ends = time.monotonic() + WAIT_S
        while not service.arrived:
            assert time.monotonic() < ends, server.log
            time.sleep(0.1)
        assert browser.read(service.arrived[0])["title"] == "ben s’est abonné à votre profil"
        assert sender_of(service.arrived[0]) == key

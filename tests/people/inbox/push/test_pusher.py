"""What is new in an inbox reaches its person's browsers, encrypted, once, and again only where it did not arrive."""

from __future__ import annotations

import base64
import json

import pytest

from people.inbox.push import pusher, sending
from people.inbox.push.keys import ServerKeys
from people.inbox.switches import Switch, set_switches
from tests.people.inbox.conftest import House
from tests.people.inbox.push.pushing import due, failures, push, subscribe, subscribed
from tests.people.inbox.push.service import Browser, PushService, sender_of, status


def test_a_browser_gets_the_message_that_only_it_can_read(house: House, service: PushService) -> None:
    ada, ben = house.join("ada"), house.join("ben")
    browser = Browser(f"{service.url}/one")
    subscribe(house, ada, browser)
    house.tell(ada, "comment", ben, "v1", "c1", "Bravo")
    push(house, ada)
    [arrived] = service.arrived
    message = browser.read(arrived)
    assert (message["title"], message["body"]) == ("ben commented on your video", "Bravo")
    assert message["url"] == "/video/v1?comment=c1"
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

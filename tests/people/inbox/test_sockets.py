"""Tabs hear of every change within a second, on every node, and of nothing after a sign-out. Over real servers."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from people.inbox import sockets
from tests.served import Person, Served

WAIT_S = 30.0
PATH = sockets.PATH


@contextmanager
def tab(person: Person, server: Served | None = None) -> Iterator[ClientConnection]:
    url = (server or person.server).url.replace("http", "ws") + PATH
    headers = {"Authorization": f"Bearer {person.token}"}
    # With a bounded queue, a client that reads nothing would not see the answer to its closing either.
    with connect(url, additional_headers=headers, open_timeout=WAIT_S, max_queue=None) as socket:
        yield socket


def until(socket: ClientConnection, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message that fits."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(WAIT_S))
        if fits(message):
            return message


def unread(count: int) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message["type"] == "state" and message["unread"] == count


def closed(socket: ClientConnection) -> int:
    """The code with which the server closes."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(WAIT_S)
    assert socket.close_code is not None
    return socket.close_code


def test_all_tabs_of_a_person_hear_what_happens_and_what_is_read(shared_server: Served) -> None:
    ada, ben = shared_server.join(), shared_server.join()
    with tab(ada) as first, tab(ada) as second:
        for socket in (first, second):
            until(socket, unread(0))
        assert ben.http.put(f"/api/people/{ada.handle}/follow").status_code == 204
        for socket in (first, second):
            until(socket, unread(1))
        page = ada.http.get("/api/notifications").json()
        assert [(one["kind"], one["unread"], one["by"][0]["id"]) for one in page["items"]] == [("follow", True, ben.id)]
        assert page["unread"] == 1
        assert ada.http.put("/api/notifications/read", json={"until": page["items"][0]["at"]}).status_code == 204
        for socket in (first, second):
            until(socket, unread(0))


def test_nobody_hears_of_other_people(shared_server: Served) -> None:
    ada, ben, cy = (shared_server.join() for _ in range(3))
    with tab(cy) as others:
        until(others, unread(0))
        ben.http.put(f"/api/people/{ada.handle}/follow")
        ben.http.put(f"/api/people/{cy.handle}/follow")
        assert until(others, lambda _: True)["unread"] == 1
    assert len(cy.http.get("/api/notifications").json()["items"]) == 1


def test_a_report_and_its_withdrawal_change_the_badge_at_once(shared_server: Served) -> None:
    ada, ben = shared_server.join(), shared_server.join()
    ben.http.put(f"/api/people/{ada.handle}/follow").raise_for_status()
    with tab(ada) as socket:
        until(socket, unread(1))
        body = {"subject": {"kind": "person", "id": ben.id}, "reason": "spam"}
        report = ada.http.post("/api/reports", json=body).json()["id"]
        until(socket, unread(0))
        ada.http.delete(f"/api/reports/{report}").raise_for_status()
        until(socket, unread(1))


def test_a_sign_out_closes_the_tabs_of_its_session_alone(shared_server: Served) -> None:
    ada, ben = shared_server.join(), shared_server.join()
    with tab(ada) as socket, tab(ben) as other:
        until(socket, unread(0))
        until(other, unread(0))
        assert ada.http.delete("/api/sessions/current").status_code == 204
        assert closed(socket) == 4001
        other.ping().wait(WAIT_S)


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_visitor_is_not_let_in(shared_server: Served, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    with pytest.raises(InvalidStatus) as caught:
        connect(shared_server.url.replace("http", "ws") + PATH, additional_headers=headers)
    assert caught.value.response.status_code == 401


def test_a_page_of_another_site_cannot_listen_with_our_cookie(shared_server: Served) -> None:
    ada = shared_server.join()
    headers = {"Cookie": f"cadeau_session={ada.token}", "Origin": "https://evil.example"}
    with pytest.raises(InvalidStatus) as caught:
        connect(shared_server.url.replace("http", "ws") + PATH, additional_headers=headers)
    assert caught.value.response.status_code == 403


@pytest.mark.parametrize("message", ["hello", b"\x00" * 1000, "x" * 60_000])
def test_whoever_talks_is_disconnected(shared_server: Served, message: str | bytes) -> None:
    with tab(shared_server.join()) as socket:
        socket.send(message)
        assert closed(socket) == 1008


def test_a_person_has_a_bounded_number_of_tabs(shared_server: Served) -> None:
    ada = shared_server.join()
    opened = [tab(ada) for _ in range(sockets.TABS_PER_PERSON_MAX)]
    try:
        for one in opened:
            until(one.__enter__(), unread(0))
        with tab(ada) as surplus:
            assert closed(surplus) == sockets.TOO_MANY_SOCKETS
    finally:
        for one in opened:
            one.__exit__(None, None, None)
    with tab(ada) as again:
        until(again, unread(0))


def test_two_nodes_agree(tmp_path: Path, shared_postgres_url: str, redis_url: str) -> None:
    environment = {"CADEAU_DATABASE_URL": shared_postgres_url, "CADEAU_REDIS_URL": redis_url}
    with Served(tmp_path / "one", environment) as one, Served(tmp_path / "two", environment) as two:
        ada, ben = one.join(), two.join()
        with tab(ada, one) as here, tab(ada, two) as there:
            until(here, unread(0))
            until(there, unread(0))
            ben.http.put(f"/api/people/{ada.handle}/follow")
            until(here, unread(1))
            until(there, unread(1))
            ada.http.put("/api/notifications/settings", json={"kinds": {"follow": {"in_app": False, "push": False}}})
            until(here, unread(0))
            until(there, unread(0))
            ada.http.delete("/api/sessions/current")
            assert (closed(here), closed(there)) == (4001, 4001)


def test_one_network_cannot_take_all_connections() -> None:
    held = sockets.InboxSockets(NoTabs(), sockets_max=2)  # type: ignore[arg-type]
    held._networks["192.0.2.1"] = sockets.TABS_PER_NETWORK_MAX
    assert held._refusal("ada", "192.0.2.1", shared=True) is not None
    assert held._refusal("ada", "192.0.2.1", shared=False) is None
    assert held._refusal("ada", "192.0.2.2", shared=True) is None
    held._live.tabs = 2
    assert held._refusal("ada", "192.0.2.2", shared=True) == (sockets.SERVER_FULL, "the server is full")


class NoTabs:
    """A person has none yet."""

    tabs = 0

    def tabs_of(self, person: str) -> int:
        return 0

"""Who gets a seat, who counts as a viewer, and who gives way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from live import seats
from live.errors import ViewersFull
from live.seats import CONNECTING_MAX, CONNECTING_PER_NETWORK_MAX, PREVIEW_S_MAX, Seat, Seats, Watcher
from tests.live.media.relay.company import Company, Guest, Host, open_company, room_of
from tests.live.media.relay.stage import Stage, open_stage, until

VIEWERS_MAX = 4


def seat(number: int, watcher: Watcher, room: str = "room") -> Seat:
    return Seat(room, f"s{number}", watcher, float(number))


def sit(given: Seats, number: int, watcher: Watcher) -> list[str]:
    """Take a seat. Returns the sessions that gave way."""
    gone = [s.session for s in given.yielding(watcher)]
    for session in gone:
        given.release(session)
    given.take(seat(number, watcher))
    return gone


def test_previews_give_way_to_viewers_and_do_not_displace_anybody() -> None:
    given = Seats(2)
    assert sit(given, 1, Watcher("a", preview=True)) == []
    assert sit(given, 2, Watcher("b", preview=True)) == []
    for number in (1, 2):
        given.connected(f"s{number}")
    with pytest.raises(ViewersFull):
        given.yielding(Watcher("c", preview=True))
    assert sit(given, 3, Watcher("c")) == ["s1"]
    assert sit(given, 4, Watcher("d")) == ["s2"]
    given.connected("s3")
    given.connected("s4")
    with pytest.raises(ViewersFull):
        given.yielding(Watcher("e"))
    assert given.viewers("room") == 2


def test_sessions_that_do_not_connect_give_way_the_oldest_first() -> None:
    given = Seats(3)
    for number in (1, 2, 3):
        sit(given, number, Watcher(f"n{number}"))
    given.connected("s1")
    assert sit(given, 4, Watcher("x")) == ["s2"]
    assert sit(given, 5, Watcher("y")) == ["s3"]
    with pytest.raises(ViewersFull):
        given.yielding(Watcher("z", preview=True))


def test_sessions_that_do_not_connect_are_limited_by_network_and_in_total() -> None:
    given = Seats(10 * CONNECTING_MAX)
    for number in range(CONNECTING_PER_NETWORK_MAX):
        assert sit(given, number, Watcher("flood")) == []
    assert sit(given, 10_000, Watcher("flood")) == ["s0"]
    assert sit(given, 10_001, Watcher("other")) == []
    for number in range(CONNECTING_MAX - CONNECTING_PER_NETWORK_MAX - 1):
        assert sit(given, 20_000 + number, Watcher(f"n{number}")) == []
    assert sit(given, 30_000, Watcher("last")) == ["s1"]
    assert len(given._connecting) == CONNECTING_MAX
    for session in list(given._seats):
        given.release(session)
    held = given._seats, given._previews, given._connecting, given._connecting_by_network, given._viewers
    assert not any(held)


def test_several_sessions_of_one_person_are_one_viewer() -> None:
    given = Seats(100)
    watchers = [Watcher("n", "ann"), Watcher("n", "ann"), Watcher("n", "bob"), Watcher("n"), Watcher("n"),
                Watcher("n", "cleo", hosts=True), Watcher("n", "dan", preview=True)]  # fmt: skip
    for number, watcher in enumerate(watchers):
        sit(given, number, watcher)
        assert given.viewers("room") == 0, "it has not connected yet"
    for number in range(len(watchers)):
        given.connected(f"s{number}")
        given.connected(f"s{number}")
    assert given.viewers("room") == 4
    given.release("s0")
    assert given.viewers("room") == 4
    given.release("s1")
    given.release("s1")
    assert given.viewers("room") == 3
    assert given.viewers("another room") == 0


def test_previews_expire() -> None:
    given = Seats(10)
    for number in (1, 2):
        sit(given, number, Watcher("n", preview=True))
    sit(given, 3, Watcher("n"))
    assert given.expired(2.0 + PREVIEW_S_MAX) == [seat(1, Watcher("n", preview=True))]
    assert len(given.expired(10.0 + PREVIEW_S_MAX)) == 2


# -- over real sockets -------------------------------------------------------------------------------


@pytest.fixture
async def small(sqlite_url: str, tmp_path: Path) -> AsyncIterator[tuple[Stage, Company]]:
    async with open_stage(sqlite_url, tmp_path, viewers_max=VIEWERS_MAX) as stage, open_company(stage) as company:
        yield stage, company


def guest(stage: Stage, host: Host, query: str = "", token: str = "") -> Guest:
    made = Guest(stage.whep(room_of(host)) + query)
    made.headers = {"Authorization": f"Bearer {token}"} if token else {}
    return made


async def test_offers_that_never_connect_do_not_keep_viewers_out(small: tuple[Stage, Company]) -> None:
    stage, company = small
    host, _ = await company(1)
    for _ in range(3 * VIEWERS_MAX):
        held = guest(stage, host)
        assert (await held.agree()).status_code == 201
        held.vanish()
    assert len(stage.sessions.relays[room_of(host)].subscribers) == VIEWERS_MAX
    late = [guest(stage, host) for _ in range(VIEWERS_MAX - 1)]
    for one in late:
        await one.join()
    await until(lambda: stage.audience.viewers(room_of(host)) == VIEWERS_MAX)
    full = guest(stage, host)
    answer = await full.agree()
    assert (answer.status_code, answer.json()["code"]) == (503, "viewers_full")
    for one in (*late, full):
        await one.close()


async def test_a_preview_is_no_viewer_and_gives_way(small: tuple[Stage, Company]) -> None:
    stage, company = small
    host, _ = await company(1)
    room = room_of(host)
    previews = [guest(stage, host, "?preview=1") for _ in range(VIEWERS_MAX - 1)]
    for preview in previews:
        await preview.join()
    relay = stage.sessions.relays[room]
    await until(lambda: sum(s.watching for s in relay.subscribers.values()) == VIEWERS_MAX)
    assert stage.audience.viewers(room) == 1
    assert stage.sessions.health(room).viewers == 1
    refused = guest(stage, host, "?preview=1")
    assert (await refused.agree()).status_code == 503
    viewer = guest(stage, host)
    await viewer.join()
    await until(lambda: stage.audience.viewers(room) == 2)
    assert previews[0].dtls is not None
    assert len(relay.subscribers) == VIEWERS_MAX
    assert stage.sessions.find_viewer(room, previews[0].location.rsplit("/", 1)[-1]) is None
    assert stage.sessions.find_viewer(room, previews[1].location.rsplit("/", 1)[-1]) is not None
    for one in (*previews, refused, viewer):
        await one.close()


async def test_a_preview_gets_the_lowest_layer_whatever_it_asks_for(stage: Stage, company: Company) -> None:
    host, _ = await company(1)
    preview = guest(stage, host, "?preview=1")
    await preview.join()
    async with httpx.AsyncClient() as http:
        chosen = await http.put(f"{preview.location}/layer", json={"choice": "auto", "height": 2160})
    assert chosen.status_code == 200
    assert chosen.json()["choice"] == "lowest"
    await preview.close()


async def test_a_preview_ends_by_itself(stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    host, (viewer,) = await company(1)
    preview = guest(stage, host, "?preview=1")
    await preview.join()
    monkeypatch.setattr(seats, "PREVIEW_S_MAX", 0.5)
    relay = stage.sessions.relays[room_of(host)]
    await until(lambda: len(relay.subscribers) == 1)
    assert stage.audience.viewers(room_of(host)) == 1
    await preview.close()
    await viewer.close()


async def test_one_person_in_three_tabs_is_one_viewer(stage: Stage, company: Company) -> None:
    host, _ = await company(0)
    room = room_of(host)
    token = await asyncio.to_thread(stage.people.sessions.open, stage.host.id)
    made = await asyncio.to_thread(stage.join, "ann")
    anns = await asyncio.to_thread(stage.people.sessions.open, made.id)
    tabs = [guest(stage, host, "?viewer=abc-1_2") for _ in range(3)]
    signed_in = [guest(stage, host, query, anns) for query in ("", "?viewer=else")]
    hosts = [guest(stage, host, "", token)]
    plain = [guest(stage, host), guest(stage, host)]
    for one in (*tabs, *signed_in, *hosts, *plain):
        await one.join()
    relay = stage.sessions.relays[room]
    await until(lambda: sum(s.watching for s in relay.subscribers.values()) == 8)
    assert stage.audience.viewers(room) == 1 + 1 + 2
    await tabs[0].close()
    await until(lambda: len(relay.subscribers) == 7)
    assert stage.audience.viewers(room) == 4
    for one in (*tabs[1:], *signed_in, *hosts, *plain):
        await one.close()
    await until(lambda: stage.audience.viewers(room) == 0)


async def test_a_viewer_leaves_the_count_with_its_delete(stage: Stage, company: Company) -> None:
    host, (leaving,) = await company(1)
    async with httpx.AsyncClient() as http:
        assert (await http.delete(leaving.location)).status_code == 200
    assert stage.audience.viewers(room_of(host)) == 0


async def test_a_viewer_leaves_the_count_when_it_closes_the_connection(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, (leaving,) = await company(1)
    monkeypatch.setattr("live.sessions.GONE_CHECK_TICKS", 1_000_000)  # it is not found by looking for it
    assert leaving.dtls is not None
    await leaving.dtls.stop()
    await until(lambda: stage.audience.viewers(room_of(host)) == 0, 10)


@pytest.mark.parametrize("query", ["?viewer=", "?viewer=a%20b", "?viewer=" + "a" * 65, "?preview=2", "?viewer=%00"])
async def test_a_malformed_query_is_refused(stage: Stage, company: Company, query: str) -> None:
    host, _ = await company(0)
    wrong = guest(stage, host, query)
    answer = await wrong.agree()
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    wrong.vanish()

"""Nobody waits for a flood, whether it comes directly or through the shipped nginx, and it costs little memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from chat.seats import SOCKETS_PER_NETWORK_MAX
from tests.deploy.flood import FLOODS, Attacker, Watch
from tests.deploy.nginx import nginx_before
from tests.served import Served
from tests.services import free_port

GAP_S_MAX = 1.5  # the shortest gap that one of these floods used to cause was four seconds
GROWTH_MB_MAX = 40.0
FLOOD_S = 1.0
CLOSED_S_MAX = 20.0


@dataclass
class Place:
    server: Served
    port: int  # the attacker's way in
    tls: bool
    room: str

    def attacker(self) -> Attacker:
        return Attacker(self.port, self.room, self.tls)

    def watch(self) -> Watch:
        assert self.server.process is not None
        return Watch(self.server.port, self.server.process.pid)


@pytest.fixture(scope="module", params=["directly", "through nginx"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, port = tmp_path_factory.mktemp("floods"), free_port()
    through_nginx = request.param == "through nginx"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Served(folder / "data", {"CADEAU_RATE_LIMITS": "1"}))
        if through_nginx:
            stack.enter_context(nginx_before(server.port, port, folder))
        room = server.join().open_room()["id"]
        yield Place(server, port if through_nginx else server.port, through_nginx, room)
        assert server.http.get("/healthz").json() == {"alive": True}
        assert "Traceback" not in server.log


@pytest.mark.parametrize("name", FLOODS)
def test_others_are_answered_during_a_flood_and_memory_stays_bounded(place: Place, name: str) -> None:
    attacker = place.attacker()
    with place.watch().watching() as watch:
        time.sleep(0.1)
        attacker.run(FLOODS[name], FLOOD_S)
    assert attacker.sent > 10_000, "the flood took place"
    assert watch.longest < GAP_S_MAX
    assert watch.growth < GROWTH_MB_MAX
    if FLOODS[name].wanted and not place.tls:  # nginx itself reads trailers and empty lines, and discards them
        assert attacker.closed
        assert FLOODS[name].wanted in (attacker.status, attacker.close_code)


def test_one_address_gets_only_its_share_of_chat_connections(place: Place) -> None:
    attacker = Attacker(place.port, place.room, place.tls, address="127.0.0.4")  # not yet slowed down for a flood
    with contextlib.ExitStack() as stack:
        with ThreadPoolExecutor(8) as threads:
            opened = [threads.submit(attacker.enter) for _ in range(SOCKETS_PER_NETWORK_MAX)]
        for connection in opened:
            stack.enter_context(connection.result())
        with pytest.raises(ConnectionError):
            attacker.enter()
        Attacker(place.server.port, place.room, address="127.0.0.3").enter().close()
    deadline = time.monotonic() + CLOSED_S_MAX
    while True:
        try:
            attacker.enter().close()
            return
        except ConnectionError:
            assert time.monotonic() < deadline, "the places of closed connections were not given back"
            time.sleep(0.1)

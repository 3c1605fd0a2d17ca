"""Sessions that are agreed and then misused: nobody else's media is harmed, and the server goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from live.sessions import MediaSessions
from tests.live.media.relay.company import Company, Guest, Host, room_of
from tests.live.media.relay.stage import Stage, until
from tests.live.media.transport.dtls_client import DtlsClient
from tests.live.media.transport.test_tcp import TcpGuest


async def test_a_handshake_that_ends_on_another_connection_ends_only_its_own_session(
    stage: Stage, company: Company
) -> None:
    """The connection that was nominated closes before the last flight, which arrives on a second one."""
    host, _ = await company()
    guest: Any = TcpGuest(stage.whep(room_of(host)))
    assert (await guest.agree()).status_code == 201
    await guest.dial()
    guest.check()
    await until(lambda: guest.checks_answered == 1)
    second: Any = TcpGuest(guest.url)
    for name in ("ufrag", "password", "address", "_their_ufrag", "_their_password"):
        setattr(second, name, getattr(guest, name))
    await second.dial()
    second.check(nominate=False)
    await until(lambda: second.checks_answered == 1)
    send = guest.send
    last_flight: list[bytes] = []

    def hold_back_the_last_flight(data: bytes) -> None:
        if last_flight or data[0] == 20 or (data[0] == 22 and data[13] != 1):
            last_flight.append(data)
        else:
            send(data)

    guest.send = guest._datagrams._send_datagram = hold_back_the_last_flight
    guest.dtls = DtlsClient(guest._datagrams, guest.certificate)
    handshake = asyncio.ensure_future(guest.dtls.handshake(guest._fingerprints))
    await until(lambda: last_flight)
    await asyncio.sleep(0.1)
    guest.vanish()
    await asyncio.sleep(0.3)
    for data in last_flight:
        second.send(data)
    await until(lambda: len(stage.sessions.relays[room_of(host)].subscribers) == 1)
    handshake.cancel()
    second.vanish()
    assert stage.node.serving, "media runs"


async def test_a_viewer_that_never_connects_harms_no_keyframe(stage: Stage, company: Company) -> None:
    host, (other,) = await company()
    await host.play(3)
    await until(lambda: stage.sessions.relays[room_of(host)].host.tracks["video"].options)  # once a second
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context.get("exception")))
    for _ in range(3):
        guest = Guest(stage.whep(room_of(host)))
        assert (await guest.agree()).status_code == 201
        chosen = await stage.http.put(f"{guest.location}/layer", json={"choice": "main", "height": 100})
        assert chosen.status_code == 200
        await stage.http.delete(guest.location)
        guest.vanish()
    before = len(other.video)
    sent = host.frame(keyframe=True)
    await until(lambda: len(other.video) - before == len(sent))
    assert errors == []


class HostWithAClock(Host):
    """Offers VP8 at a clock rate of its own."""

    def offer(self) -> str:
        return str(super().offer()).replace("VP8/90000", "VP8/1" + "0" * 400)


async def test_only_the_clock_rates_of_the_standards_are_accepted(stage: Stage) -> None:
    room, key = await stage.open_room()
    host = HostWithAClock(stage.whip(room), key)
    answer = await host.agree()
    host.vanish()
    assert (answer.status_code, answer.json()["code"]) == (406, "no_common_codec")


async def test_a_fault_in_one_relay_ends_that_relay_alone(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _ = await company()
    well, (guest,) = await company()
    relay = stage.sessions.relays[room_of(broken)]

    def fail(now: float) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(relay, "update", fail)
    await until(lambda: room_of(broken) not in stage.sessions.relays)
    before = len(guest.video)
    await well.play(3)
    await until(lambda: len(guest.video) > before)


async def test_a_fault_while_a_viewer_starts_ends_that_session_alone(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, (guest,) = await company()

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(MediaSessions, "_connect_viewer", fail)
        unlucky = Guest(stage.whep(room_of(host)))
        assert (await unlucky.agree()).status_code == 201
        await asyncio.sleep(0.1)
        unlucky.vanish()
    before = len(guest.video)
    await host.play(3)
    await until(lambda: len(guest.video) > before)


async def test_a_publish_that_fails_gives_its_claim_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    room, key = await stage.open_room()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(stage.sessions, "publish", fail)
        host = Host(stage.whip(room), key)
        with pytest.raises(Exception, match=r".*"):
            (await host.agree()).raise_for_status()
        host.vanish()
    row = await asyncio.to_thread(stage.database.read, lambda c: stage.rooms.row(c, room))
    assert (row.node, row.publishing) == ("", 0)

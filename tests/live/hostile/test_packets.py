"""Hostile input: truncated, oversized, replayed and forged packets, stalled handshakes, floods."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Iterator, Sized

import pytest
from OpenSSL import SSL

from live.media.rtp import rtcp
from live.media.rtp.packets import Packet
from live.media.transport import ice_agent, peer
from live.media.transport.dtls import Certificate
from live.media.transport.media_socket import MediaSocket
from tests.live.lean import LeanClient
from tests.live.media.relay.company import Company, Guest, Host, is_unbroken, room_of
from tests.live.media.relay.stage import Stage, until
from tests.live.media.transport.test_stun import request

FLOOD = 400  # datagrams of each kind


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.setblocking(False)
        yield opened


def overhear(client: LeanClient) -> list[bytes]:
    """Record what the client sends from now on."""
    sent: list[bytes] = []
    send = client.send

    def recorded(data: bytes) -> None:
        sent.append(data)
        send(data)

    client.send = recorded  # type: ignore[method-assign]
    return sent


def client_hello() -> bytes:
    ssl = SSL.Connection(Certificate().context)
    ssl.set_ciphertext_mtu(1200)
    ssl.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        ssl.do_handshake()
    return ssl.bio_read(2048)


def state_of(port: MediaSocket) -> tuple[int, ...]:
    held: list[Sized] = [port._by_ufrag, port._by_address, port._timed, port.udp._awaited, port.udp._publisher_sockets]
    return tuple(len(one) for one in [*held, port.streams._known, port.streams._strangers])


async def taken(port: MediaSocket) -> None:
    """Wait until everything that was sent has been read and processed."""
    await asyncio.sleep(0.05)
    while not port.udp._read_shared():
        pass
    await asyncio.sleep(0.05)


async def played(host: Host, guests: list[Guest]) -> None:
    """Check that all guests still receive media."""
    before = [len(guest.video) for guest in guests]
    await host.play(4)
    await until(lambda: all(len(g.video) >= b + 12 for g, b in zip(guests, before, strict=True)), 10)
    assert all(is_unbroken(guest.video) for guest in guests)


async def test_truncated_packets_do_not_affect_sessions(stage: Stage, company: Company) -> None:
    host, guests = await company(2)
    sent = overhear(host)
    host.frame(keyframe=True)
    host.check()
    host.send_rtcp(rtcp.receiver_report(1, []))
    said = overhear(guests[0])
    guests[0].check()
    guests[0].send_rtcp(rtcp.receiver_report(1, []))
    port = stage.node.open()
    await taken(port)
    before, packets = state_of(port), stage.sessions.health(room_of(host)).packets
    for client, originals in ((host, list(sent)), (guests[0], list(said))):
        for original in originals:
            for size in [*range(1, 64), *range(64, len(original), 37)]:
                if size < len(original):
                    client.socket.sendto(original[:size], client.address)
        await taken(port)
    assert state_of(port) == before
    assert stage.sessions.health(room_of(host)).packets == packets
    await played(host, guests)


async def test_oversized_packets_do_not_affect_sessions(stage: Stage, company: Company) -> None:
    host, guests = await company()
    sent = overhear(host)
    host.frame()
    host.check()
    port = stage.node.open()
    await taken(port)
    before, packets = state_of(port), stage.sessions.health(room_of(host)).packets
    for original in list(sent):
        for size in (2047, 2048, 2049, 9000, 65_000):
            host.socket.sendto(original.ljust(size, b"\x55"), host.address)
    for first in (0x16, 0x80, 0x00):
        guests[0].socket.sendto(bytes((first,)) * 65_000, guests[0].address)
    await taken(port)
    assert state_of(port) == before
    assert stage.sessions.health(room_of(host)).packets == packets
    await played(host, guests)


async def test_replayed_packets_have_no_effect(stage: Stage, company: Company) -> None:
    host, guests = await company(2)
    sent = overhear(host)
    await host.play(5)
    await until(lambda: len(guests[0].video) >= 15)
    said = overhear(guests[0])
    host.keyframe_requests.clear()
    guests[0].send_rtcp(rtcp.picture_loss(1, guests[0].ssrcs["video"]))
    await until(lambda: host.keyframe_requests, 5)
    host.frame(keyframe=True)  # the requested keyframe
    port = stage.node.open()
    await asyncio.sleep(0.6)
    await taken(port)
    packets, arrived = stage.sessions.health(room_of(host)).packets, [len(guest.video) for guest in guests]
    host.keyframe_requests.clear()
    for client, recorded in ((host, list(sent)), (guests[0], list(said))):
        for data in recorded * 5:
            client.socket.sendto(data, client.address)
        await taken(port)
    await asyncio.sleep(0.6)
    assert stage.sessions.health(room_of(host)).packets == packets
    assert [len(guest.video) for guest in guests] == arrived
    assert host.keyframe_requests == []
    await played(host, guests)


async def test_packets_replayed_from_another_peer_have_no_effect(stage: Stage, company: Company) -> None:
    """A packet is authentic only in the session that it was sealed for."""
    host, guests = await company(2)
    thief, other = guests
    sent = overhear(host)
    host.frame(keyframe=True)
    said = overhear(other)
    other.send_rtcp(rtcp.picture_loss(1, other.ssrcs["video"]))
    port = stage.node.open()
    await asyncio.sleep(0.6)
    await taken(port)
    packets = stage.sessions.health(room_of(host)).packets
    host.keyframe_requests.clear()
    for data in [*sent, *said]:
        thief.socket.sendto(data, thief.address)
    await taken(port)
    assert stage.sessions.health(room_of(host)).packets == packets
    assert host.keyframe_requests == []
    await played(host, guests)


async def test_checks_with_a_wrong_password_do_not_keep_a_session_alive(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, (guest,) = await company()
    monkeypatch.setattr(ice_agent, "SILENCE_S_MAX", 1.0)
    answered, guest._their_password = guest.checks_answered, "not the password"
    for _ in range(100):
        host.check()
        guest.check()
        await asyncio.sleep(0.1)
        if stage.audience.viewers(room_of(host)) == 0:
            break
    assert stage.audience.viewers(room_of(host)) == 0
    assert guest.checks_answered == answered
    assert stage.sessions.find_publisher(room_of(host), host.location.rsplit("/", 1)[-1]) is not None


async def test_a_vanished_viewer_is_removed_within_15_seconds(stage: Stage, company: Company) -> None:
    host, (guest, vanishing) = await company(2)
    vanishing.vanish()
    for _ in range(150):
        host.check()
        guest.check()
        await asyncio.sleep(0.1)
        if stage.audience.viewers(room_of(host)) == 1:
            return
    raise AssertionError("it still counts as a viewer")


async def test_reports_alone_keep_a_viewer_alive(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are authenticated, like checks."""
    host, (guest,) = await company()
    monkeypatch.setattr(ice_agent, "SILENCE_S_MAX", 2.5)
    for _ in range(40):
        host.check()
        guest.send_rtcp(rtcp.receiver_report(1, []))
        await asyncio.sleep(0.1)
    assert stage.audience.viewers(room_of(host)) == 1


async def test_a_stalled_handshake_times_out(stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    host, guests = await company()
    port = stage.node.open()
    before = state_of(port)
    monkeypatch.setattr(peer, "CONNECT_S_MAX", 4.0)
    silent, stalled, unproved = (Guest(stage.whep(room_of(host))) for _ in range(3))
    for late in (silent, stalled, unproved):
        assert (await late.agree()).status_code == 201
    stalled.check()
    await until(lambda: stalled.checks_answered == 1, 5)
    stalled.send(client_hello())
    unproved.send(client_hello())  # it sent no check before, so it gets no answer
    assert len(port._by_ufrag) == before[0] + 3
    await until(lambda: state_of(port) == before, 20)
    assert not stalled._datagrams._queue.empty(), "it was answered"
    assert unproved._datagrams._queue.empty()
    assert stage.audience.viewers(room_of(host)) == 1
    for late in (silent, stalled, unproved):
        assert stage.sessions.find_viewer(room_of(host), late.location.rsplit("/", 1)[-1]) is None
        late.vanish()
    await played(host, guests)


async def test_a_flood_from_unknown_senders_allocates_no_state_and_starts_no_handshake(
    stage: Stage, company: Company, stranger: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, guests = await company()
    port = stage.node.open()
    (known,) = (one for one in port._by_ufrag.values() if not one.publishes)
    before = state_of(port)
    handshakes: list[object] = []
    connection = SSL.Connection

    def counted(context: SSL.Context) -> SSL.Connection:
        handshakes.append(context)
        return connection(context)

    hello = client_hello()
    monkeypatch.setattr(SSL, "Connection", counted)
    kinds = (
        hello,
        request(f"{secrets.token_hex(6)}:x"),  # an unknown session
        request(f"{known.ufrag.decode()}:x", b"not its password"),
        b"\x80\x60" + bytes(1100),
        b"\x80\xc9" + bytes(60),
        secrets.token_bytes(1200),
    )
    for data in kinds:
        for _ in range(FLOOD):
            stranger.sendto(data, host.address)
        await taken(port)
        assert state_of(port) == before
    assert handshakes == []
    with pytest.raises(BlockingIOError):
        stranger.recv(2048)
    await played(host, guests)


async def test_a_flood_from_a_viewer_does_not_affect_its_session(stage: Stage, company: Company) -> None:
    host, guests = await company(2)
    port = stage.node.open()
    before = state_of(port)
    flooding = guests[0]
    hello = client_hello()
    for _ in range(FLOOD):
        flooding.socket.sendto(hello, flooding.address)
        flooding.socket.sendto(b"\x80\xc9" + secrets.token_bytes(60), flooding.address)
        flooding.socket.sendto(b"\x16\xfe\xfd" + secrets.token_bytes(100), flooding.address)
    await taken(port)
    assert state_of(port) == before
    await played(host, guests)
    assert flooding.dtls is not None
    await flooding.dtls.stop()
    await until(lambda: stage.audience.viewers(room_of(host)) == 1, 5)


async def test_forged_media_from_a_publishers_address_is_ignored(stage: Stage, company: Company) -> None:
    """Sealed with another key, it is not counted and does not keep the session alive."""
    host, guests = await company()
    port = stage.node.open()
    packets = stage.sessions.health(room_of(host)).packets
    (heard,) = (one for one in port._by_ufrag.values() if one.publishes)
    await taken(port)
    heard_at = heard.heard_at
    real, forger = host._sealer, guests[0]._sealer
    host._sealer = forger
    for i in range(20):
        host.send_rtp("video", Packet(host.sequence + i, 0, True, False, b"forged" * 20), ssrc=host.ssrc)
    await taken(port)
    host._sealer = real
    assert stage.sessions.health(room_of(host)).packets == packets
    assert heard.heard_at == heard_at
    await played(host, guests)

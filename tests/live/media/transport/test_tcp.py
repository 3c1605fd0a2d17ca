"""Media over TCP: framing, publishing and watching, slow readers, unauthenticated connections."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from aioice import stun as reference
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtp import rtcp
from live.media.transport import tcp
from live.media.transport.addresses import is_at, network_of, shared_host
from live.media.transport.dtls import Certificate
from live.media.transport.media_socket import MediaSocket
from live.media.transport.peer import Peer, Remote
from live.media.transport.tcp import FRAME_BYTES_MAX, BadFrame, Deframer, framed, listen
from tests.live.media.relay.company import Company, Guest, Host, is_unbroken, room_of
from tests.live.media.relay.stage import Stage, open_stage, until
from tests.live.media.transport.lean_tcp import OverTcp
from tests.live.media.transport.test_stun import request
from tests.services import free_port

frames = st.lists(st.binary(min_size=1, max_size=FRAME_BYTES_MAX), max_size=12)


class TcpGuest(OverTcp, Guest):
    pass


class TcpHost(OverTcp, Host):
    pass


@given(frames, st.lists(st.integers(0, 30_000), max_size=20))
def test_frames_are_found_however_the_stream_is_split(sent: list[bytes], cuts: list[int]) -> None:
    whole = framed(sent)
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    deframer = Deframer()
    found = [frame for a, b in pairwise(places) for frame in deframer.feed(whole[a:b])]
    assert found == sent


@given(frames, st.one_of(st.just(0), st.integers(FRAME_BYTES_MAX + 1, 65_535)), st.binary(max_size=50))
def test_an_impossible_length_is_refused(sent: list[bytes], length: int, rest: bytes) -> None:
    with pytest.raises(BadFrame):
        Deframer().feed(framed(sent) + length.to_bytes(2, "big") + rest)


@given(st.binary(max_size=5000))
def test_no_bytes_raise_or_pile_up(data: bytes) -> None:
    deframer = Deframer()
    try:
        for at in range(0, len(data), 100):
            deframer.feed(data[at : at + 100])
            assert len(deframer._rest) < FRAME_BYTES_MAX + 2
    except BadFrame:
        pass


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"), ("127.0.0.1", "0.0.0.0", "0.0.0.0"),
        ("0.0.0.0", "192.0.2.1", "0.0.0.0"), ("::1", "::", "::"), ("127.0.0.1", "::", "::"), ("0.0.0.0", "::", "::"),
        ("127.0.0.1", "192.0.2.1", None), ("::1", "0.0.0.0", None), ("127.0.0.1", "::1", None),
    ],
)  # fmt: skip
def test_one_listener_is_enough_if_one_address_covers_the_other(one: str, other: str, both: str | None) -> None:
    assert shared_host(one, other) == shared_host(other, one) == both


def test_a_connections_local_address_is_matched() -> None:
    assert is_at("127.0.0.1", "127.0.0.1")
    assert is_at("::ffff:127.0.0.1", "127.0.0.1")
    assert is_at("192.0.2.1", "0.0.0.0")
    assert is_at("2001:db8::1", "::")
    assert is_at("::ffff:192.0.2.1", "::")
    assert not is_at("192.0.2.1", "127.0.0.1")
    assert not is_at("::1", "0.0.0.0")


def test_ipv6_addresses_of_a_64_prefix_count_as_one_network() -> None:
    assert network_of("2001:db8:1:2::7") == network_of("2001:db8:1:2:ffff::1") != network_of("2001:db8:1:3::7")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("fe80::1%eth0") == network_of("fe80::2%eth0")


async def join_by_tcp(stage: Stage, stack: AsyncExitStack, room: str, **attributes: object) -> TcpGuest:
    guest = TcpGuest(stage.whep(room))
    for name, value in attributes.items():
        setattr(guest, name, value)
    stack.push_async_callback(guest.close)
    await guest.join()
    return guest


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def test_a_room_can_be_watched_over_tcp(stage: Stage, company: Company, stack: AsyncExitStack) -> None:
    host, (other,) = await company()
    assert stage.node.tcp_addresses == [("127.0.0.1", stage.settings.media_port)]
    guest = await join_by_tcp(stage, stack, room_of(host))
    assert guest.seen_as == guest.socket.getsockname()
    await until(lambda: stage.audience.viewers(room_of(host)) == 2)
    first = len(guest.video)
    sent = [packet for i in range(20) for packet in host.frame(keyframe=i == 0)]
    await until(lambda: len(guest.video) >= first + len(sent))
    assert [p.payload for p in guest.video[-len(sent) :]] == [p.payload for p in sent]
    assert is_unbroken(guest.video)
    await until(lambda: len(other.video) >= len(sent))
    reports = len(guest.reports)
    await until(lambda: len(guest.reports) > reports, 5)
    host.keyframe_requests.clear()
    await asyncio.sleep(0.6)
    guest.send_rtcp(rtcp.picture_loss(1, guest.ssrcs["video"]))
    await until(lambda: host.keyframe_requests, 5)


async def test_a_room_can_be_published_over_tcp(stage: Stage, stack: AsyncExitStack) -> None:
    room, key = await stage.open_room()
    host = TcpHost(stage.whip(room), key)
    stack.push_async_callback(host.close)
    await host.join()
    await host.play(3)
    await until(lambda: (room, "live") in stage.states)
    guest = Guest(stage.whep(room))
    stack.push_async_callback(guest.close)
    await guest.join()
    before = len(guest.video)
    await host.play(10)
    await until(lambda: len(guest.video) >= before + 30)
    sent = host.frame(lose=(1,))
    await until(lambda: host.nacked == [sent[1].sequence & 0xFFFF])


async def another_way(guest: Guest) -> TcpGuest:
    """Open another connection of the same session."""
    way = TcpGuest(guest.url)
    for name in ("ufrag", "password", "address", "_their_ufrag", "_their_password", "_opener", "dtls"):
        setattr(way, name, getattr(guest, name))
    await way.dial()
    return way


async def test_a_viewer_can_move_from_udp_to_tcp(company: Company) -> None:
    """As when a firewall starts to block UDP: the session continues over TCP."""
    host, (guest,) = await company()
    await host.play(3)
    await until(lambda: len(guest.video) >= 9)
    way = await another_way(guest)
    way.check()
    await until(lambda: way.checks_answered == 1, 5)
    await asyncio.sleep(0.1)
    await host.play(3)
    await until(lambda: len(way.video) >= 9)
    way.vanish()


async def test_closing_alerts_work_both_ways_over_tcp(stage: Stage, company: Company, stack: AsyncExitStack) -> None:
    host, _ = await company(0)
    one, two = [await join_by_tcp(stage, stack, room_of(host)) for _ in range(2)]
    await until(lambda: stage.audience.viewers(room_of(host)) == 2)
    assert one.dtls is not None
    assert two.dtls is not None
    await one.dtls.stop()
    await until(lambda: stage.audience.viewers(room_of(host)) == 1, 5)
    await until(lambda: one.is_cut, 5)
    assert (await stage.http.delete(two.location)).status_code == 200
    await until(lambda: two.dtls is not None and two.dtls.closed, 5)
    await until(lambda: two.is_cut, 5)


async def test_a_viewer_is_removed_when_its_last_connection_ends(
    stage: Stage, company: Company, stack: AsyncExitStack
) -> None:
    host, _ = await company(0)
    guest = await join_by_tcp(stage, stack, room_of(host))
    await until(lambda: stage.audience.viewers(room_of(host)) == 1)
    guest.vanish()
    await until(lambda: stage.audience.viewers(room_of(host)) == 0, 3)
    port = stage.node.open()
    await until(lambda: not port.streams._known, 3)
    assert len(port._by_address) == 1, "the publisher's"
    await host.play(3)


async def test_a_slow_reader_is_disconnected_without_affecting_others(
    stage: Stage, company: Company, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "STALLED_S_MAX", 1.0)
    host, (other,) = await company()
    slow = await join_by_tcp(stage, stack, room_of(host), receive_buffer_bytes=4096)
    fast = await join_by_tcp(stage, stack, room_of(host))
    await until(lambda: stage.audience.viewers(room_of(host)) == 3)
    slow.stop_listening()
    (stream,) = (s for s in stage.node.open().streams._known if s.port == slow.socket.getsockname()[1])
    before, waiting, frames = len(fast.video), 0, 0
    while stream._transport is not None and frames < 2000:
        waiting = max(waiting, stream._transport.get_write_buffer_size())
        host.frame(keyframe=frames == 0)
        frames += 1
        await asyncio.sleep(0.004)
    assert stream._transport is None, "it was let go"
    assert tcp.WRITE_BYTES_MAX < waiting < tcp.WRITE_BYTES_MAX + 70_000
    await until(lambda: len(fast.video) >= before + 3 * frames)
    assert is_unbroken(fast.video)
    await until(lambda: len(other.video) >= 3 * frames)
    await until(lambda: stage.audience.viewers(room_of(host)) == 2, 5)


async def test_a_slow_reader_gets_whole_packets_only(
    stage: Stage, company: Company, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It loses entire packets, as on any network, and continues when it reads again."""
    monkeypatch.setattr(tcp, "WRITE_BYTES_MAX", 16 * 1024)
    host, _ = await company(0)
    slow = await join_by_tcp(stage, stack, room_of(host), receive_buffer_bytes=4096)
    await until(lambda: stage.audience.viewers(room_of(host)) == 1)
    slow.stop_listening()
    for _ in range(400):
        host.frame()
        await asyncio.sleep(0.001)
    asyncio.get_running_loop().add_reader(slow.socket, slow.drain)
    last = host.frame(keyframe=True)
    for _ in range(50):
        if any(p.payload == last[-1].payload for p in slow.video):
            break
        last = host.frame(keyframe=True)
        await asyncio.sleep(0.05)
    assert any(p.payload == last[-1].payload for p in slow.video)
    assert 0 < len(slow.video) < 1200


# -- unauthenticated connections -----------------------------------------------------------------


async def dialled(number: int, host: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(host, number)


async def is_closed(reader: asyncio.StreamReader, seconds: float = 3.0) -> bool:
    """The server has closed it without sending anything."""
    try:
        return await asyncio.wait_for(reader.read(1), seconds) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


async def test_an_unauthenticated_connection_is_closed(stage: Stage) -> None:
    streams = stage.node.open().streams
    for said in (
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00\x00", b"\x16\x03\x01\x02\x00" + bytes(512), bytes(100),
        framed([b"\x00\x01\x00\x00" + bytes(16)]), framed([b"\x80" + bytes(30)]), framed([b"\x16" + bytes(30)]),
        framed([request("nobody:x")]), secrets.token_bytes(3000),
    ):  # fmt: skip
        reader, writer = await dialled(stage.settings.media_port)
        writer.write(said)
        assert await is_closed(reader), said
        assert not streams._strangers
        assert not streams._networks
        assert not streams._known
        writer.close()


async def test_a_check_with_the_sessions_password_authenticates(stage: Stage, company: Company) -> None:
    host, _ = await company(0)
    guest = TcpGuest(stage.whep(room_of(host)))
    assert (await guest.agree()).status_code == 201
    guest._their_password = "not the password"
    await guest.dial()
    guest.check()
    await until(lambda: guest.is_cut, 5)
    assert guest.checks_answered == 0


async def test_a_silent_connection_is_closed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "HELLO_S_MAX", 0.3)
    silent, trickling = await dialled(stage.settings.media_port), await dialled(stage.settings.media_port)
    trickling[1].write(b"\x00")
    await asyncio.sleep(0.2)
    trickling[1].write(b"\x40")
    assert await is_closed(silent[0])
    assert await is_closed(trickling[0])
    for _, writer in (silent, trickling):
        writer.close()


async def test_unauthenticated_connections_are_limited(
    stage: Stage, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _ = await company(0)
    streams = stage.node.open().streams
    waiting = [await dialled(stage.settings.media_port) for _ in range(tcp.STRANGERS_PER_NETWORK_MAX)]
    await until(lambda: len(streams._strangers) == tcp.STRANGERS_PER_NETWORK_MAX)
    reader, writer = await dialled(stage.settings.media_port)
    assert await is_closed(reader)
    writer.close()
    monkeypatch.setattr(tcp, "STRANGERS_PER_NETWORK_MAX", 1000)
    monkeypatch.setattr(tcp, "STRANGERS_MAX", len(waiting))
    reader, writer = await dialled(stage.settings.media_port)
    assert await is_closed(reader)
    writer.close()
    waiting.pop()[1].close()
    await until(lambda: len(streams._strangers) == len(waiting), 3)
    guest = TcpGuest(stage.whep(room_of(host)))
    await guest.join()
    assert len(streams._known) == 1
    await guest.close()
    for _, opened in waiting:
        opened.close()
    await until(lambda: not streams._strangers and not streams._networks, 3)


async def test_connections_are_limited_per_peer(stage: Stage, company: Company, stack: AsyncExitStack) -> None:
    host, _ = await company(0)
    guest = await join_by_tcp(stage, stack, room_of(host))
    more = [await another_way(guest) for _ in range(12)]
    for way in more:
        way.check(nominate=False)
    await until(lambda: all(way.checks_answered for way in more), 5)
    await until(lambda: sum(way.is_cut for way in more) == 5, 5)
    assert len(stage.node.open().streams._known) == 8
    before = len(guest.video)
    await host.play(3)
    await until(lambda: len(guest.video) >= before + 9)
    assert not guest.is_cut, "the one it is sent to is not among those given up"
    for way in more:
        way.vanish()


@pytest.mark.parametrize(("host", "client"), [("::1", "::1"), ("::", "::1"), ("::", "127.0.0.1")])
async def test_a_check_is_answered_over_ipv4_and_ipv6(host: str, client: str) -> None:
    port = MediaSocket(host, free_port(socket.SOCK_DGRAM))  # free for TCP, too
    port.start()
    peer = Peer(port, Certificate(), Remote("u", "p", []), lambda packets: None, lambda data, now: None)
    server = await asyncio.get_running_loop().create_server(port.streams.new, sock=listen(host, port.number))
    reader, writer = await dialled(port.number, client)
    writer.write(framed([request(f"{peer.ufrag.decode()}:theirs", peer.password)]))
    size = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 5), "big")
    answer = reference.parse_message(await reader.readexactly(size))
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == (client, writer.get_extra_info("sockname")[1])
    assert answer.check_message_integrity(peer.password)
    await peer.close()
    assert await is_closed(reader)
    writer.close()
    server.close()
    port.close()


async def test_without_media_over_tcp_there_is_no_listener(sqlite_url: str, tmp_path: Path) -> None:
    async with open_stage(sqlite_url, tmp_path, media_tcp=False) as opened:
        assert opened.node.tcp_addresses == []
        with pytest.raises(OSError):
            await dialled(opened.settings.media_port)


async def test_a_tcp_port_in_use_raises(sqlite_url: str, tmp_path: Path, stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        number = taken.getsockname()[1]
        node = type(stage.node)(type(stage.settings)(media_port=number, port=free_port()))
        with pytest.raises(OSError, match="CADEAU_MEDIA_TCP=0"):
            node.open()
        MediaSocket("127.0.0.1", number).socket.close()

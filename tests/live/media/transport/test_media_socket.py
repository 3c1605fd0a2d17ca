"""The media socket: IPv4 and IPv6, the addresses it offers, and robustness against any input."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest
from aioice import stun as reference
from hypothesis import given
from hypothesis import strategies as st

from live.media.fanout.python_engine import PythonEngine
from live.media.kernel import open_receive_engine
from live.media.relay.publisher import Publisher
from live.media.relay.subscriber import Subscriber
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.header_extensions import Extensions
from live.media.rtp.packets import parse
from live.media.transport import stun
from live.media.transport.addresses import addresses_of, resolve
from live.media.transport.dtls import Certificate
from live.media.transport.ice_agent import IceAgent
from live.media.transport.media_socket import MediaSocket
from live.media.transport.peer import Peer, Remote
from live.media.transport.srtp import AEAD_AES_128_GCM, LibsrtpOpener, MasterKey
from tests.live.media.transport.test_stun import request


@pytest.mark.parametrize(
    ("host", "client"), [("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("::", "::1"), ("::", "127.0.0.1")]
)
async def test_a_check_is_answered_over_ipv4_and_ipv6(host: str, client: str) -> None:
    port = MediaSocket(host, 0)
    port.start()
    peer = Peer(port, Certificate(), Remote("u", "p", []), lambda packets: None, lambda data, now: None)
    asked = request(f"{peer.ufrag.decode()}:theirs", peer.password)
    try:
        with socket.socket(socket.AF_INET6 if ":" in client else socket.AF_INET, socket.SOCK_DGRAM) as ours:
            ours.bind((client, 0))
            ours.setblocking(False)
            ours.sendto(asked, (client, port.number))
            answer = reference.parse_message(
                await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, 2048), 5)
            )
            assert answer.attributes["XOR-MAPPED-ADDRESS"] == (client, ours.getsockname()[1])
            assert answer.check_message_integrity(peer.password)
    finally:
        await peer.close()
        port.close()


@pytest.mark.parametrize("fanout", ["python", "auto"])
async def test_the_feedback_filter_answers_checks_only_while_they_change_nothing(fanout: str) -> None:
    port = MediaSocket("127.0.0.1", 0, reading=open_receive_engine(fanout))
    peers = [Peer(port, Certificate(), Remote("u", "p", []), lambda *_: None, lambda *_: None) for _ in range(2)]
    subscriber, other = (peer.agent for peer in peers)
    filtered = port.udp.filtered

    def check(ours: socket.socket, agent: IceAgent, *, nominate: bool = True) -> bytes:
        """Send a check and return the server's answer."""
        asked = request(f"{agent.ufrag.decode()}:theirs", agent.password, nominate)
        ours.sendto(asked, ("127.0.0.1", port.number))
        assert port.udp._read_shared()
        return ours.recv(2048)

    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there,
    ):
        for ours in (here, there):
            ours.bind(("127.0.0.1", 0))
            ours.settimeout(5)
        check(here, subscriber)
        assert subscriber not in filtered, "it is not connected"
        subscriber.secure(LibsrtpOpener(MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))))
        port.udp.update(subscriber)
        assert subscriber in filtered
        heard_at = subscriber.heard_at
        check(here, subscriber)
        assert subscriber.heard_at == heard_at < port.last_filtered_check_at(subscriber)
        check(there, subscriber, nominate=False)
        assert subscriber in filtered
        check(there, subscriber)
        asked = there.recv(2048)
        assert subscriber not in filtered, "it is about to move"
        check(here, subscriber)
        assert subscriber in filtered, "it has changed its mind"
        answer = stun.success(asked[8:20], here.getsockname(), b"p")
        there.sendto(answer, ("127.0.0.1", port.number))
        port.udp._read_shared()
        assert subscriber.address == here.getsockname()
        check(there, subscriber)
        answer = stun.success(there.recv(2048)[8:20], here.getsockname(), b"p")
        there.sendto(answer, ("127.0.0.1", port.number))
        port.udp._read_shared()
        assert subscriber.address == there.getsockname()
        assert subscriber in filtered
        check(there, other)
        assert other.address == there.getsockname()
        assert subscriber not in filtered, "somebody else is there now"
        assert check(there, other)
        assert other not in filtered
    for peer in peers:
        await peer.close()
    assert not filtered
    port.socket.close()


def test_only_the_bound_address_is_offered() -> None:
    assert addresses_of("127.0.0.1") == ["127.0.0.1"]
    assert addresses_of("::1") == ["::1"]
    everywhere = addresses_of("0.0.0.0")
    assert everywhere
    assert not any(":" in address for address in everywhere)
    assert resolve("localhost") == "127.0.0.1"


async def test_behind_nat_the_public_address_is_offered() -> None:
    port = MediaSocket("127.0.0.1", 0, "203.0.113.7")
    assert port.hosts == ["203.0.113.7"]
    port.socket.close()


async def test_a_port_in_use_raises() -> None:
    port = MediaSocket("127.0.0.1", 0)
    with pytest.raises(OSError, match="in use"):
        MediaSocket("127.0.0.1", port.number)
    port.socket.close()


async def test_a_peer_that_never_connects_leaves_no_state() -> None:
    port = MediaSocket("127.0.0.1", 0)
    peers = [
        Peer(
            port,
            Certificate(),
            Remote("u", "p", []),
            lambda packets: None,
            lambda data, now: None,
        )
        for _ in range(3)
    ]
    for peer in peers:
        await peer.close()
        await peer.close()
        assert peer.gone(0.0)
    assert not port._by_ufrag
    assert not port._by_address
    port.socket.close()


def hostile(receive: Callable[[bytes, float], None], data: list[bytes]) -> None:
    for at, packet in enumerate(data):
        receive(packet, 100.0 + at * 0.01)


def rtp_packet(first: int, second: int, rest: bytes) -> bytes:
    return bytes((0x80 | first, second)) + rest


def rtcp_block(kind: int, count: int, body: bytes) -> bytes:
    return bytes((0x80 | count, kind)) + (len(body) // 4).to_bytes(2, "big") + body


rtp_like = st.builds(rtp_packet, st.integers(0, 63), st.integers(0, 255), st.binary(max_size=80))
rtcp_like = st.builds(rtcp_block, st.integers(200, 207), st.integers(0, 31), st.binary(max_size=80))


@pytest.mark.parametrize("rids", [(), ("q", "h", "f")])
@given(st.lists(st.one_of(rtp_like, rtp_like.map(lambda data: data[:1] + b"\x60" + data[2:])), max_size=12))
def test_no_input_from_a_publisher_causes_a_fault(rids: tuple[str, ...], data: list[bytes]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        codec = Codec("video", "VP8", 90_000, 96, retransmission=97)
        track = Track(codec, PythonEngine(sock), lambda seconds, callback: None)
        publisher = Publisher({"video": track}, {"video": codec}, Extensions(1, 2, 3, 4), rids)
        publisher.peer = SilentPeer()
        for i, packet in enumerate(data):
            parsed = parse(packet, 100.0 + i * 0.01)
            if parsed is not None:
                publisher.on_rtp([parsed])
        publisher.send_feedback(200.0)


@given(st.lists(rtcp_like, max_size=6).map(b"".join))
def test_no_report_causes_a_fault(data: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        codec = Codec("video", "VP8", 90_000, 96)
        track = Track(codec, PythonEngine(sock), lambda seconds, callback: None)
        publisher, subscriber = (
            Publisher({"video": track}, {"video": codec}, Extensions()),
            Subscriber([(track, codec)]),
        )
        publisher.peer = subscriber.peer = SilentPeer()
        hostile(publisher.on_rtcp, [data])
        hostile(subscriber.on_rtcp, [data, data.replace(bytes(4), track.ssrc.to_bytes(4, "big"))])


class SilentPeer(Peer):
    """A peer that has not connected and ignores what is sent to it."""

    def __init__(self) -> None:
        self._sealer = None

"""DTLS against aiortc: keys, closing alerts, lost flights, and certificates that do not match the offer."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from aiortc.rtcdtlstransport import RTCCertificate
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from live.media.transport import srtp
from live.media.transport.dtls import DATAGRAM_BYTES_MAX, Certificate, Dtls, datagrams
from tests.live.media.relay.stage import until
from tests.live.media.transport.dtls_client import PROFILES, DatagramQueue, DtlsClient, fingerprint

CERTIFICATE = Certificate()
THEIRS = RTCCertificate.generateCertificate()


class Pair:
    """A server and a client, connected by a network that loses packets on request."""

    def __init__(
        self, fingerprints: Sequence[tuple[str, str]] | None = None, theirs: RTCCertificate = THEIRS,
        *, waits: bool = False,
    ) -> None:  # fmt: skip
        """`waits`: the client is the DTLS server."""
        named = [("sha-256", fingerprint(theirs).split()[1])] if fingerprints is None else fingerprints
        self.to_client: list[bytes] = []
        self.to_server: list[bytes] = []
        self.lose_to_client: Callable[[bytes], bool] = lambda data: False
        self.server = Dtls(CERTIFICATE, named, self._send_to_client, client=waits)
        self._queue = DatagramQueue(self._send_to_server)
        self.client = DtlsClient(self._queue, theirs, waits=waits)
        algorithm, value = CERTIFICATE.fingerprint.split()
        self.task = asyncio.ensure_future(self.client.handshake([(algorithm, value)]))

    def _send_to_client(self, data: bytes) -> None:
        self.to_client.append(data)
        if not self.lose_to_client(data):
            self._queue.put(data)

    def _send_to_server(self, data: bytes) -> None:
        self.to_server.append(data)
        self.server.on_datagram(data)


@pytest.fixture
async def pairs() -> AsyncIterator[list[Pair]]:
    made: list[Pair] = []
    yield made
    for pair in made:
        pair.task.cancel()
        await asyncio.gather(pair.task, return_exceptions=True)
        await pair.client.stop()
        pair.server.close()


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
async def test_both_ends_have_the_same_keys(pairs: list[Pair], profile: object, waits: bool) -> None:
    pair = Pair(waits=waits)
    pairs.append(pair)
    pair.client._srtp_profiles = [p for p in PROFILES if p is profile]
    pair.server.begin()
    assert await pair.task
    assert pair.server.sending == pair.client.sending
    assert pair.server.receiving == pair.client.receiving
    assert pair.server.sending != pair.server.receiving
    assert not pair.server.closed


async def test_our_first_flight_is_resent_to_a_peer_that_waits(pairs: list[Pair]) -> None:
    """ffmpeg loses it, because it reads it before it has opened DTLS."""
    pair = Pair(waits=True)
    pairs.append(pair)
    lost: list[bytes] = []
    pair.lose_to_client = lambda data: not lost and not lost.append(data)  # type: ignore[func-returns-value]
    pair.server.begin()
    for _ in range(300):
        pair.server.resend_flight()
        if pair.task.done():
            break
        await asyncio.sleep(0.1)
    assert await pair.task
    assert len(lost) == 1
    assert pair.server.sending == pair.client.sending is not None


async def test_a_peer_that_waits_must_have_the_offered_certificate(pairs: list[Pair]) -> None:
    pair = Pair([("sha-256", "00:" * 31 + "00")], waits=True)
    pairs.append(pair)
    pair.server.begin()
    await until(lambda: pair.server.closed, 20)
    assert pair.server.sending is None


async def test_our_preferred_profile_is_chosen(pairs: list[Pair]) -> None:
    pair = Pair()
    pairs.append(pair)
    pair.client._srtp_profiles = list(reversed(PROFILES))
    assert await pair.task
    assert pair.server.sending is not None
    assert pair.server.sending.profile is srtp.AEAD_AES_128_GCM


@pytest.mark.parametrize(
    "fingerprints",
    [
        [("sha-256", "00:" * 31 + "00")],
        [],
        [("md5", "00")],
        [("sha-256", fingerprint(THEIRS).split()[1]), ("sha-512", "00")],
    ],
)
async def test_another_certificate_than_the_offered_one_gets_no_keys(
    pairs: list[Pair], fingerprints: list[tuple[str, str]]
) -> None:
    pair = Pair(fingerprints)
    pairs.append(pair)
    await asyncio.wait({pair.task}, timeout=5)
    assert pair.server.closed
    assert pair.server.sending is None
    assert pair.server.receiving is None


async def test_fingerprints_are_compared_without_case(pairs: list[Pair]) -> None:
    pair = Pair([("SHA-256", fingerprint(THEIRS).split()[1].lower()), ("unknown", "x")])
    pairs.append(pair)
    assert await pair.task
    assert pair.server.sending is not None


async def test_the_peers_closing_alert_is_detected(pairs: list[Pair]) -> None:
    pair = Pair()
    pairs.append(pair)
    assert await pair.task
    await pair.client.stop()
    assert pair.server.closed


async def test_the_peer_detects_our_closing_alert(pairs: list[Pair]) -> None:
    pair = Pair()
    pairs.append(pair)
    assert await pair.task
    pair.server.close()
    await until(lambda: pair.client.closed, 5)
    sent = len(pair.to_client)
    pair.server.close()
    pair.server.on_datagram(pair.to_server[0])
    assert len(pair.to_client) == sent, "nothing is said after it"


async def test_a_forged_closing_alert_is_ignored(pairs: list[Pair]) -> None:
    pair = Pair()
    pairs.append(pair)
    assert await pair.task
    for epoch in range(3):
        header = b"\x15\xfe\xfd" + epoch.to_bytes(2, "big") + (7).to_bytes(6, "big")
        pair.server.on_datagram(header + b"\x00\x02\x01\x00")
        pair.server.on_datagram(header + b"\x00\x1a" + secrets.token_bytes(26))
    assert not pair.server.closed


async def test_a_last_flight_that_was_lost_is_sent_again(pairs: list[Pair]) -> None:
    pair = Pair()
    pairs.append(pair)
    change_cipher_spec = 20
    pair.lose_to_client = lambda data: data[0] == change_cipher_spec and pair.server.sending is not None
    await until(lambda: pair.server.sending is not None, 5)
    lost = len(pair.to_client)
    assert not pair.client.encrypted
    pair.lose_to_client = lambda data: False
    assert await asyncio.wait_for(pair.task, 10), "the client asks again by repeating its own"
    assert len(pair.to_client) > lost
    assert pair.client.sending == pair.server.sending
    await pair.client.stop()
    assert pair.server.closed


async def test_an_unanswered_flight_is_sent_again(pairs: list[Pair]) -> None:
    pair = Pair()
    pairs.append(pair)
    handshake = 22
    lost: list[bytes] = []

    def lose(data: bytes) -> bool:
        if data[0] == handshake and len(lost) < 1:
            lost.append(data)
            return True
        return False

    pair.lose_to_client = lose

    async def tick() -> None:
        while not pair.task.done():
            await asyncio.sleep(0.1)
            pair.server.resend_flight()

    await asyncio.wait_for(tick(), 10)
    assert lost
    assert pair.task.result()
    assert pair.server.sending == pair.client.sending


async def test_no_connection_exists_before_the_first_datagram() -> None:
    waiting = Dtls(CERTIFICATE, [], lambda data: None)
    waiting.resend_flight()
    assert waiting._ssl is None
    assert not waiting.closed


async def test_closing_frees_the_connection(pairs: list[Pair]) -> None:
    pair = Pair()
    pairs.append(pair)
    assert await pair.task
    pair.server.close()
    gc.collect()
    assert pair.server._ssl is None


def hello(ciphers: bytes) -> bytes:
    """The first flight of a client with these suites."""
    context = RTCCertificate.generateCertificate()._create_ssl_context(list(PROFILES))
    context.set_cipher_list(ciphers)
    client = SSL.Connection(context)
    client.set_connect_state()
    with contextlib.suppress(SSL.WantReadError):
        client.do_handshake()
    return client.bio_read(DATAGRAM_BYTES_MAX)


AEAD = {0xC02B, 0xCCA9}  # ECDHE-ECDSA with AES-128-GCM, and with ChaCha20-Poly1305


def agreed_on(flight: bytes) -> int:
    """The suite in a ServerHello (RFC 6347, 4.2.2; RFC 5246, 7.4.1.3): behind two headers, version, random, session."""
    session = 13 + 12 + 2 + 32
    at = session + 1 + flight[session]
    return int.from_bytes(flight[at : at + 2], "big")


@pytest.mark.parametrize(
    ("ciphers", "refused"),
    [
        (b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA", True),
        (b"ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-GCM-SHA256", False),
        (b"ALL:!LOW:!EXP:!RC4:!MD5:@STRENGTH", False),  # OBS
        (b"ALL:!ADH:!LOW:!EXP:!MD5:@STRENGTH", False),  # GStreamer
    ],
)
def test_only_suites_that_authenticate_what_they_encrypt_are_agreed_on(ciphers: bytes, refused: bool) -> None:
    sent: list[bytes] = []
    server = Dtls(CERTIFICATE, [("sha-256", "00")], sent.append)
    server.on_datagram(hello(ciphers))
    assert server.closed is refused
    assert refused or agreed_on(sent[0]) in AEAD
    server.close()


def test_a_certificates_context_is_created_once() -> None:
    one, other = Dtls(CERTIFICATE, [], lambda data: None), Dtls(CERTIFICATE, [], lambda data: None)
    for dtls in (one, other):
        dtls.on_datagram(b"\x16" + bytes(50))
    assert one._ssl is not None
    assert other._ssl is not None
    assert one._ssl.get_context() is other._ssl.get_context() is CERTIFICATE.context
    assert CERTIFICATE.context.get_session_cache_mode() == 0


@given(st.lists(st.binary(min_size=1, max_size=300).map(lambda data: bytes((22,)) + data), max_size=8))
def test_no_input_from_a_peer_raises(received: list[bytes]) -> None:
    sent: list[bytes] = []
    dtls = Dtls(CERTIFICATE, [("sha-256", "00")], sent.append)
    for data in received:
        dtls.on_datagram(data)
        dtls.resend_flight()
    dtls.close()
    assert dtls.sending is None
    assert len(sent) <= len(received) + 1, "and nothing is made more of"


@given(st.lists(st.integers(0, 1100), max_size=20))
def test_a_flight_is_split_between_records(sizes: list[int]) -> None:
    records = [b"\x16\xfe\xfd" + bytes(8) + size.to_bytes(2, "big") + secrets.token_bytes(size) for size in sizes]
    cut = list(datagrams(b"".join(records)))
    assert b"".join(cut) == b"".join(records)
    assert all(len(datagram) <= DATAGRAM_BYTES_MAX for datagram in cut)
    starts = {0}
    for record in records:
        starts.add(max(starts) + len(record))
    at = 0
    for datagram in cut:
        at += len(datagram)
        assert at in starts

"""Every opener must decrypt each packet of the peer once, and nothing else. Also tests the RTCP sealer."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.media.kernel import KernelReceiveEngine, unavailable
from live.media.transport.feedback_filter import DATAGRAM_BYTES_MAX
from live.media.transport.receive_engine import PythonReceiveEngine, ReceiveEngine
from live.media.transport.srtp import (
    AEAD_AES_128_GCM,
    AES128_CM_SHA1_80,
    RTCP_INDEX_MAX,
    SOURCES_MAX,
    LibsrtpOpener,
    MasterKey,
    Profile,
    sealer,
)

READINGS: dict[str, Callable[[], ReceiveEngine]] = {"python": PythonReceiveEngine}
if not unavailable():  # tests/live/media/kernel/test_kernel.py checks that it is built where possible
    from live.media.kernel import _kernel

    for name in _kernel.CIPHERS:
        READINGS[f"C/{name}"] = lambda name=name: KernelReceiveEngine(name)  # type: ignore[misc]

PROFILES = [AEAD_AES_128_GCM, AES128_CM_SHA1_80]
profiles = pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
SSRC = 0x12345678
REPLAY = 1000  # packets: the size of every opener's replay window


@pytest.fixture(params=READINGS)
def reading(request: pytest.FixtureRequest) -> ReceiveEngine:
    return READINGS[request.param]()


def master(profile: Profile) -> MasterKey:
    return MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))


def header(sequence: int, ssrc: int = SSRC, sources: bytes = b"", extensions: bytes = b"") -> bytes:
    first = 0x80 | len(sources) // 4 | (0x10 if extensions else 0)
    head = struct.pack("!BBHLL", first, 96, sequence & 0xFFFF, sequence * 90 & 0xFFFFFFFF, ssrc) + sources
    return head + (struct.pack("!HH", 0xBEDE, len(extensions) // 4) + extensions if extensions else b"")


def report(words: int, ssrc: int = SSRC) -> bytes:
    return struct.pack("!BBHL", 0x80, 201, 1 + words, ssrc) + secrets.token_bytes(4 * words)


@profiles
def test_packets_of_every_length_are_decrypted(reading: ReceiveEngine, profile: Profile) -> None:
    key = master(profile)
    opener, seal = reading.opener(key), sealer(key).seal
    for size in range(1150):
        extensions, sources = secrets.token_bytes(size % 50 * 4), secrets.token_bytes(size % 16 * 4)
        head, payload = header(size, sources=sources, extensions=extensions), secrets.token_bytes(size)
        assert opener.open(head + seal(SSRC, size, head, payload)) == head + payload, size


@profiles
def test_reports_of_every_length_are_decrypted(reading: ReceiveEngine, profile: Profile) -> None:
    key = master(profile)
    opener, theirs, ours = reading.opener(key), sealer(key), reading.sealer(key)
    for words in range(360):
        packet = report(words)
        sealed = theirs.seal_rtcp(packet, words + 1)
        assert ours.seal_rtcp(packet, words + 1) == sealed
        assert opener.open_rtcp(sealed) == packet
        assert opener.open_rtcp(sealed) is None, "it is a replay"


@profiles
def test_a_changed_byte_anywhere_is_refused(reading: ReceiveEngine, profile: Profile) -> None:
    key = master(profile)
    opener, theirs = reading.opener(key), sealer(key)
    head = header(5, sources=b"1234", extensions=b"abcd" * 10)
    sealed = head + theirs.seal(SSRC, 5, head, b"a payload of some bytes")
    compound = theirs.seal_rtcp(report(3), 7)
    for whole, take in ((sealed, opener.open), (compound, opener.open_rtcp)):
        for at in range(len(whole)):
            for bit in (1, 128):
                assert take(whole[:at] + bytes((whole[at] ^ bit,)) + whole[at + 1 :]) is None, at
            assert take(whole[:at]) is None, at
        assert take(whole + b"\0") is None
        assert take(whole + bytes(DATAGRAM_BYTES_MAX)) is None
        assert take(whole) is not None
        assert take(whole) is None, "it is a replay"


@profiles
@given(data=st.data())
@settings(max_examples=60)
@pytest.mark.parametrize("name", [name for name in READINGS if name != "python"])
def test_order_replays_and_rollovers_are_judged_as_by_libsrtp(name: str, profile: Profile, data: st.DataObject) -> None:
    key = master(profile)
    ours, theirs, seal = READINGS[name]().opener(key), LibsrtpOpener(key), sealer(key).seal
    index = data.draw(st.integers(0, 65_535))
    steps = st.one_of(st.integers(-REPLAY, 5), st.integers(-3, 3), st.sampled_from([20_000, 32_000, 1_100]))
    for step in [0, *data.draw(st.lists(steps, max_size=60))]:
        wanted = index + step
        if wanted < 0:
            continue
        index = max(index, wanted)
        head = header(wanted)
        sealed = head + seal(SSRC, wanted, head, b"payload")
        assert ours.open(sealed) == theirs.open(sealed), (index, step)


@profiles
def test_packets_too_old_are_refused(reading: ReceiveEngine, profile: Profile) -> None:
    key = master(profile)
    opener, seal = reading.opener(key), sealer(key).seal

    def arrives(index: int) -> bool:
        return opener.open(header(index) + seal(SSRC, index, header(index), b"x")) is not None

    assert all(arrives(index) for index in (0, 30_000, 60_000, 80_000, 80_000 - REPLAY))
    assert not arrives(80_000 - 1030)
    assert not arrives(80_000)
    assert arrives(80_001)


@profiles
def test_sources_are_limited_per_peer(reading: ReceiveEngine, profile: Profile) -> None:
    key = master(profile)
    opener, theirs = reading.opener(key), sealer(key)
    forged = sealer(master(profile))
    for ssrc in range(100, 200):
        head = header(1, ssrc)
        assert opener.open(head + forged.seal(ssrc, 1, head, b"x")) is None, "and it takes no place"
    for ssrc in range(SOURCES_MAX + 4):
        head = header(1, ssrc)
        opened = opener.open(head + theirs.seal(ssrc, 1, head, b"x"))
        assert (opened is not None) == (ssrc < SOURCES_MAX)
        assert (opener.open_rtcp(theirs.seal_rtcp(report(1, ssrc), 1)) is not None) == (ssrc < SOURCES_MAX)


@profiles
@given(data=st.binary(max_size=100))
@pytest.mark.parametrize("name", READINGS)
def test_no_input_raises(name: str, profile: Profile, data: bytes) -> None:
    opener = READINGS[name]().opener(master(profile))
    for first in (data, b"\x80\x60" + data, b"\x90\x60" + data, b"\x81\xc8" + data):
        assert opener.open(first) is None
        assert opener.open_rtcp(first) is None


@profiles
def test_unencrypted_reports_are_refused(reading: ReceiveEngine, profile: Profile) -> None:
    key = master(profile)
    sealed = sealer(key).seal_rtcp(report(2), 5)
    at = len(sealed) - (4 if profile.aead else 14)
    assert reading.opener(key).open_rtcp(sealed[:at] + bytes((sealed[at] & 127,)) + sealed[at + 1 :]) is None


def test_an_index_is_never_used_twice(reading: ReceiveEngine) -> None:
    """The last index can be used, and then none is left."""
    key = master(AEAD_AES_128_GCM)
    packet = report(1)
    assert reading.opener(key).open_rtcp(reading.sealer(key).seal_rtcp(packet, RTCP_INDEX_MAX)) == packet

"""SRTP and SRTCP are compatible with libsrtp, also across rollovers of the sequence number."""

from __future__ import annotations

import secrets
import struct

import pylibsrtp
import pytest

from live.media.transport.srtp import (
    AEAD_AES_128_GCM,
    AES128_CM_SHA1_80,
    SOURCES_MAX,
    LibsrtpOpener,
    MasterKey,
    Profile,
    derive,
    sealer,
)

SSRC = 0x12345678
profiles = pytest.mark.parametrize("profile", [AEAD_AES_128_GCM, AES128_CM_SHA1_80], ids=lambda p: p.name)


def master(profile: Profile) -> MasterKey:
    return MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))


def receiver(key: MasterKey) -> pylibsrtp.Session:
    return pylibsrtp.Session(
        pylibsrtp.Policy(
            key=key.key + key.salt, ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND, srtp_profile=key.profile.libsrtp
        )
    )


def header(sequence: int) -> bytes:
    return struct.pack("!BBHLL", 0x80, 96, sequence & 0xFFFF, sequence * 90 & 0xFFFFFFFF, SSRC)


def test_keys_are_derived_as_in_rfc_3711() -> None:
    key = MasterKey(
        AES128_CM_SHA1_80,
        bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139"),
        bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6"),
    )  # appendix B.3
    assert derive(key, 0, 16).hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert derive(key, 2, 14).hex().upper() == "30CBBC08863D8C85D49DB34A9AE1"
    assert derive(key, 1, 20).hex().upper() == "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"


@profiles
def test_libsrtp_reads_every_packet_over_a_rollover(profile: Profile) -> None:
    key = master(profile)
    ours, theirs = sealer(key), receiver(key)
    for index in range(65_000, 65_536 * 2 + 500):
        if 66_500 < index < 131_000 and index % 97:  # far from a rollover, a sample is enough
            continue
        head, payload = header(index), b"%d" % index * (1 + index % 40)
        assert theirs.unprotect(head + ours.seal(SSRC, index, head, payload)) == head + payload


@profiles
def test_libsrtp_reads_our_rtcp(profile: Profile) -> None:
    key = master(profile)
    ours, theirs = sealer(key), receiver(key)
    for index in range(1, 200):
        packet = struct.pack("!BBHL", 0x80, 201, 1 + index % 5, SSRC) + bytes(4 * (index % 5))
        assert theirs.unprotect_rtcp(ours.seal_rtcp(packet, index)) == packet


@profiles
def test_libsrtps_packets_are_decrypted_and_others_refused(profile: Profile) -> None:
    key = master(profile)
    policy = pylibsrtp.Policy(
        key=key.key + key.salt, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile.libsrtp
    )
    theirs, ours = pylibsrtp.Session(policy), LibsrtpOpener(key)
    packet = header(7) + b"payload"
    sealed = theirs.protect(packet)
    assert ours.open(sealed[:-1] + bytes((sealed[-1] ^ 1,))) is None
    assert ours.open(sealed) == packet
    assert ours.open(sealed) is None, "it is a replay"
    assert ours.open(sealed[:13]) is None
    assert ours.open(sealed + bytes(2000)) is None


def test_sources_are_limited_per_peer() -> None:
    key = master(AEAD_AES_128_GCM)
    policy = pylibsrtp.Policy(
        key=key.key + key.salt, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND, srtp_profile=key.profile.libsrtp
    )
    theirs, ours = pylibsrtp.Session(policy), LibsrtpOpener(key)
    packets = [struct.pack("!BBHLL", 0x80, 96, 1, 1, ssrc) + b"x" for ssrc in range(SOURCES_MAX + 1)]
    opened = [ours.open(theirs.protect(packet)) for packet in packets]
    assert opened == [*packets[:-1], None]

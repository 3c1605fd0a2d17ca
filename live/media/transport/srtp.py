"""SRTP and SRTCP (RFC 3711, RFC 7714): one packet goes to many receivers, each with its own key.

We encrypt ourselves, because the fan-out knows the index of every packet, and libsrtp would keep state per subscriber
to work it out again. Decrypting is done by libsrtp here; the kernel in C has an opener of its own."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from typing import Protocol

import pylibsrtp
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TAG_BYTES_GCM = 16
TAG_BYTES_SHA1_80 = 10
RTCP_INDEX_MAX = (1 << 31) - 1
RTCP_ENCRYPTED = 1 << 31
SOURCES_MAX = 16  # SSRCs that one peer may send: each needs state

_LABEL_RTP, _LABEL_RTCP = 0, 3  # labels of the encryption keys; authentication key and salt have the next two


@dataclass(frozen=True, slots=True)
class Profile:
    """A protection profile as DTLS names it (RFC 5764, 4.1.2)."""

    name: str
    libsrtp: int
    salt_bytes: int
    aead: bool


AEAD_AES_128_GCM = Profile("SRTP_AEAD_AES_128_GCM", pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 12, True)
AES128_CM_SHA1_80 = Profile("SRTP_AES128_CM_SHA1_80", pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80, 14, False)
KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One direction's master key and salt, from the DTLS handshake."""

    profile: Profile
    key: bytes
    salt: bytes


def derive(master: MasterKey, label: int, size: int) -> bytes:
    """RFC 3711, 4.3.1, at key derivation rate zero. A 96-bit salt counts as 112 bits, padded right (RFC 7714)."""
    block = int.from_bytes(master.salt.ljust(14, b"\0"), "big") ^ label << 48
    return _keystream(master.key, block << 16, bytes(size))


def _keystream(key: bytes, counter: int, data: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(counter.to_bytes(16, "big"))).encryptor().update(data)


class RtcpSealer(Protocol):
    """Encrypts the RTCP of one direction."""

    def seal_rtcp(self, packet: bytes, index: int) -> bytes:
        """Encrypt a compound packet. `index` has 31 bits and must never repeat."""


class Sealer(RtcpSealer, Protocol):
    """Also encrypts media. A media index is the rollover counter and the sequence number, 48 bits."""

    def seal(self, ssrc: int, index: int, header: bytes, payload: bytes) -> bytes:
        """The encrypted payload and tag that follow `header`."""


class Opener(Protocol):
    """Decrypts a peer's packets. Returns None for forged or replayed ones, and for SSRCs beyond SOURCES_MAX.

    Every implementation passes tests/live/media/transport/test_opener.py."""

    def open(self, data: bytes) -> bytes | None: ...

    def open_rtcp(self, data: bytes) -> bytes | None: ...


class GcmSealer:
    """RFC 7714. The nonce is two zero bytes, SSRC and index, XORed with the salt."""

    def __init__(self, master: MasterKey) -> None:
        cipher = AESGCM(derive(master, _LABEL_RTP, KEY_BYTES))
        self._encrypt, self.encrypt_into = cipher.encrypt, cipher.encrypt_into
        self.salt = int.from_bytes(derive(master, _LABEL_RTP + 2, 12), "big")
        self._encrypt_rtcp = AESGCM(derive(master, _LABEL_RTCP, KEY_BYTES)).encrypt
        self._salt_rtcp = int.from_bytes(derive(master, _LABEL_RTCP + 2, 12), "big")

    def seal(self, ssrc: int, index: int, header: bytes, payload: bytes) -> bytes:
        return self._encrypt((self.salt ^ ssrc << 48 ^ index).to_bytes(12, "big"), payload, header)

    def seal_rtcp(self, packet: bytes, index: int) -> bytes:
        trailer = struct.pack("!L", RTCP_ENCRYPTED | index)
        nonce = (self._salt_rtcp ^ int.from_bytes(packet[4:8], "big") << 48 ^ index).to_bytes(12, "big")
        return packet[:8] + self._encrypt_rtcp(nonce, packet[8:], packet[:8] + trailer) + trailer


class CounterModeSealer:
    """RFC 3711, AES in counter mode and 80 bits of HMAC-SHA1: for peers that do not offer GCM."""

    def __init__(self, master: MasterKey) -> None:
        self._key, self._authentication, self._salt = self._derive(master, _LABEL_RTP)
        self._key_rtcp, self._authentication_rtcp, self._salt_rtcp = self._derive(master, _LABEL_RTCP)

    @staticmethod
    def _derive(master: MasterKey, label: int) -> tuple[bytes, bytes, int]:
        salt = int.from_bytes(derive(master, label + 2, 14), "big") << 16
        return derive(master, label, KEY_BYTES), derive(master, label + 1, 20), salt

    def seal(self, ssrc: int, index: int, header: bytes, payload: bytes) -> bytes:
        sealed = _keystream(self._key, self._salt ^ ssrc << 64 ^ index << 16, payload)
        rollover = (index >> 16).to_bytes(4, "big")
        tag = hmac.digest(self._authentication, header + sealed + rollover, "sha1")
        return sealed + tag[:TAG_BYTES_SHA1_80]

    def seal_rtcp(self, packet: bytes, index: int) -> bytes:
        ssrc = int.from_bytes(packet[4:8], "big")
        sealed = packet[:8] + _keystream(self._key_rtcp, self._salt_rtcp ^ ssrc << 64 ^ index << 16, packet[8:])
        sealed += struct.pack("!L", RTCP_ENCRYPTED | index)
        return sealed + hmac.digest(self._authentication_rtcp, sealed, "sha1")[:TAG_BYTES_SHA1_80]


def sealer(master: MasterKey) -> GcmSealer | CounterModeSealer:
    return GcmSealer(master) if master.profile.aead else CounterModeSealer(master)


class LibsrtpOpener:
    def __init__(self, master: MasterKey) -> None:
        policy = pylibsrtp.Policy(
            key=master.key + master.salt,
            ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
            srtp_profile=master.profile.libsrtp,
        )
        policy.window_size = 1024
        self._session = pylibsrtp.Session(policy)
        self._sources: set[bytes] = set()

    def open(self, data: bytes) -> bytes | None:
        return self._unprotect(self._session.unprotect, data, data[8:12])

    def open_rtcp(self, data: bytes) -> bytes | None:
        return self._unprotect(self._session.unprotect_rtcp, data, data[4:8])

    def _unprotect(self, unprotect, data: bytes, source: bytes) -> bytes | None:  # type: ignore[no-untyped-def]
        if source not in self._sources and len(self._sources) >= SOURCES_MAX:
            return None
        try:
            opened: bytes = unprotect(data)
        except (pylibsrtp.Error, ValueError):  # ValueError: longer than any packet
            return None
        self._sources.add(source)
        return opened

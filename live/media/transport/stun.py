"""STUN as an ICE-lite server needs it (RFC 8489, RFC 8445): parse, authenticate and answer binding requests; and send
requests of our own to verify a peer's new address.

Bytes in, bytes out.
"""

from __future__ import annotations

import hmac
import socket
import struct
from dataclasses import dataclass
from zlib import crc32

BINDING_REQUEST = 0x0001
BINDING_SUCCESS = 0x0101
MAGIC_COOKIE = 0x2112A442
HEADER_BYTES = 20
MESSAGE_BYTES_MAX = 1024
ATTRIBUTES_MAX = 24

USERNAME = 0x0006
MESSAGE_INTEGRITY = 0x0008
USE_CANDIDATE = 0x0025
XOR_MAPPED_ADDRESS = 0x0020
PRIORITY = 0x0024
ICE_CONTROLLED = 0x8029
FINGERPRINT = 0x8028
FINGERPRINT_XOR = 0x5354554E

PEER_REFLEXIVE_PRIORITY = (110 << 24 | 0xFFFF << 8 | 0xFF).to_bytes(4, "big")  # RFC 8445, 5.1.2.1

_HEADER = struct.Struct("!HHL12s")
_ATTRIBUTE = struct.Struct("!HH")
_INTEGRITY_BYTES = _ATTRIBUTE.size + 20
_FINGERPRINT_BYTES = _ATTRIBUTE.size + 4


@dataclass(frozen=True, slots=True)
class BindingRequest:
    transaction: bytes  # 12 bytes
    ufrag: bytes  # ours: the part of USERNAME before the colon
    use_candidate: bool
    integrity_at: int  # where MESSAGE-INTEGRITY begins


def parse_request(data: bytes) -> BindingRequest | None:
    """A well-formed binding request that carries USERNAME and MESSAGE-INTEGRITY; None for anything else."""
    size = len(data)
    if not HEADER_BYTES <= size <= MESSAGE_BYTES_MAX:
        return None
    kind, length, cookie, transaction = _HEADER.unpack_from(data)
    if kind != BINDING_REQUEST or cookie != MAGIC_COOKIE or length != size - HEADER_BYTES or length & 3:
        return None
    ufrag, use_candidate, at = b"", False, HEADER_BYTES
    for _ in range(ATTRIBUTES_MAX):
        if at + _ATTRIBUTE.size > size:
            return None
        attribute, length = _ATTRIBUTE.unpack_from(data, at)
        value = at + _ATTRIBUTE.size
        if value + length > size:
            return None
        if attribute == USERNAME:
            ufrag = data[value : value + length].partition(b":")[0]
        elif attribute == USE_CANDIDATE:
            use_candidate = True
        elif attribute == MESSAGE_INTEGRITY:  # what follows is not protected: ignore it
            return BindingRequest(transaction, ufrag, use_candidate, at) if ufrag and length == 20 else None
        at = value + length + (-length & 3)
    return None


def is_authentic(data: bytes, request: BindingRequest, password: bytes) -> bool:
    """Whether MESSAGE-INTEGRITY was computed with `password` (RFC 8489, 14.5)."""
    return _is_signed(data, request.integrity_at, password)


def _is_signed(data: bytes, at: int, password: bytes) -> bool:
    covered = data[:2] + (at - HEADER_BYTES + _INTEGRITY_BYTES).to_bytes(2, "big") + data[4:at]
    given = data[at + _ATTRIBUTE.size : at + _INTEGRITY_BYTES]
    return hmac.compare_digest(hmac.digest(password, covered, "sha1"), given)


def success(transaction: bytes, address: tuple[str, int], password: bytes) -> bytes:
    """The answer: the address that the request came from, signed with the same password."""
    return _signed(BINDING_SUCCESS, transaction, _xor_mapped_address(transaction, address), password)


def _signed(kind: int, transaction: bytes, attributes: bytes, password: bytes) -> bytes:
    length = len(attributes) + _INTEGRITY_BYTES
    message = _HEADER.pack(kind, length, MAGIC_COOKIE, transaction) + attributes
    message += _ATTRIBUTE.pack(MESSAGE_INTEGRITY, 20) + hmac.digest(password, message, "sha1")
    message = message[:2] + (length + _FINGERPRINT_BYTES).to_bytes(2, "big") + message[4:]
    return message + struct.pack("!HHL", FINGERPRINT, 4, crc32(message) ^ FINGERPRINT_XOR)


def request(transaction: bytes, username: bytes, password: bytes) -> bytes:
    """A binding request to a peer. `username` is its ufrag, a colon and ours; `password` is the peer's."""
    attributes = _ATTRIBUTE.pack(USERNAME, len(username)) + username + bytes(-len(username) % 4)
    attributes += _ATTRIBUTE.pack(PRIORITY, 4) + PEER_REFLEXIVE_PRIORITY
    attributes += _ATTRIBUTE.pack(ICE_CONTROLLED, 8) + transaction[:8]
    return _signed(BINDING_REQUEST, transaction, attributes, password)


def is_success(data: bytes, transaction: bytes, password: bytes) -> bool:
    """Whether this is the peer's authentic answer to our request."""
    if not HEADER_BYTES + _INTEGRITY_BYTES <= len(data) <= MESSAGE_BYTES_MAX:
        return False
    kind, _, cookie, given = _HEADER.unpack_from(data)
    if kind != BINDING_SUCCESS or cookie != MAGIC_COOKIE or given != transaction:
        return False
    at = HEADER_BYTES
    while at + _INTEGRITY_BYTES <= len(data):
        attribute, length = _ATTRIBUTE.unpack_from(data, at)
        if attribute == MESSAGE_INTEGRITY:
            return _is_signed(data, at, password)
        at += _ATTRIBUTE.size + length + (-length & 3)
    return False


def _xor_mapped_address(transaction: bytes, address: tuple[str, int]) -> bytes:
    host, port = address[0].partition("%")[0], address[1] ^ MAGIC_COOKIE >> 16
    if ":" in host and "." not in host:  # an IPv4-mapped address has dots
        key = int.from_bytes(MAGIC_COOKIE.to_bytes(4, "big") + transaction, "big")
        packed = (int.from_bytes(socket.inet_pton(socket.AF_INET6, host), "big") ^ key).to_bytes(16, "big")
        return struct.pack("!HHBBH", XOR_MAPPED_ADDRESS, 20, 0, 2, port) + packed
    packed = (int.from_bytes(socket.inet_aton(host.removeprefix("::ffff:")), "big") ^ MAGIC_COOKIE).to_bytes(4, "big")
    return struct.pack("!HHBBH", XOR_MAPPED_ADDRESS, 8, 0, 1, port) + packed

"""DTLS over the port, by aiortc: the handshake, whose keys we take, and the alert that says goodbye.

aiortc has no public way to any of this. What is reached for is all in this file, and tests/live/test_pins.py holds it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    State,
)

from live import srtp

PROFILES = {
    SRTP_AEAD_AES_128_GCM: srtp.AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80: srtp.AES128_CM_SHA1_80,
}
CERTIFICATE_S_MAX = 7 * 24 * 3600  # aiortc's certificates are valid for 30 days
EXPORTER_LABEL = b"EXTRACTOR-dtls_srtp"  # RFC 5764, 4.2


class Certificates:
    """The server's certificate, made anew before it grows old."""

    def __init__(self) -> None:
        self._current: RTCCertificate | None = None
        self._made_at = 0.0

    def current(self) -> RTCCertificate:
        if self._current is None or time.monotonic() - self._made_at > CERTIFICATE_S_MAX:
            self._current = RTCCertificate.generateCertificate()
            self._made_at = time.monotonic()
        return self._current


def fingerprint(certificate: RTCCertificate) -> str:
    """As SDP writes it."""
    return next(f"sha-256 {f.value}" for f in certificate.getFingerprints() if f.algorithm == "sha-256")


class Dtls(RTCDtlsTransport):
    """The server's side of a handshake. SRTP never passes through here: the port sees to that itself."""

    def __init__(self, transport: Any, certificate: RTCCertificate) -> None:
        super().__init__(transport, [certificate])
        self._srtp_profiles = list(PROFILES)  # in our order of preference: as server we choose
        self._set_role("server")
        self.sending: srtp.MasterKey | None = None
        self.receiving: srtp.MasterKey | None = None

    def _setup_srtp(self) -> None:
        """In place of aiortc's, which would make libsrtp sessions of the keys."""
        assert self._ssl is not None
        chosen = self._ssl.get_selected_srtp_profile()
        known = next((p for p in PROFILES if p.openssl_profile == chosen), None)
        if known is None:
            self._set_state(State.FAILED)
            return
        profile = PROFILES[known]
        material = self._ssl.export_keying_material(EXPORTER_LABEL, 2 * (known.key_length + known.salt_length))
        keys, salts = material[: 2 * known.key_length], material[2 * known.key_length :]
        client, server = (
            srtp.MasterKey(
                profile,
                keys[i * known.key_length : (i + 1) * known.key_length],
                salts[i * known.salt_length : (i + 1) * known.salt_length],
            )
            for i in (0, 1)
        )
        self.receiving, self.sending = client, server

    async def handshake(self, fingerprints: Sequence[tuple[str, str]]) -> bool:
        """Whether the peer is who its offer said; `fingerprints` are pairs of algorithm and value."""
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints])
        await self.start(parameters)
        return self._state is State.CONNECTED

    @property
    def closed(self) -> bool:
        """The peer said goodbye, or the handshake failed."""
        return self._state in (State.CLOSED, State.FAILED)


class DatagramQueue:
    """The transport `Dtls` reads from and writes to: handshake datagrams only, a few at a time."""

    DATAGRAMS_MAX = 64
    role = "controlled"
    state = "completed"

    def __init__(self, send: Any) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(self.DATAGRAMS_MAX)
        self._send_datagram = send

    def put(self, data: bytes) -> None:
        if not self._queue.full():
            self._queue.put_nowait(data)

    def close(self) -> None:
        """Whoever waits for a datagram learns that none will come."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def _recv(self) -> bytes:
        data = await self._queue.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)

"""The other end of a handshake, by aiortc: an implementation that is not ours.

aiortc has no public way to any of this; tests/live/test_pins.py holds what is reached for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
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

from live.media.transport import srtp
from live.media.transport.dtls import EXPORTER_LABEL

PROFILES = {
    SRTP_AEAD_AES_128_GCM: srtp.AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80: srtp.AES128_CM_SHA1_80,
}


def fingerprint(certificate: RTCCertificate) -> str:
    """As SDP writes it."""
    return next(f"sha-256 {f.value}" for f in certificate.getFingerprints() if f.algorithm == "sha-256")


class DtlsClient(RTCDtlsTransport):
    def __init__(self, transport: Any, certificate: RTCCertificate) -> None:
        super().__init__(transport, [certificate])
        self._srtp_profiles = list(PROFILES)
        self._set_role("client")
        self.sending: srtp.MasterKey | None = None  # the server sends with it
        self.receiving: srtp.MasterKey | None = None

    def _setup_srtp(self) -> None:
        """In place of aiortc's, which would make libsrtp sessions of the keys."""
        assert self._ssl is not None
        chosen = self._ssl.get_selected_srtp_profile()
        profile = next((p for p in PROFILES if p.openssl_profile == chosen), None)
        if profile is None:
            self._set_state(State.FAILED)
            return
        material = self._ssl.export_keying_material(EXPORTER_LABEL, 2 * (profile.key_length + profile.salt_length))
        self.receiving, self.sending = (
            srtp.MasterKey(PROFILES[profile], both[: profile.key_length], both[profile.key_length :])
            for both in (profile.get_key_and_salt(material, i) for i in (0, 1))
        )

    async def handshake(self, fingerprints: Sequence[tuple[str, str]]) -> bool:
        """Whether the peer is who its answer said; `fingerprints` are pairs of algorithm and value."""
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints])
        await self.start(parameters)
        return self._state is State.CONNECTED

    @property
    def closed(self) -> bool:
        """The peer said goodbye, or the handshake failed."""
        return self._state in (State.CLOSED, State.FAILED)


class DatagramQueue:
    """The transport `DtlsClient` reads from and writes to."""

    DATAGRAMS_MAX = 64
    role = "controlling"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(self.DATAGRAMS_MAX)
        self._send_datagram = send

    def put(self, data: bytes) -> None:
        if not self._queue.full():
            self._queue.put_nowait(data)

    async def _recv(self) -> bytes:
        return await self._queue.get()

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)

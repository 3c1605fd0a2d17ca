"""The other side of a DTLS handshake by aiortc, an independent implementation: the client, unless it is to wait.

aiortc has no public API for this; tests/live/test_pins.py checks the private parts we use.
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
    """The certificate's fingerprint in SDP's format."""
    return next(f"sha-256 {f.value}" for f in certificate.getFingerprints() if f.algorithm == "sha-256")


class DtlsClient(RTCDtlsTransport):
    def __init__(self, transport: Any, certificate: RTCCertificate, *, waits: bool = False) -> None:
        super().__init__(transport, [certificate])
        self._srtp_profiles = list(PROFILES)
        self._set_role("server" if waits else "client")
        self.sending: srtp.MasterKey | None = None  # the media server's send key
        self.receiving: srtp.MasterKey | None = None

    def _setup_srtp(self) -> None:
        """Replaces aiortc's method, which would create libsrtp sessions from the keys."""
        assert self._ssl is not None
        chosen = self._ssl.get_selected_srtp_profile()
        profile = next((p for p in PROFILES if p.openssl_profile == chosen), None)
        if profile is None:
            self._set_state(State.FAILED)
            return
        material = self._ssl.export_keying_material(EXPORTER_LABEL, 2 * (profile.key_length + profile.salt_length))
        self.receiving, self.sending = (
            srtp.MasterKey(PROFILES[profile], both[: profile.key_length], both[profile.key_length :])
            for both in (profile.get_key_and_salt(material, i) for i in ((1, 0) if self._role == "server" else (0, 1)))
        )

    async def handshake(self, fingerprints: Sequence[tuple[str, str]]) -> bool:
        """Whether the peer's certificate matches the answer's `fingerprints`, pairs of algorithm and value."""
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints])
        await self.start(parameters)
        return self._state is State.CONNECTED

    @property
    def closed(self) -> bool:
        """The peer closed the connection, or the handshake failed."""
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

"""DTLS-SRTP (RFC 5764): the handshake, whose keys we take, and the alert that says goodbye.

Certificates, ciphers, profiles and fingerprints are aiortc's, and so is OpenSSL beneath. Its transport is not: that has
a task, a queue and a context for every peer, where here datagrams go in and come out, without a socket, a task or a
clock. tests/live/test_pins.py holds what is reached for.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    X509_DIGEST_ALGORITHMS,
    RTCCertificate,
    certificate_digest,
)
from OpenSSL import SSL

from live.media.transport import srtp

CERTIFICATE_S_MAX = 7 * 24 * 3600  # aiortc's certificates are valid for 30 days
EXPORTER_LABEL = b"EXTRACTOR-dtls_srtp"  # RFC 5764, 4.2
DATAGRAM_BYTES_MAX = 1200  # of a flight: what every network lets through
FLIGHT_BYTES_MAX = 16 * 1024
_RECORD_HEADER_BYTES = 13
_APPLICATION_BYTES_MAX = 2048

OFFERED = [SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80]  # the first we both know
PROFILES = {p.name.encode(): p for p in (srtp.AEAD_AES_128_GCM, srtp.AES128_CM_SHA1_80)}


class Certificate:
    """Signed by itself: peers know it by its fingerprint. What OpenSSL makes of it is made once, for all of them."""

    def __init__(self) -> None:
        made = RTCCertificate.generateCertificate()
        self.fingerprint = next(f"sha-256 {f.value}" for f in made.getFingerprints() if f.algorithm == "sha-256")
        self.context = made._create_ssl_context(OFFERED)
        self.context.set_options(SSL.OP_NO_QUERY_MTU)
        self.context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # nobody resumes, and it would keep peers' certificates
        self.context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # a third of what a connection weighs


class Certificates:
    """The server's certificate, made anew before it grows old."""

    def __init__(self) -> None:
        self._current: Certificate | None = None
        self._made_at = 0.0

    def current(self) -> Certificate:
        if self._current is None or time.monotonic() - self._made_at > CERTIFICATE_S_MAX:
            self._current = Certificate()
            self._made_at = time.monotonic()
        return self._current


class Dtls:
    """The server's side of one association. SRTP never passes through here: the port sees to that itself."""

    __slots__ = ("_certificate", "_fingerprints", "_send", "_ssl", "closed", "receiving", "sending")

    def __init__(
        self, certificate: Certificate, fingerprints: Sequence[tuple[str, str]], send: Callable[[bytes], None]
    ) -> None:
        """`fingerprints`: of the certificate the peer's offer named, pairs of algorithm and value."""
        self.sending: srtp.MasterKey | None = None  # from when the peer has proved who it is
        self.receiving: srtp.MasterKey | None = None
        self.closed = False  # the peer said goodbye, or the handshake failed
        self._certificate = certificate
        self._fingerprints = fingerprints
        self._send = send
        self._ssl: SSL.Connection | None = None  # not before the peer's first datagram

    def receive(self, data: bytes) -> None:
        """Take a datagram, and send what it leads to. Never raises."""
        if self.closed:
            return
        if self._ssl is None:
            self._ssl = SSL.Connection(self._certificate.context)
            self._ssl.set_ciphertext_mtu(DATAGRAM_BYTES_MAX)
            self._ssl.set_accept_state()
        self._ssl.bio_write(data)
        if self.sending is None:
            self._shake_hands(self._ssl)
        else:
            self._read(self._ssl)
        self._flush(self._ssl)

    def tick(self) -> None:
        """Now and then, until the handshake is done: a flight that was not answered in time is sent again."""
        if self._ssl is None or self.closed or self.sending is not None:
            return
        try:
            if self._ssl.DTLSv1_get_timeout() == 0:
                self._ssl.DTLSv1_handle_timeout()
        except SSL.Error:  # sent in vain too often
            self.closed = True
        self._flush(self._ssl)

    def close(self) -> None:
        """Say goodbye, and forget everything. Harmless the second time."""
        if self._ssl is not None:
            with contextlib.suppress(SSL.Error):  # in the middle of the handshake there is no goodbye
                self._ssl.shutdown()
            self._flush(self._ssl)
            self._ssl = None
        self.closed = True

    def _shake_hands(self, ssl: SSL.Connection) -> None:
        try:
            ssl.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error:
            self.closed = True
            return
        profile = PROFILES.get(ssl.get_selected_srtp_profile())
        if profile is None or not self._is_expected(ssl):
            self.closed = True
            return
        keys = 2 * srtp.KEY_BYTES  # the client's and ours, then the salts in the same order
        material = ssl.export_keying_material(EXPORTER_LABEL, keys + 2 * profile.salt_bytes)
        self.receiving, self.sending = (
            srtp.MasterKey(profile, _nth(material[:keys], i), _nth(material[keys:], i)) for i in (0, 1)
        )

    def _is_expected(self, ssl: SSL.Connection) -> bool:
        """Whether the peer has the certificate of its offer: all the fingerprints we can compute are right."""
        certificate = ssl.get_peer_certificate(as_cryptography=True)
        known = [(algorithm.lower(), value.upper()) for algorithm, value in self._fingerprints]
        known = [pair for pair in known if pair[0] in X509_DIGEST_ALGORITHMS]
        return (
            certificate is not None and bool(known) and all(certificate_digest(certificate, a) == v for a, v in known)
        )

    def _read(self, ssl: SSL.Connection) -> None:
        """After the handshake: answer a last flight that comes again, and notice the goodbye."""
        try:
            while True:  # ends with what was received
                ssl.recv(_APPLICATION_BYTES_MAX)
        except SSL.ZeroReturnError:
            self.closed = True
        except SSL.Error:  # nothing more, or nothing that was ever good
            return

    def _flush(self, ssl: SSL.Connection) -> None:
        try:
            flight = ssl.bio_read(FLIGHT_BYTES_MAX)
        except SSL.Error:  # nothing to send
            return
        for datagram in datagrams(flight):
            self._send(datagram)


def _nth(pair: bytes, index: int) -> bytes:
    """One of two halves."""
    half = len(pair) // 2
    return pair[index * half : (index + 1) * half]


def datagrams(flight: bytes) -> Iterator[bytes]:
    """Cut what OpenSSL wrote, records end to end, where one record ends and another begins."""
    start = end = 0
    while end + _RECORD_HEADER_BYTES <= len(flight):
        following = end + _RECORD_HEADER_BYTES + int.from_bytes(flight[end + 11 : end + 13], "big")
        if following - start > DATAGRAM_BYTES_MAX and end > start:
            yield flight[start:end]
            start = end
        end = following
    if end > start:
        yield flight[start:end]

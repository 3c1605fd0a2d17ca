"""DTLS-SRTP (RFC 5764): the handshake, which gives the SRTP keys, and the closing alert.

We use aiortc's certificates, ciphers, profiles, fingerprints and OpenSSL bindings, but not its transport, which
has a task, a queue and a context for every peer: this class processes datagrams without a socket, a task or a
clock. tests/live/test_pins.py checks the parts of aiortc that have no public interface.
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
DATAGRAM_BYTES_MAX = 1200  # of a flight; fits every network
FLIGHT_BYTES_MAX = 16 * 1024
_RECORD_HEADER_BYTES = 13
_APPLICATION_BYTES_MAX = 2048

CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305"
"""Only AEAD. Every implementation has the first one (RFC 8827, 6.5), and our certificate is of its kind and curve."""
OFFERED = [SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80]  # in our order of preference
PROFILES = {p.name.encode(): p for p in (srtp.AEAD_AES_128_GCM, srtp.AES128_CM_SHA1_80)}


class Certificate:
    """Self-signed: peers know it by its fingerprint. All connections share its OpenSSL context."""

    def __init__(self) -> None:
        made = RTCCertificate.generateCertificate()
        self.fingerprint = next(f"sha-256 {f.value}" for f in made.getFingerprints() if f.algorithm == "sha-256")
        self.context = made._create_ssl_context(OFFERED)
        self.context.set_cipher_list(CIPHERS)
        self.context.set_options(SSL.OP_NO_QUERY_MTU)
        self.context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # it would keep peers' certificates
        self.context.set_mode(SSL.MODE_RELEASE_BUFFERS)  # saves a third of a connection's memory


class Certificates:
    """The server's certificate, renewed before it expires."""

    def __init__(self) -> None:
        self._current: Certificate | None = None
        self._made_at = 0.0

    def current(self) -> Certificate:
        if self._current is None or time.monotonic() - self._made_at > CERTIFICATE_S_MAX:
            self._current = Certificate()
            self._made_at = time.monotonic()
        return self._current


class Dtls:
    """Our side of one association. SRTP packets do not pass through here."""

    __slots__ = ("_certificate", "_client", "_fingerprints", "_send", "_ssl", "closed", "receiving", "sending")

    def __init__(
        self, certificate: Certificate, fingerprints: Sequence[tuple[str, str]], send: Callable[[bytes], None],
        *, client: bool = False,
    ) -> None:  # fmt: skip
        """`fingerprints`: pairs of algorithm and value, of the certificate that the peer's offer names. `client`: the
        peer waits for our handshake."""
        self.sending: srtp.MasterKey | None = None  # once the peer has proved its identity
        self.receiving: srtp.MasterKey | None = None
        self.closed = False  # by the peer, or because the handshake failed
        self._certificate = certificate
        self._client = client
        self._fingerprints = fingerprints
        self._send = send
        self._ssl: SSL.Connection | None = None  # made when the handshake begins

    def on_datagram(self, data: bytes) -> None:
        """Process a datagram and send the answer, if any. Never raises."""
        if self.closed:
            return
        ssl = self._ssl or self._open()
        ssl.bio_write(data)
        if self.sending is None:
            self._handshake(ssl)
        else:
            self._read(ssl)
        self._flush(ssl)

    def begin(self) -> None:
        """There is an address to send to: send the first flight if that is for us to do. Does nothing after that."""
        if self._client and self._ssl is None and not self.closed:
            ssl = self._open()
            self._handshake(ssl)
            self._flush(ssl)

    def _open(self) -> SSL.Connection:
        self._ssl = ssl = SSL.Connection(self._certificate.context)
        ssl.set_ciphertext_mtu(DATAGRAM_BYTES_MAX)
        if self._client:
            ssl.set_connect_state()
        else:
            ssl.set_accept_state()
        return ssl

    def resend_flight(self) -> None:
        """Resend an unanswered flight. Call it a few times a second until the handshake is done."""
        if self._ssl is None or self.closed or self.sending is not None:
            return
        try:
            if self._ssl.DTLSv1_get_timeout() == 0:
                self._ssl.DTLSv1_handle_timeout()
        except SSL.Error:  # sent too often
            self.closed = True
        self._flush(self._ssl)

    def close(self) -> None:
        """Send the closing alert and free everything. Idempotent."""
        if self._ssl is not None:
            with contextlib.suppress(SSL.Error):  # there is no closing alert before the handshake is done
                self._ssl.shutdown()
            self._flush(self._ssl)
            self._ssl = None
        self.closed = True

    def _handshake(self, ssl: SSL.Connection) -> None:
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
        clients, servers = (srtp.MasterKey(profile, _nth(material[:keys], i), _nth(material[keys:], i)) for i in (0, 1))
        self.sending, self.receiving = (clients, servers) if self._client else (servers, clients)

    def _is_expected(self, ssl: SSL.Connection) -> bool:
        """Whether the peer's certificate matches its offer: every fingerprint that we can compute must match."""
        certificate = ssl.get_peer_certificate(as_cryptography=True)
        known = [(algorithm.lower(), value.upper()) for algorithm, value in self._fingerprints]
        known = [pair for pair in known if pair[0] in X509_DIGEST_ALGORITHMS]
        return (
            certificate is not None and bool(known) and all(certificate_digest(certificate, a) == v for a, v in known)
        )

    def _read(self, ssl: SSL.Connection) -> None:
        """After the handshake: answer a repeated last flight, and detect the closing alert."""
        try:
            while True:  # until nothing is left
                ssl.recv(_APPLICATION_BYTES_MAX)
        except SSL.ZeroReturnError:
            self.closed = True
        except SSL.Error:  # nothing left, or an invalid record
            return

    def _flush(self, ssl: SSL.Connection) -> None:
        try:
            flight = ssl.bio_read(FLIGHT_BYTES_MAX)
        except SSL.Error:  # nothing to send
            return
        for datagram in datagrams(flight):
            self._send(datagram)


def _nth(pair: bytes, index: int) -> bytes:
    """One half of it: the first or the second."""
    half = len(pair) // 2
    return pair[index * half : (index + 1) * half]


def datagrams(flight: bytes) -> Iterator[bytes]:
    """Split OpenSSL's output at record boundaries into datagrams that fit."""
    start = end = 0
    while end + _RECORD_HEADER_BYTES <= len(flight):
        following = end + _RECORD_HEADER_BYTES + int.from_bytes(flight[end + 11 : end + 13], "big")
        if following - start > DATAGRAM_BYTES_MAX and end > start:
            yield flight[start:end]
            start = end
        end = following
    if end > start:
        yield flight[start:end]

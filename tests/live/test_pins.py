"""The private parts of aiortc that we depend on.

If one of these fails, check signaling/sdp.py and tests/live/media/transport/dtls_client.py before changing aiortc's
version."""

from __future__ import annotations

import ast
import inspect
import re
from importlib.metadata import version
from pathlib import Path

from aiortc import rtcdtlstransport, sdp
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport, State

from live.media.transport.dtls import EXPORTER_LABEL, OFFERED
from live.media.transport.dtls import PROFILES as SERVED
from tests.live.media.transport.dtls_client import PROFILES, DatagramQueue, DtlsClient, fingerprint

HINT = "aiortc changed a private part that we override or call"


def test_aiortc_has_the_version_we_checked() -> None:
    assert version("aiortc") == "1.16.0", HINT


def test_certificates_still_create_the_shared_ssl_context() -> None:
    """live/media/transport/dtls.py adds settings to this context and relies on the existing ones."""
    assert inspect.signature(RTCCertificate._create_ssl_context).parameters.keys() == {"self", "srtp_profiles"}, HINT
    source = inspect.getsource(RTCCertificate._create_ssl_context)
    for call in ("use_certificate(", "use_privatekey(", "set_cipher_list(", "set_tlsext_use_srtp(", "VERIFY_PEER"):
        assert call in source, HINT
    assert [p.openssl_profile for p in OFFERED] == list(SERVED), "the same names in the same order of preference"


def test_no_media_passes_through_aiortcs_transports() -> None:
    root = Path(__file__).resolve().parents[2]
    for file in (*(root / "live").glob("*.py"), *(root / "signaling").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aiortc"):
                allowed = node.module == "aiortc.sdp" or file.name == "dtls.py"
                assert allowed, file
                assert not any(name.name.endswith("Transport") for name in node.names), file


def test_the_handshake_still_calls_what_we_override() -> None:
    assert "self._setup_srtp()" in inspect.getsource(RTCDtlsTransport.start), HINT
    assert inspect.signature(RTCDtlsTransport._setup_srtp).parameters.keys() == {"self"}, HINT


def test_srtp_keys_are_still_exported_the_same_way() -> None:
    theirs = inspect.getsource(RTCDtlsTransport._setup_srtp)
    assert "self._ssl.get_selected_srtp_profile()" in theirs, HINT
    assert "self._ssl.export_keying_material(" in theirs, HINT
    assert EXPORTER_LABEL.decode() in theirs, HINT
    assert "self._srtp_profiles" in inspect.getsource(RTCDtlsTransport.start), HINT


def test_aiortc_still_uses_only_the_transport_methods_we_implement() -> None:
    source = inspect.getsource(rtcdtlstransport.RTCDtlsTransport)
    asked = set(re.findall(r"self\.transport\.(\w+)", source))
    assert asked <= {"_recv", "_send", "role"}, HINT
    assert all(hasattr(DatagramQueue, name) for name in asked), HINT


def test_aiortc_still_ignores_srtp_without_sessions() -> None:
    """The client decrypts media itself, so aiortc must not try to."""
    assert "and self._rx_srtp" in inspect.getsource(RTCDtlsTransport._recv_next), HINT


async def test_the_dtls_transport_has_the_attributes_we_use() -> None:
    made = DtlsClient(DatagramQueue(lambda data: None), RTCCertificate.generateCertificate())
    for name in ("_ssl", "_role", "_state", "_srtp_profiles", "_set_role", "_set_state", "_task", "_rx_srtp"):
        assert hasattr(made, name), f"{HINT}: {name}"
    assert made._role == "client", HINT
    assert {State.CLOSED, State.FAILED, State.CONNECTED} <= set(State), HINT
    assert all(p.openssl_profile.startswith(b"SRTP_") for p in PROFILES), HINT


def test_certificates_have_a_fingerprint_for_sdp() -> None:
    assert fingerprint(RTCCertificate.generateCertificate()).startswith("sha-256 "), HINT


def test_the_sdp_parser_has_the_attributes_we_read() -> None:
    media = sdp.MediaDescription("video", 9, "UDP/TLS/RTP/SAVPF", [96])
    for name in ("kind", "fmt", "profile", "direction", "rtp", "rtcp_mux", "dtls", "ice"):
        assert hasattr(media, name), f"signaling/sdp.py reads what aiortc.sdp gives: {name}"

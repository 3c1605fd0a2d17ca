"""The kernel's ciphers match AES-GCM and SRTP exactly."""

from __future__ import annotations

import ctypes
import secrets
import subprocess
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import live.media.kernel.build as building
from live.media.transport.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, MasterKey, Profile, sealer
from tests.live.media.kernel.kernel_here import buildable

PAYLOAD_BYTES_MAX = 1500
RTP = 0  # enum stream


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    made = tmp_path_factory.mktemp("ciphers") / "ciphers.so"
    sources = [str(building.FOLDER / "crypto" / name) for name in ("gcm_aesni.c", "gcm_vaes.c", "srtp.c")]
    flags = [flag for flag in (*building.FLAGS, *building.includes()) if flag != "-fvisibility=hidden"]
    subprocess.run([*building.compiler(), *flags, "-shared", *sources, "-lcrypto", "-o", str(made)], check=True)
    opened = ctypes.CDLL(str(made))
    for question in (opened.gcm_aesni_runs, opened.gcm_vaes_runs, opened.srtp_open):
        question.restype = ctypes.c_bool
    opened.srtp_seal.restype = ctypes.c_size_t
    return opened


def aligned(size: int) -> ctypes.Array[ctypes.c_char]:
    """Memory that begins at a multiple of 64."""
    block = ctypes.create_string_buffer(size + 64)
    return (ctypes.c_char * size).from_buffer(block, -ctypes.addressof(block) % 64)


class Nonce(ctypes.Structure):
    _fields_ = (("high", ctypes.c_uint64), ("low", ctypes.c_uint32))


Gcm = Callable[[bytes, bytes, bytes, bytes], bytes]


@pytest.fixture(params=["aesni", "vaes"])
def gcm(request: pytest.FixtureRequest, library: ctypes.CDLL) -> Gcm:
    if not getattr(library, f"gcm_{request.param}_runs")():
        pytest.skip("this processor does not have it")
    seal = getattr(library, f"gcm_seal_{request.param}")

    def encrypt(key: bytes, nonce: bytes, associated: bytes, text: bytes) -> bytes:
        expanded, out = aligned(512), aligned(2048)
        library.gcm_expand(expanded, key)
        behind = secrets.token_bytes(128)  # is read, but must not affect the result
        number = Nonce(int.from_bytes(nonce[:8], "big"), int.from_bytes(nonce[8:], "big"))
        sizes = ctypes.c_size_t(len(associated)), ctypes.c_size_t(len(text))
        seal(expanded, number, associated + behind, sizes[0], text + behind, sizes[1], out)
        return out.raw[: len(text) + 16]

    return encrypt


@buildable
@pytest.mark.parametrize(
    ("key", "nonce", "associated", "text", "sealed"),
    [
        ("00" * 16, "00" * 12, "", "", "58e2fccefa7e3061367f1d57a4e7455a"),
        ("00" * 16, "00" * 12, "", "00" * 16, "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
        (
            "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
            "4d5c2af327cd64a62cf35abd2ba6fab4",
        ),
        (
            "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
            "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
            "5bc94fbc3221a5db94fae95ae7121a47",
        ),
    ],
    ids=["nothing", "one block", "four blocks", "with associated data"],
)  # fmt: skip
def test_gcm_passes_the_specifications_test_cases(
    gcm: Gcm, key: str, nonce: str, associated: str, text: str, sealed: str
) -> None:
    """The test cases with 128-bit keys and 96-bit nonces from the specification of GCM."""
    given = (bytes.fromhex(part) for part in (key, nonce, associated, text))
    assert gcm(*given).hex() == sealed


@buildable
def test_gcm_equals_openssl_at_every_text_length(gcm: Gcm) -> None:
    for size in range(PAYLOAD_BYTES_MAX + 3):
        key, nonce, text = secrets.token_bytes(16), secrets.token_bytes(12), secrets.token_bytes(size)
        associated = secrets.token_bytes((12, 20, 24, size % 300)[size % 4])
        assert gcm(key, nonce, associated, text) == AESGCM(key).encrypt(nonce, text, associated), size


@buildable
def test_gcm_equals_openssl_at_every_header_length(gcm: Gcm) -> None:
    """Also longer than any header, because blocks are hashed eight at a time, then the rest."""
    for size in range(600):
        key, nonce, text = (
            secrets.token_bytes(16),
            secrets.token_bytes(12),
            secrets.token_bytes((0, 40, 1100)[size % 3]),
        )
        associated = secrets.token_bytes(size)
        assert gcm(key, nonce, associated, text) == AESGCM(key).encrypt(nonce, text, associated), size


@buildable
@pytest.mark.parametrize("profile", [AEAD_AES_128_GCM, AES128_CM_SHA1_80], ids=lambda p: p.name)
@pytest.mark.parametrize("cipher", [0, 1, 2], ids=["libcrypto", "AES-NI", "VAES"])
def test_srtp_equals_the_python_implementation_at_every_length(
    library: ctypes.CDLL, cipher: int, profile: Profile
) -> None:
    """test_srtp.py compares the Python implementation with libsrtp."""
    if not library.cipher_runs(cipher):
        pytest.skip("this processor does not have it")
    for size in range(PAYLOAD_BYTES_MAX + 3):
        if size % 100 == 0:
            key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))
            state, seal = aligned(1024), sealer(key).seal
            assert library.srtp_open(state, cipher, ctypes.c_bool(profile.aead), RTP, key.key, key.salt)
        header, text = secrets.token_bytes((12, 20, 24, size % 300)[size % 4]), secrets.token_bytes(size)
        ssrc, index = secrets.randbits(32), secrets.randbits(48)
        packet = aligned(2048)
        ctypes.memmove(packet, header, len(header))
        made = library.srtp_seal(
            state, ctypes.c_uint32(ssrc), ctypes.c_uint64(index), packet, ctypes.c_size_t(len(header)),
            text + bytes(128), ctypes.c_size_t(size),
        )  # fmt: skip
        assert packet.raw[:made] == header + seal(ssrc, index, header, text), size
        if size % 100 == 99:
            library.srtp_close(state)
            assert state.raw.strip(b"\0") == b"", "keys stay behind"

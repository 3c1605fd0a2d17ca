"""The headers of tus 1.0, parsed by pure functions."""

from __future__ import annotations

import base64
import hashlib

import pytest

from core.errors import MethodNotAllowed, Refusal, UnsupportedMediaType
from vod.errors import InvalidUpload, UnsupportedTusVersion, UploadTooLarge, WrongOffset
from vod.uploads import tus

BODY = {"content-type": tus.CONTENT_TYPE}


def in_base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize("given", [{}, {"tus-resumable": "0.2.2"}, {"tus-resumable": "1.0"}])
def test_another_version_is_refused_with_the_supported_one(given: dict[str, str]) -> None:
    with pytest.raises(UnsupportedTusVersion) as refusal:
        tus.check_version(given)
    assert refusal.value.status == 412
    assert refusal.value.headers["Tus-Version"] == "1.0.0"


def test_a_creation_has_length_name_and_caption() -> None:
    metadata = f"filename {in_base64('été.mp4')},caption {in_base64(' Bonjour à tous ')}, empty"
    created = tus.creation({"upload-length": "12", "upload-metadata": metadata})
    assert (created.length, created.filename, created.caption) == (12, "été.mp4", "Bonjour à tous")
    assert created.metadata == metadata
    assert not created.with_body


@pytest.mark.parametrize("length", ["", "-1", "+1", "1.5", "0x10", " 1", "1 ", "١", "1_000", "9" * 30])
def test_a_length_that_is_no_whole_number_is_refused(length: str) -> None:
    with pytest.raises(InvalidUpload):
        tus.creation({"upload-length": length})


def test_only_lengths_above_the_limit_are_refused() -> None:
    assert tus.creation({"upload-length": str(tus.UPLOAD_BYTES_MAX)}).length == 512 * 1024 * 1024
    with pytest.raises(UploadTooLarge) as refusal:
        tus.creation({"upload-length": str(tus.UPLOAD_BYTES_MAX + 1)})
    assert refusal.value.status == 413


@pytest.mark.parametrize("header", ["upload-defer-length", "upload-concat"])
def test_unsupported_extensions_are_refused(header: str) -> None:
    with pytest.raises(InvalidUpload):
        tus.creation({"upload-length": "1", header: "1"})


@pytest.mark.parametrize(
    "metadata",
    [
        "caption %%%",
        "caption //4=",  # not UTF-8
        f"caption {in_base64('a')},caption {in_base64('b')}",
        "caption " + in_base64("x" * 501),
        "x " + "A" * 9000,
    ],
)
def test_malformed_duplicate_or_too_long_metadata_is_refused(metadata: str) -> None:
    with pytest.raises(InvalidUpload):
        tus.creation({"upload-length": "1", "upload-metadata": metadata})


def test_control_characters_are_removed_from_captions() -> None:
    assert tus.metadata("caption " + in_base64("a\x00b\x1b[31mc")) == {"caption": "ab[31mc"}


def test_a_chunk_needs_its_content_type_and_offset() -> None:
    assert tus.chunk({**BODY, "upload-offset": "3", "content-length": "7"}) == tus.Chunk(3, 7, None)
    with pytest.raises(UnsupportedMediaType):
        tus.chunk({"content-type": "video/mp4", "upload-offset": "0"})
    with pytest.raises(InvalidUpload):
        tus.chunk(BODY)


def test_a_chunk_must_start_at_the_offset_and_fit() -> None:
    tus.check_chunk(tus.Chunk(3, 7, None), 3, 10)
    with pytest.raises(WrongOffset) as refusal:
        tus.check_chunk(tus.Chunk(4, 6, None), 3, 10)
    assert refusal.value.status == 409
    with pytest.raises(UploadTooLarge):
        tus.check_chunk(tus.Chunk(3, 8, None), 3, 10)


@pytest.mark.parametrize("algorithm", tus.CHECKSUMS)
def test_checksums_are_parsed(algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"x").digest()
    assert tus.checksum({"upload-checksum": f"{algorithm} {in_base64(digest)}"}) == tus.Checksum(algorithm, digest)


@pytest.mark.parametrize("given", ["", "sha1", "sha1 %%", "sha1 AAAA", f"crc32 {in_base64(b'1234')}", "shake_128 AAAA"])
def test_unsupported_checksums_are_refused(given: str) -> None:
    with pytest.raises(InvalidUpload):
        tus.checksum({"upload-checksum": given})


def test_only_a_post_may_override_the_method() -> None:
    patch = {"x-http-method-override": "patch"}
    assert tus.method("POST", patch) == "PATCH"
    assert tus.method("HEAD", patch) == "HEAD"
    assert tus.method("POST", {}) == "POST"
    with pytest.raises(MethodNotAllowed):
        tus.method("POST", {"x-http-method-override": "TRACE"})


def test_options_list_version_and_extensions() -> None:
    headers = tus.options_headers()
    assert headers["Tus-Max-Size"] == "536870912"
    assert set(headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "termination", "expiration", "checksum",
    }  # fmt: skip
    assert "sha1" in headers["Tus-Checksum-Algorithm"].split(","), "the protocol demands it"


def test_an_upload_shows_its_expiry_or_its_video() -> None:
    open_one = tus.state_headers(5, 1_700_000_000_000, None)
    assert open_one["Upload-Expires"] == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert "Cadeau-Video" not in open_one
    assert tus.state_headers(5, 0, "v")["Cadeau-Video"] == "v"


def test_every_tus_refusal_has_its_own_code() -> None:
    from vod import errors

    refusals = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Refusal) and e is not Refusal]
    assert len({refusal.code for refusal in refusals}) == len(refusals)

"""tus 1.0, the protocol of resumable uploads (https://tus.io/protocols/resumable-upload): headers in, headers out.

Pure functions: they read no body, open no file and know no SQL. They implement the core and the extensions creation,
creation-with-upload, termination, expiration and checksum.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate

from core.errors import MethodNotAllowed, UnsupportedMediaType
from core.ids import is_id
from core.text import clean_lines
from core.text.languages import accepted_languages
from vod.catalogue.videos import CAPTION_CHARS_MAX
from vod.catalogue.visibility import VISIBILITIES, Visibility
from vod.errors import InvalidUpload, UnsupportedTusVersion, UploadTooLarge, WrongOffset

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration,checksum"
CHECKSUMS = ("sha256", "sha1", "md5")  # preferred first
CONTENT_TYPE = "application/offset+octet-stream"
UPLOAD_BYTES_MAX = 512 * 1024 * 1024
METADATA_CHARS_MAX = 8 * 1024
FILENAME_CHARS_MAX = 255

_NUMBER = re.compile(r"[0-9]{1,18}\Z")  # no sign, no space, no digit of another script
_OVERRIDES = ("PATCH", "DELETE", "HEAD")

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Checksum:
    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Creation:
    """What a POST asks for."""

    length: int  # bytes
    metadata: str  # as it was sent: HEAD gives it back
    filename: str
    caption: str
    with_body: bool
    visibility: Visibility = "public"
    sound: str | None = None  # which one to use in place of its own
    effect: str | None = None  # the sponsored effect that its picture has
    language: str | None = None  # that whoever uploads reads first, a primary subtag


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the headers say of a body."""

    offset: int
    size: int | None  # bytes, if declared
    checksum: Checksum | None


def method(given: str, headers: Headers) -> str:
    """The intended method: clients behind old proxies send POST and name it in a header. Raises MethodNotAllowed.

    Only a POST may be overridden, so that a GET never changes anything.
    """
    override = headers.get("x-http-method-override", "").strip().upper()
    if given != "POST" or not override:
        return given
    if override not in _OVERRIDES:
        raise MethodNotAllowed
    return override


def check_version(headers: Headers) -> None:
    """Raises UnsupportedTusVersion. Not for OPTIONS, where a client asks which versions we support."""
    if headers.get("tus-resumable") != VERSION:
        raise UnsupportedTusVersion(headers={"Tus-Version": VERSION})


def creation(headers: Headers) -> Creation:
    """Read the headers of a POST. Raises InvalidUpload, UploadTooLarge."""
    if "upload-defer-length" in headers or "upload-concat" in headers:
        raise InvalidUpload("Deferred lengths and concatenation are not supported.")
    length = _number(headers, "upload-length")
    if length > UPLOAD_BYTES_MAX:
        raise UploadTooLarge(f"At most {UPLOAD_BYTES_MAX} bytes.", headers={"Tus-Max-Size": str(UPLOAD_BYTES_MAX)})
    raw = headers.get("upload-metadata", "")
    fields = metadata(raw)
    caption = fields.get("caption", "")
    if len(caption) > CAPTION_CHARS_MAX:
        raise InvalidUpload(f"A caption must have at most {CAPTION_CHARS_MAX} characters.")
    visibility = fields.get("visibility") or "public"
    if visibility not in VISIBILITIES:
        raise InvalidUpload(f"The visibility must be one of {', '.join(VISIBILITIES)}.")
    filename = fields.get("filename", "")[:FILENAME_CHARS_MAX]
    sound = fields.get("sound") or None
    if sound is not None and not is_id(sound):
        raise InvalidUpload("The sound in Upload-Metadata is not the id of one.")
    effect = fields.get("effect") or None
    if effect is not None and not is_id(effect):
        raise InvalidUpload("The effect in Upload-Metadata is not the id of one.")
    read = accepted_languages(headers.get("accept-language", ""))
    language = read[0] if read else None
    return Creation(length, raw, filename, caption, _is_upload_body(headers), visibility, sound, effect, language)


def metadata(raw: str) -> dict[str, str]:
    """Parse Upload-Metadata: keys with values in base64, UTF-8. Raises InvalidUpload."""
    if len(raw) > METADATA_CHARS_MAX:
        raise InvalidUpload(f"Upload-Metadata must have at most {METADATA_CHARS_MAX} characters.")
    fields: dict[str, str] = {}
    for pair in filter(None, (part.strip(" ") for part in raw.split(","))):
        key, _, value = pair.partition(" ")
        try:
            text = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise InvalidUpload("A value in Upload-Metadata is not base64-encoded UTF-8.") from None
        if key in fields:
            raise InvalidUpload("A key in Upload-Metadata appears twice.")
        fields[key] = clean_lines(text, METADATA_CHARS_MAX) or ""
    return fields


def chunk(headers: Headers) -> Chunk:
    """Read the headers of a PATCH. Raises InvalidUpload, UnsupportedMediaType."""
    if not _is_upload_body(headers):
        raise UnsupportedMediaType(f"The content type must be {CONTENT_TYPE}.")
    return Chunk(_number(headers, "upload-offset"), _size(headers), checksum(headers))


def first_chunk(headers: Headers) -> Chunk:
    """The same for the body of a creation-with-upload."""
    return Chunk(0, _size(headers), checksum(headers))


def checksum(headers: Headers) -> Checksum | None:
    """Parse Upload-Checksum, if present. Raises InvalidUpload."""
    given = headers.get("upload-checksum")
    if given is None:
        return None
    algorithm, _, encoded = given.strip().partition(" ")
    if algorithm not in CHECKSUMS:
        raise InvalidUpload(f"Upload-Checksum must be one of {', '.join(CHECKSUMS)}.")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidUpload("Upload-Checksum is not base64.") from None
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise InvalidUpload("Upload-Checksum has the wrong length.")
    return Checksum(algorithm, digest)


def check_chunk(chunk: Chunk, offset: int, length: int) -> None:
    """Check that a chunk continues the upload and fits into it. Raises WrongOffset, UploadTooLarge."""
    if chunk.offset != offset:
        raise WrongOffset(f"The upload continues at {offset}, not at {chunk.offset}.")
    if chunk.size is not None and offset + chunk.size > length:
        raise UploadTooLarge(f"The body would exceed the upload's length of {length} bytes.")


def options_headers() -> dict[str, str]:
    return {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": EXTENSIONS,
        "Tus-Max-Size": str(UPLOAD_BYTES_MAX),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
    }


def state_headers(offset: int, expires_at: int, video: str | None) -> dict[str, str]:
    """The headers of answers to POST, PATCH and HEAD. `expires_at` is in Unix ms; a complete upload names its video."""
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(offset)}
    if video is None:
        headers["Upload-Expires"] = formatdate(expires_at / 1000, usegmt=True)
    else:
        headers["Cadeau-Video"] = video
    return headers


def _is_upload_body(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == CONTENT_TYPE


def _size(headers: Headers) -> int | None:
    return _number(headers, "content-length") if "content-length" in headers else None


def _number(headers: Headers, name: str) -> int:
    value = headers.get(name, "")
    if not _NUMBER.match(value):
        raise InvalidUpload(f"{name.title()} must be a whole number.")
    return int(value)

"""Reads a request's body within a limit, and the type it is declared to have."""

from __future__ import annotations

from starlette.requests import Request

from core.errors import BodyTooLarge, InvalidRequest

BODY_BYTES_MAX = 64 * 1024


async def read_body(request: Request, bytes_max: int) -> bytes:
    """The whole body. Raises BodyTooLarge as soon as it exceeds the limit, without reading on."""
    try:
        declared = int(request.headers.get("content-length", "0"))
    except ValueError:
        raise InvalidRequest("Content-Length is not a number.") from None
    if declared > bytes_max:
        raise BodyTooLarge(f"At most {bytes_max} bytes.", headers={"Connection": "close"})
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > bytes_max:
            raise BodyTooLarge(f"At most {bytes_max} bytes.", headers={"Connection": "close"})
        chunks.append(chunk)
    return b"".join(chunks)


def media_type(content_type: str) -> str:
    """The type and subtype in a Content-Type, without parameters and in lower case, because case has no meaning there
    (RFC 9110, 8.3.1)."""
    return content_type.partition(";")[0].strip().lower()

"""Stored files over HTTP: immutable, with Range (RFC 9110, 14). Local ones are sent, others redirect to signed URLs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from core.errors import NotFound, RangeNotSatisfiable, Withdrawn
from core.executors import BoundedExecutor
from core.http.deliveries import Deliveries
from core.limits import network_of
from core.privacy.places import is_private
from core.storage import Storage, Withdrawals, content_type

IMMUTABLE = "public, max-age=31536000, immutable"
REDIRECT_CACHE = "private, max-age=60"  # so long it is followed after its file was withdrawn
SEALED_CACHE = "private, no-store"
_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,40})-([0-9]{0,40})[ \t]*\Z", re.IGNORECASE)


def media_route(
    storage: Storage,
    executor: BoundedExecutor,
    deliveries: Deliveries | None = None,
    withdrawals: Withdrawals | None = None,
) -> Route:
    """Answers 410 for `withdrawals`, except to who has a seal for them."""
    withdrawn = withdrawals or Withdrawals()

    async def serve(request: Request) -> Response:
        return await executor.run(answer, request)

    def answer(request: Request) -> Response:
        key = request.path_params["key"]
        if is_private(key):
            raise NotFound
        sealed = withdrawn.is_withdrawn(key)
        if sealed and not withdrawn.opens(key, *(request.query_params.get(name, "") for name in ("until", "seal"))):
            raise Withdrawn(headers={"Cache-Control": "no-store"})
        file = storage.local(key)
        if file is None:
            cache = SEALED_CACHE if sealed else REDIRECT_CACHE
            return RedirectResponse(storage.signed_url(key), 307, {"Cache-Control": cache})
        answer = _file(request, key, file, None if sealed else deliveries)
        if sealed:
            answer.headers["Cache-Control"] = SEALED_CACHE
        return answer

    return Route("/media/{key:path}", serve, methods=["GET", "HEAD"])


def _file(request: Request, key: str, file: Path, deliveries: Deliveries | None) -> Response:
    try:
        stat = file.stat()
    except OSError:  # deleted since
        raise NotFound from None
    headers = {"Cache-Control": IMMUTABLE, "ETag": entity_tag(key), "X-Content-Type-Options": "nosniff"}
    if entity_tag(key) in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    stored = StoredFile(file, stat_result=stat, media_type=content_type(key), headers=headers)
    if deliveries is not None and request.client is not None:
        network = network_of(request.client.host)
        stored.noted = lambda sent: deliveries.note(network, key, sent)
    return stored


class StoredFile(FileResponse):
    """A file of which a client may ask for one range. Starlette refuses headers that are to be ignored."""

    noted: Callable[[int], None] | None = None
    """Called with the bytes of each piece that was sent."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.stat_result is not None
        asked = MutableHeaders(raw=list(scope["headers"]))
        part = self._part(scope, asked, self.stat_result.st_size)
        for name in ("range", "if-range"):
            del asked[name]
        if part is not None:
            asked["range"] = f"bytes={part[0]}-{part[1]}"
        await super().__call__({**scope, "headers": asked.raw}, receive, self._counting(send))

    def _counting(self, send: Send) -> Send:
        """Piece by piece: while a video is watched, the rest of its file is still being sent."""
        noted = self.noted
        if noted is None:
            return send

        async def count(message: Message) -> None:
            await send(message)
            if body := message.get("body"):
                noted(len(body))

        return count

    def _part(self, scope: Scope, asked: Headers, size: int) -> tuple[int, int] | None:
        if_range = asked.get("if-range")
        if scope["method"] != "GET" or (if_range is not None and if_range.strip() not in self._validators):
            return None
        return part_of(", ".join(asked.getlist("range")), size)

    @property
    def _validators(self) -> tuple[str, str]:
        return self.headers["etag"], self.headers["last-modified"]


def part_of(asked: str, size: int) -> tuple[int, int] | None:
    """The first and the last byte that a Range header asks for; None for the whole file.

    A header that is malformed, in another unit, or asks for several ranges is ignored. Raises RangeNotSatisfiable.
    """
    found = _RANGE.match(asked)
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:  # the last bytes
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
        if found[2] and int(found[2]) < first:
            return None
    if first > last:
        raise RangeNotSatisfiable(f"The file has {size} bytes.", headers={"Content-Range": f"bytes */{size}"})
    return first, last


def entity_tag(key: str) -> str:
    """The same on every node, and for ever: what is stored under a key never changes."""
    return f'"{hashlib.blake2s(key.encode(), digest_size=12).hexdigest()}"'


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}

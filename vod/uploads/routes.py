"""Uploads over HTTP: plain Starlette routes, because tus streams bodies and has its own methods."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.errors import MethodNotAllowed, NotSignedIn, Refusal
from core.http import RequestGate
from core.identity import Identity, may
from core.limits import Rate
from vod.uploads import tus
from vod.uploads.records import UploadState
from vod.uploads.uploads import Uploads

CREATION_RATE = Rate(60, 3600)
CHUNK_RATE = Rate(1200, 60)
DRAIN_BYTES_MAX = 16 * 1024 * 1024  # a larger unread body closes the connection instead of being drained

ADDRESS = "/api/uploads"


class UploadRoutes:
    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    def routes(self) -> list[BaseRoute]:
        return [
            Route(ADDRESS, self.collection, methods=["OPTIONS", "POST"]),
            Route(ADDRESS + "/{upload}", self.item, methods=["OPTIONS", "HEAD", "PATCH", "DELETE", "POST"]),
        ]

    async def collection(self, request: Request) -> Response:
        """Create an upload."""
        return await self._answer(request, {"POST": self._create})

    async def item(self, request: Request) -> Response:
        """Continue, inspect or discard an upload."""
        return await self._answer(request, {"HEAD": self._head, "PATCH": self._patch, "DELETE": self._delete})

    async def _answer(self, request: Request, verbs: dict[str, Verb]) -> Response:
        try:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=tus.options_headers())
            method = tus.method(request.method, request.headers)
            if method not in verbs:
                raise MethodNotAllowed(headers={"Allow": ", ".join(("OPTIONS", *verbs))})
            tus.check_version(request.headers)
            return await verbs[method](request, await _identify(request, unsafe=request.method != "HEAD"))
        except Refusal as refusal:
            refusal.headers.setdefault("Tus-Resumable", tus.VERSION)
            if _leaves_much_unread(request):
                refusal.headers["Connection"] = "close"
            raise

    async def _create(self, request: Request, who: Identity) -> Response:
        _gate(request).limiter.consume("uploads", who.id, CREATION_RATE)
        creation = tus.creation(request.headers)
        chunk = tus.first_chunk(request.headers) if creation.with_body else None
        if chunk is not None:
            tus.check_chunk(chunk, 0, creation.length)
        state = await self._uploads.create_async(who.id, creation)
        if chunk is not None and creation.length > 0:
            state = await self._uploads.receive(state.id, who.id, chunk, _stream(request))
        return Response(status_code=201, headers={"Location": f"{ADDRESS}/{state.id}", **_headers(state)})

    async def _head(self, request: Request, who: Identity) -> Response:
        state = await self._uploads.offset(request.path_params["upload"], who.id)
        headers = {"Upload-Length": str(state.length), "Cache-Control": "no-store", **_headers(state)}
        if state.metadata:
            headers["Upload-Metadata"] = state.metadata
        return Response(status_code=200, headers=headers)

    async def _patch(self, request: Request, who: Identity) -> Response:
        _gate(request).limiter.consume("upload-chunks", who.id, CHUNK_RATE)
        chunk = tus.chunk(request.headers)
        state = await self._uploads.receive(request.path_params["upload"], who.id, chunk, _stream(request))
        return Response(status_code=204, headers=_headers(state))

    async def _delete(self, request: Request, who: Identity) -> Response:
        await self._uploads.remove(request.path_params["upload"], who.id)
        return Response(status_code=204, headers={"Tus-Resumable": tus.VERSION})


Verb = Callable[[Request, Identity], Awaitable[Response]]


def _gate(request: Request) -> RequestGate:
    gate: RequestGate = request.app.state.gate
    return gate


async def _identify(request: Request, *, unsafe: bool) -> Identity:
    gate = _gate(request)
    gate.limit_address(request)
    who = await gate.identify(gate.token(request, unsafe=unsafe))
    if who is None:
        raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
    if unsafe and request.method != "DELETE":
        may(who, "post")
    return who


async def _stream(request: Request) -> AsyncIterator[bytes]:
    """The body, as long as the session that sends it lasts. Raises NotSignedIn."""
    gate, ended = _gate(request), asyncio.Event()
    unwatch = gate.watch(gate.token(request, unsafe=True), ended.set)
    try:
        async for piece in request.stream():
            if ended.is_set():
                raise NotSignedIn
            yield piece
    finally:
        unwatch()


def _headers(state: UploadState) -> dict[str, str]:
    return tus.state_headers(state.offset, state.expires_at, state.video)


def _leaves_much_unread(request: Request) -> bool:
    declared = request.headers.get("content-length", "0")
    return "transfer-encoding" in request.headers or not declared.isdecimal() or int(declared) > DRAIN_BYTES_MAX

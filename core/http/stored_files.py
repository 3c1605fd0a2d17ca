"""Stored files over HTTP: immutable, with Range. Local files are sent, others redirect to a signed URL."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from core.executors import BoundedExecutor
from core.storage import Storage, content_type

IMMUTABLE = "public, max-age=31536000, immutable"
REDIRECT_CACHE = "private, max-age=1800"  # half of a signed URL's lifetime


def media_route(storage: Storage, executor: BoundedExecutor) -> Route:
    async def serve(request: Request) -> Response:
        return await executor.run(answer, request.path_params["key"])

    def answer(key: str) -> Response:
        file = storage.local(key)
        if file is None:
            return RedirectResponse(storage.signed_url(key), 307, {"Cache-Control": REDIRECT_CACHE})
        headers = {"Cache-Control": IMMUTABLE, "X-Content-Type-Options": "nosniff"}
        return FileResponse(file, media_type=content_type(key), headers=headers)

    return Route("/media/{key:path}", serve, methods=["GET", "HEAD"])

"""Stored files over HTTP: immutable, with Range, from the local folder or by redirect to signed addresses."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from core.storage import Storage, content_type

IMMUTABLE = "public, max-age=31536000, immutable"
REDIRECT_CACHE = "private, max-age=1800"  # half of what a signed address lives


def media_route(storage: Storage) -> Route:
    def serve(request: Request) -> Response:
        key = request.path_params["key"]
        file = storage.local(key)
        if file is None:
            return RedirectResponse(storage.signed_url(key), 307, {"Cache-Control": REDIRECT_CACHE})
        headers = {"Cache-Control": IMMUTABLE, "X-Content-Type-Options": "nosniff"}
        return FileResponse(file, media_type=content_type(key), headers=headers)

    return Route("/media/{key:path}", serve, methods=["GET", "HEAD"])

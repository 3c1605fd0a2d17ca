"""Stored files over HTTP: immutable, with Range, from the local folder or by redirect to signed addresses."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from core.storage import FolderStorage, Storage, content_type

IMMUTABLE = "public, max-age=31536000, immutable"
REDIRECT_CACHE = "private, max-age=1800"  # half of what a signed address lives


def media_route(storage: Storage) -> Route:
    def serve(request: Request) -> Response:
        key = request.path_params["key"]
        if isinstance(storage, FolderStorage):
            storage.stat(key)
            headers = {"Cache-Control": IMMUTABLE, "X-Content-Type-Options": "nosniff"}
            return FileResponse(storage.path(key), media_type=content_type(key), headers=headers)
        from core.s3 import S3Storage

        assert isinstance(storage, S3Storage)
        return RedirectResponse(storage.signed_url(key), 307, {"Cache-Control": REDIRECT_CACHE})

    return Route("/media/{key:path}", serve, methods=["GET", "HEAD"])

"""Serves the web client: hashed files are cached forever, the page never, and every client route gets the page."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from core.executors import BoundedExecutor

HERE = Path(__file__).resolve().parent
INSTALLED, BUILT = HERE / "client", HERE.parent / "static" / "dist"
DIST = INSTALLED if INSTALLED.is_dir() else BUILT
"""A wheel contains the client beside this file (setup.py); in a checkout it is where Vite puts it."""
SERVER_PREFIXES = ("api", "live", "chat", "media", "docs")
CLIENT_PAGES = ("live",)  # pages at the bare address of a prefix: /live is a page, everything below it the server's
HASHED = {"Cache-Control": "public, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "no-cache"}
DAY = {"Cache-Control": "public, max-age=86400"}


def web_routes(executor: BoundedExecutor, dist: Path = DIST) -> list[BaseRoute]:
    async def serve(request: Request) -> Response:
        return await executor.run(answer, request.path_params["path"])

    def answer(path: str) -> Response:
        if path.split("/", 1)[0] in SERVER_PREFIXES and path.rstrip("/") not in CLIENT_PAGES:
            raise HTTPException(404)
        if file := _file(dist, path):
            return FileResponse(file, headers=HASHED if path.startswith("assets/") else DAY)
        if path.startswith("assets/"):
            raise HTTPException(404)
        page = dist / "index.html"
        if not page.is_file():
            return PlainTextResponse("The web client is not built: run `make client`.\n", 503, FRESH)
        return FileResponse(page, headers=FRESH)

    return [Route("/{path:path}", serve, methods=["GET", "HEAD"])]


def _file(dist: Path, path: str) -> Path | None:
    """The file of the client at a path, if there is one."""
    try:
        file = (dist / path).resolve()
        return file if path and file.is_relative_to(dist) and file.is_file() else None
    except (OSError, ValueError):  # such as a name that is too long for a file
        return None

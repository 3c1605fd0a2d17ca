"""The built web client: its files, each with the compressed forms that the build wrote beside it."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from cadeau.pages.encoding import choose_coding

HERE = Path(__file__).resolve().parent
INSTALLED, BUILT = HERE.parent / "client", HERE.parent.parent / "static" / "dist"
DIST = INSTALLED if INSTALLED.is_dir() else BUILT
"""A wheel contains the client beside this package (setup.py); in a checkout it is where Vite puts it."""
HASHED_FOLDER = "assets/"
FOREVER = "public, max-age=31536000, immutable"
DAY = "public, max-age=86400"
ALWAYS_ASK = "no-cache"
PAGES_ONLY = frozenset({"index.html"})
"""Files of the build that are no answer themselves."""
ALWAYS_FRESH = frozenset({"sw.js", "manifest.webmanifest"})
"""A stale one of these would keep a browser on an old client."""
FACE_FRAME = "face.html"
FACE_FRAME_HEADERS = {
    # The face tracker (static/src/effects/face) compiles code from text, which no other page may. Its frame has no
    # origin: it reaches neither cookies nor pages of this site, wherever it is opened.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox allow-scripts"
    ),
}
ENDINGS = {"br": ".br", "gzip": ".gz"}
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """Reads on every request, so that a new build needs no restart. All methods block."""

    folder: Path = DIST

    def find(self, path: str) -> Path | None:
        """The file at this path of the address, if it is one that is served."""
        if not path or path in PAGES_ONLY or "\0" in path or any(part.startswith(".") for part in path.split("/")):
            return None
        try:
            file = (self.folder / path).resolve()
            found = file.is_relative_to(self.folder) and file.suffix not in ENDINGS.values() and file.is_file()
        except OSError:  # a name that no file system accepts
            return None
        return file if found else None

    def answer(self, request: Request, path: str, file: Path) -> Response:
        forms = {coding: form for coding, ending in ENDINGS.items() if (form := Path(f"{file}{ending}")).is_file()}
        coding = choose_coding(request.headers.get("accept-encoding", ""), forms)
        content = forms.get(coding, file).read_bytes()
        kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"Cache-Control": _caching(path), "Content-Type": kind}
        if path == FACE_FRAME:
            headers |= FACE_FRAME_HEADERS
        elif path.startswith(HASHED_FOLDER):
            headers["Access-Control-Allow-Origin"] = "*"  # a frame without an origin loads them too; they are public
        if forms:
            headers["Vary"] = "Accept-Encoding"
        if coding:
            headers["Content-Encoding"] = coding
        return conditional(request, content, headers)


def conditional(request: Request, content: bytes, headers: dict[str, str], status: int = 200) -> Response:
    """An answer with an ETag, or 304 for a client that has this very content."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = headers | {"ETag": tag}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if status == 200 and (tag in known or "*" in known):
        headers = {name: value for name, value in headers.items() if name not in ("Content-Type", "Content-Encoding")}
        return Response(status_code=304, headers=headers)
    return Response(content, status, headers)


def _caching(path: str) -> str:
    if path.startswith(HASHED_FOLDER):
        return FOREVER
    return ALWAYS_ASK if path in ALWAYS_FRESH else DAY

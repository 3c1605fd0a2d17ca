"""The web client's page: as the build left it, with a head of its own for every address."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cadeau.pages.encoding import choose_coding
from cadeau.pages.files import ALWAYS_ASK, DIST, conditional
from cadeau.pages.head import Head

TITLE = "<title>Cadeau</title>"
LANGUAGE = '<html lang="en"'
MANIFEST = Path(".vite", "manifest.json")
SOURCES = {name.lower(): f"src/pages/{name}.svelte" for name in ("Room", "Video", "Profile", "Rooms")}
"""The pages that links lead to. Their files are fetched beside the client's first ones, not after them."""
GZIP_LEVEL = 6


@dataclass(frozen=True, slots=True)
class _Build:
    page: str
    chunks: dict[str, Any]
    made_ns: int


class Shell:
    """All methods block: they read the build's files."""

    def __init__(self, folder: Path = DIST) -> None:
        self._folder = folder
        self._build: _Build | None = None

    def answer(self, request: Request, head: Head, page: str = "", status: int = 200) -> Response:
        """The page with this head. `page` names the client's page behind the address, to load it early."""
        build = self._read()
        if build is None:
            text = "The web client is not built: run `make client`.\n"
            return Response(text, 503, {"Cache-Control": ALWAYS_ASK}, "text/plain")
        early = [*_early(build, SOURCES.get(page, "")), *_early(build, f"src/i18n/{head.language}/index.ts")]
        html = build.page.replace(LANGUAGE, f'<html lang="{head.language}"', 1)
        html = html.replace(TITLE, "\n    ".join([head.html(), *dict.fromkeys(early)]), 1)
        return compressed(request, html, status)

    def _read(self) -> _Build | None:
        try:
            made_ns = (self._folder / "index.html").stat().st_mtime_ns
            if self._build is None or self._build.made_ns != made_ns:
                page = (self._folder / "index.html").read_text()
                chunks = msgspec.json.decode((self._folder / MANIFEST).read_bytes(), type=dict[str, Any])
                self._build = _Build(page, chunks, made_ns)
        except OSError:
            return None
        return self._build


def compressed(request: Request, html: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A page made for this request: compressed on the way, and always asked for again."""
    content = html.encode()
    given = {
        "Cache-Control": ALWAYS_ASK,
        "Content-Type": "text/html; charset=utf-8",
        "Vary": "Accept-Encoding, Accept-Language, Cookie",
        **(headers or {}),
    }
    if choose_coding(request.headers.get("accept-encoding", ""), ["gzip"]):
        content = gzip.compress(content, GZIP_LEVEL, mtime=0)
        given["Content-Encoding"] = "gzip"
    return conditional(request, content, given, status)


def _early(build: _Build, source: str) -> Iterator[str]:
    """Links for the scripts and styles of a page, those of its imports included, that the build's page lacks."""
    waiting, seen = [source], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in build.chunks:
            continue
        seen.add(name)
        chunk = build.chunks[name]
        waiting += chunk.get("imports", [])
        if chunk["file"] not in build.page:
            yield f'<link rel="modulepreload" crossorigin href="/{escape(chunk["file"])}" />'
        for style in chunk.get("css", []):
            if style not in build.page:
                yield f'<link rel="stylesheet" crossorigin href="/{escape(style)}" />'

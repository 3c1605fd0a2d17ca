"""What a page says about itself to search engines, link previews and browsers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Literal

SITE = "Cadeau"
DESCRIPTION_CHARS_MAX = 200
ICON = "/icons/icon-512.png"
ICON_PX = 512


@dataclass(frozen=True, slots=True)
class Picture:
    """`url` is absolute."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Film:
    """A file to play and a page that plays it. Both URLs are absolute."""

    url: str
    page: str
    width: int
    height: int
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """`url` is the page's canonical address; empty where it has none."""

    title: str
    description: str = ""
    url: str = ""
    kind: Literal["website", "profile", "video.other"] = "website"
    author: str = ""
    picture: Picture | None = None
    film: Film | None = None
    indexed: bool = True
    oembed: str = ""
    """Where the oEmbed document of this page is."""
    language: str = "en"
    preload: tuple[str, ...] = field(default=())
    """Answers of the API that the page will ask for first."""

    @property
    def full_title(self) -> str:
        return self.title if self.title == SITE else f"{self.title} · {SITE}"

    def html(self) -> str:
        return "\n    ".join(self._elements())

    def _elements(self) -> Iterator[str]:
        yield f"<title>{escape(self.full_title)}</title>"
        if self.description:
            yield _meta("name", "description", self.description)
        if not self.indexed:
            yield _meta("name", "robots", "noindex")
        for path in self.preload:
            yield f'<link rel="preload" as="fetch" crossorigin href="{escape(path)}" />'
        if not self.url:
            return
        yield f'<link rel="canonical" href="{escape(self.url)}" />'
        if self.oembed:
            where, title = escape(self.oembed), escape(self.title)
            yield f'<link rel="alternate" type="application/json+oembed" href="{where}" title="{title}" />'
        yield from (_meta("property", name, value) for name, value in self._open_graph() if value)
        yield from (_meta("name", name, value) for name, value in self._twitter() if value)

    def _open_graph(self) -> Iterator[tuple[str, str]]:
        yield "og:site_name", SITE
        yield "og:type", self.kind
        yield "og:title", self.title
        yield "og:description", self.description
        yield "og:url", self.url
        if self.picture:
            yield "og:image", self.picture.url
            yield "og:image:width", str(self.picture.width)
            yield "og:image:height", str(self.picture.height)
            yield "og:image:alt", self.title
        if self.film:
            yield "og:video", self.film.url
            if self.film.url.startswith("https:"):
                yield "og:video:secure_url", self.film.url
            yield "og:video:type", "video/mp4"
            yield "og:video:width", str(self.film.width)
            yield "og:video:height", str(self.film.height)
            yield "video:duration", str(max(1, round(self.film.duration_ms / 1000)))

    def _twitter(self) -> Iterator[tuple[str, str]]:
        large = self.picture is not None and self.picture.width != ICON_PX
        yield "twitter:card", "player" if self.film else "summary_large_image" if large else "summary"
        yield "twitter:title", self.title
        yield "twitter:description", self.description
        if self.picture:
            yield "twitter:image", self.picture.url
        if self.film:
            yield "twitter:player", self.film.page
            yield "twitter:player:width", str(self.film.width)
            yield "twitter:player:height", str(self.film.height)
            yield "twitter:player:stream", self.film.url
            yield "twitter:player:stream:content_type", "video/mp4"


def shortened(text: str, chars_max: int = DESCRIPTION_CHARS_MAX) -> str:
    """On one line, cut at a word."""
    text = " ".join(text.split())
    if len(text) <= chars_max:
        return text
    cut = text[: chars_max - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def _meta(kind: str, name: str, value: str) -> str:
    return f'<meta {kind}="{name}" content="{escape(value)}" />'

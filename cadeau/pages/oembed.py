"""oEmbed 1.0: how other sites show a link to a video, a room or a person; and the player they frame."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import urlsplit

from cadeau.pages.head import SITE, Film, Head

CACHE_S = 3600
PLAYER_PX_MAX = 4096
PLAYER_HEADERS = {
    # Nothing on this page runs; it only plays a file of ours, which may be on a CDN, in anybody's frame.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src http: https:; media-src http: https:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors *"
    ),
}


def path_of(url: str, base: str) -> str | None:
    """The path of an address of this site, or None for an address elsewhere."""
    try:
        given, ours = urlsplit(url), urlsplit(base)
    except ValueError:
        return None
    same = given.scheme in ("http", "https") and given.netloc.lower() == ours.netloc.lower()
    return given.path or "/" if same else None


def document(head: Head, base: str, width_max: int, height_max: int) -> dict[str, Any]:
    """The document for a page with this head, in at most so many pixels."""
    found: dict[str, Any] = {
        "version": "1.0", "type": "link", "title": head.title, "author_name": head.author,
        "provider_name": SITE, "provider_url": base, "cache_age": CACHE_S,
    }  # fmt: skip
    if head.picture and head.picture.width <= width_max and head.picture.height <= height_max:
        found |= {
            "thumbnail_url": head.picture.url,
            "thumbnail_width": head.picture.width,
            "thumbnail_height": head.picture.height,
        }
    if head.film:
        width, height = _fit(head.film, width_max, height_max)
        html = (
            f'<iframe src="{escape(head.film.page)}" width="{width}" height="{height}" title="{escape(head.title)}" '
            'allow="fullscreen; picture-in-picture" allowfullscreen frameborder="0"></iframe>'
        )
        found |= {"type": "video", "html": html, "width": width, "height": height}
    return found


def _fit(film: Film, width_max: int, height_max: int) -> tuple[int, int]:
    scale = min(1.0, width_max / max(1, film.width), height_max / max(1, film.height))
    return max(1, round(film.width * scale)), max(1, round(film.height * scale))


def player(head: Head, film: Film) -> str:
    poster = f' poster="{escape(head.picture.url)}"' if head.picture else ""
    return (
        f'<!doctype html><html lang="{head.language}"><head><meta charset="utf-8" />'
        '<meta name="viewport" content="width=device-width" /><meta name="robots" content="noindex" />'
        f"<title>{escape(head.full_title)}</title>"
        f'<link rel="canonical" href="{escape(head.url)}" /><link rel="stylesheet" href="/embed.css" /></head>'
        f'<body><video controls playsinline preload="none" src="{escape(film.url)}"{poster}></video>'
        f'<a href="{escape(head.url)}" target="_top">{escape(head.title)}</a></body></html>\n'
    )

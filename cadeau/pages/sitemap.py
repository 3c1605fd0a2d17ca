"""What crawlers ask for: robots.txt, and sitemaps of the videos and the people who made them (sitemaps.org 0.9)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from sqlalchemy import Connection

from core.database import Database
from people.accounts import Accounts
from vod.catalogue.published import count_published, list_published

VIDEOS_PER_FILE = 5_000
FILES_MAX = 20
"""With more videos than fit into so many files, the oldest are left out."""
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
ROBOTS = """User-agent: *
Disallow: /api/
Disallow: /chat/
Disallow: /live/
Disallow: /admin/
Disallow: /studio
Disallow: /upload
Disallow: /wallet
Disallow: /saved
Disallow: /history

Sitemap: {base}/sitemap.xml
"""


class Sitemaps:
    """All methods block. `base` is the URL of this site, without a slash at its end."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    def index(self, base: str) -> str:
        count = self._database.read(lambda c: count_published(c, VIDEOS_PER_FILE * FILES_MAX))
        files = max(1, -(-count // VIDEOS_PER_FILE))
        entries = (f"<sitemap><loc>{escape(base)}/sitemap/{n}.xml</loc></sitemap>" for n in range(1, files + 1))
        return _document("sitemapindex", entries)

    def file(self, base: str, number: int) -> str | None:
        """The file of this number, from 1, or None if there is no such file."""
        if not 1 <= number <= FILES_MAX:
            return None
        found = self._database.read(lambda c: self._pages(c, (number - 1) * VIDEOS_PER_FILE))
        if number == 1:
            found = {"/": 0, "/rooms": 0} | found
        return _document("urlset", (_entry(f"{base}{path}", at) for path, at in found.items())) if found else None

    def _pages(self, connection: Connection, offset: int) -> dict[str, int]:
        """Paths with the time of their last change: videos, and the people who made them."""
        published = list_published(connection, offset, VIDEOS_PER_FILE)
        people = self._accounts.brief(connection, {video.person for video in published})
        found: dict[str, int] = {}
        for video in published:
            if (person := people.get(video.person)) is not None:
                found[f"/video/{video.id}"] = video.at
                found.setdefault(f"/@{person.handle}", video.at)  # the newest comes first
        return found


def _entry(url: str, at_ms: int) -> str:
    changed = f"<lastmod>{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}</lastmod>" if at_ms else ""
    return f"<url><loc>{escape(url)}</loc>{changed}</url>"


def _document(kind: str, entries: Iterable[str]) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{NAMESPACE}">{"".join(entries)}</{kind}>\n'

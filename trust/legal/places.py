"""What an address on this server is about, so that a notice or an order that names it finds its case."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from sqlalchemy import Connection

from core.errors import Refusal
from core.identity import Identity
from trust.errors import AddressNotFound
from trust.reports import SUBJECT_CHARS_MAX, Subject

ADDRESS_CHARS_MAX = 500
_ID = rf"([^/\x00]{{1,{SUBJECT_CHARS_MAX}}})"  # PostgreSQL's text cannot hold a NUL
_PATH = re.compile(rf"/(?:(video|room|product|sound)/{_ID}|@{_ID})/?\Z")


class Place(NamedTuple):
    """A subject, and the id of the person who is responsible for it."""

    subject: Subject
    about: str


Finder = Callable[[Connection, str, Identity | None], Place]
"""(connection, the id or the handle in the address, who looks; None: everybody). Raises a Refusal where they see
nothing there."""


class Places:
    def __init__(self, base_url: str) -> None:
        """`base_url`: where people reach this server; addresses of other hosts are not ours."""
        self._base = urlsplit(base_url)
        self._finders: dict[str, Finder] = {}

    def add(self, page: str, find: Finder) -> None:
        """`page`: video, comment, room, profile, product, sound."""
        self._finders[page] = find

    def find(self, connection: Connection, address: str, who: Identity | None = None) -> Place:
        """Raises AddressNotFound, whatever the reason."""
        page, what = self._read(address)
        if page not in self._finders:
            raise AddressNotFound
        try:
            return self._finders[page](connection, what, who)
        except Refusal:
            raise AddressNotFound from None

    def _read(self, address: str) -> tuple[str, str]:
        """The page and what it shows. Raises AddressNotFound."""
        try:
            parts = urlsplit(address.strip())
            elsewhere = parts.netloc and parts.netloc.lower() != self._base.netloc.lower()
            named = parse_qs(parts.query, max_num_fields=20).get("comment", [""])[0]
        except ValueError:
            raise AddressNotFound from None
        found = _PATH.match(unquote(parts.path))
        if found is None or elsewhere or parts.scheme.lower() not in ("", "http", "https"):
            raise AddressNotFound
        page, what, handle = found.groups()
        if handle is not None:
            return "profile", handle
        if page == "video" and named:
            fits = len(named) <= SUBJECT_CHARS_MAX and "\0" not in named
            return ("comment", named) if fits else ("", "")
        return page, what

"""Opens a landing page as a viewer's browser would, and never anything that only this server can reach.

Each address on the way is looked up here, must be public, and is the one that is connected to. Neither an answer's
length nor its slowness keeps this server busy.
"""

from __future__ import annotations

import asyncio
import socket
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

from core.http.public_addresses import is_public
from vod.ads.landing.addresses import landing_page
from vod.ads.landing.page import Finding, Page
from vod.errors import InvalidLandingPage

TIMEOUT_S = 10.0  # for everything, redirects included
REDIRECTS_MAX = 5
BYTES_MAX = 512 * 1024  # what is longer is cut
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"  # a page that knows us could pretend
_REDIRECTS = (301, 302, 303, 307, 308)
_OURS = (socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_SYSTEM)  # our resolver's fault, not the page's


class LandingFault(Exception):
    """There is no page to compare. `finding` None: that may be our fault, and says nothing about the page."""

    def __init__(self, finding: Finding | None) -> None:
        super().__init__(finding)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Target:
    """`url` names the address that was checked, `host` the site that is asked for."""

    url: str
    host: str


Locate = Callable[[str], Target]
"""Checks and looks up an address. Blocks. Raises LandingFault."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    location: str
    body: bytes
    charset: str


def locate(url: str) -> Target:
    """See `Locate`."""
    try:
        parts = urlsplit(landing_page(url))
    except InvalidLandingPage:
        raise LandingFault("unsafe") from None
    host = parts.hostname or ""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]
    except socket.gaierror as error:
        raise LandingFault(None if error.errno in _OURS else "gone") from None
    except UnicodeError:
        raise LandingFault("unsafe") from None
    if not found or not all(map(is_public, found)):
        raise LandingFault("unsafe")
    address = f"[{found[0]}]" if ":" in found[0] else found[0]
    query = f"?{parts.query}" if parts.query else ""
    return Target(f"https://{address}:443{parts.path or '/'}{query}", host)


def fetch(url: str, look_up: Locate = locate) -> Page:
    """The page that an address leads to. Blocks for TIMEOUT_S and for looking hosts up. Raises LandingFault."""
    ends = time.monotonic() + TIMEOUT_S
    for _ in range(REDIRECTS_MAX + 1):
        target = look_up(url)
        try:
            # A loop of its own: its deadline holds for all of the exchange, however slowly an answer drips in.
            answer = asyncio.run(_get(target, ends - time.monotonic()))
        except (OSError, TimeoutError, httpx.HTTPError, httpx.InvalidURL):
            raise LandingFault("gone") from None
        if answer.status not in _REDIRECTS or not answer.location:
            if not 200 <= answer.status < 300:
                raise LandingFault("gone")
            return Page.of(target.host, _text(answer))
        url = urljoin(url, answer.location)
    raise LandingFault("gone")


async def _get(target: Target, timeout_s: float) -> _Answer:
    headers = {
        "Host": target.host, "User-Agent": AGENT, "Accept": "text/html,*/*;q=0.8", "Accept-Language": "en,fr;q=0.8",
        "Accept-Encoding": "gzip",
    }  # fmt: skip
    async with (
        asyncio.timeout(max(timeout_s, 0.0)),
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as http,
    ):
        request = http.build_request("GET", target.url, headers=headers, extensions={"sni_hostname": target.host})
        answer = await http.send(request, stream=True)
        body = bytearray()
        if answer.is_success:
            async for part in answer.aiter_raw():
                body += part
                if len(body) >= BYTES_MAX:
                    break
        await answer.aclose()
    if answer.headers.get("content-encoding", "").strip().lower() == "gzip":
        body = bytearray(_unzipped(bytes(body)))
    location = answer.headers.get("location", "")
    return _Answer(answer.status_code, location, bytes(body[:BYTES_MAX]), answer.charset_encoding or "utf-8")


def _unzipped(body: bytes) -> bytes:
    """At most BYTES_MAX of it, however much it would be."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, BYTES_MAX)
    except zlib.error:
        return b""


def _text(answer: _Answer) -> str:
    try:
        return answer.body.decode(answer.charset, "replace")
    except (LookupError, ValueError):  # no such encoding, or one that is none of text
        return answer.body.decode("utf-8", "replace")

"""The routes of everything that is not an interface: the web client's files and pages, previews of links, sitemaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from cadeau.pages import oembed
from cadeau.pages.addresses import choose_language, find_address, is_servers
from cadeau.pages.files import ClientFiles
from cadeau.pages.head import SITE, Head
from cadeau.pages.shell import Shell, compressed
from cadeau.pages.sitemap import ROBOTS, Sitemaps
from cadeau.pages.subjects import Subjects, Visit, moved_to
from core.errors import InvalidRequest, NotFound, Refusal
from core.executors import Executors
from core.http import RequestGate
from core.identity import Identity
from core.limits import Rate
from live.routes import base_url

METHODS = ("GET", "HEAD")
PAGE_RATE = Rate(600, 60)
SITEMAP_RATE = Rate(60, 60)
XML = {"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "public, max-age=3600"}
SHARED_WITHOUT_WORKER = "/upload?shared=lost"


class WebRoutes:
    """`public_url` is where people reach this server, or empty: where each request did."""

    def __init__(
        self,
        executors: Executors,
        subjects: Subjects,
        sitemaps: Sitemaps,
        public_url: str,
        files: ClientFiles | None = None,
        shell: Shell | None = None,
    ) -> None:
        self._executors = executors
        self._subjects = subjects
        self._sitemaps = sitemaps
        self._public_url = public_url.rstrip("/")
        self._files = files or ClientFiles()
        self._shell = shell or Shell()

    def routes(self) -> list[BaseRoute]:
        """The last one answers every address that nothing before it has answered."""
        client = Route("/{path:path}", self._client)
        client.methods = None  # any, so that an unknown address of the server's is 404 whatever the method
        return [
            Route("/robots.txt", self._robots),
            Route("/sitemap.xml", self._sitemap_index),
            Route("/sitemap/{number:int}.xml", self._sitemap),
            Route("/oembed", self._oembed),
            Route("/embed/video/{video}", self._player),
            Route("/share", self._share, methods=["POST"]),
            Route("/offline", self._offline),
            client,
        ]

    async def _client(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        if is_servers(f"/{path}"):
            raise HTTPException(404)
        if request.method not in METHODS:
            raise HTTPException(405, headers={"Allow": ", ".join(METHODS)})
        file = await self._executors.storage.run(self._files.find, path)
        if file is not None:
            return await self._executors.storage.run(self._files.answer, request, path, file)
        if path.startswith("assets/"):
            raise HTTPException(404)
        return await self._page(request)

    async def _page(self, request: Request) -> Response:
        gate = _limited(request)
        found = find_address(f"/{request.path_params['path']}")  # the server has decoded it already
        visit = self._visit(request, await _viewer(gate, request))
        if found is None:
            head, page = None, ""
        else:
            address, values = found
            head = await self._executors.sql.run(self._subjects.head, address, values, visit)
            page = address.page
            if (moved := moved_to(address, values, head, visit)) is not None:
                return RedirectResponse(moved, 302, {"Cache-Control": "no-store"})  # it may change again
        status = 404 if head is None else 200
        head = head or self._subjects.missing(visit)
        return await self._executors.storage.run(self._shell.answer, request, head, page, status)

    async def _oembed(self, request: Request) -> Response:
        """Answer with the oEmbed document of the page at `url`."""
        _limited(request)
        query = request.query_params
        visit = self._visit(request)
        path = oembed.path_of(query.get("url", ""), visit.base)
        found = find_address(path) if path else None
        if found is None:
            raise NotFound("There is no such page.")
        if query.get("format", "json") != "json":
            raise _only_json()
        address, values = found
        head = await self._executors.sql.run(self._subjects.head, address, values, visit)
        if head is None or not head.oembed:
            raise NotFound("There is no such page.")
        document = oembed.document(head, visit.base, _pixels(query.get("maxwidth")), _pixels(query.get("maxheight")))
        return JSONResponse(document, headers={"Access-Control-Allow-Origin": "*"})

    async def _player(self, request: Request) -> Response:
        """Answer with a page that plays one video in another site's frame."""
        _limited(request)
        visit = self._visit(request)
        _, head = await self._executors.sql.run(self._subjects.film, request.path_params["video"], visit)
        if head.film is None:
            raise NotFound
        return compressed(request, oembed.player(head, head.film), headers=oembed.PLAYER_HEADERS)

    async def _robots(self, request: Request) -> Response:
        return Response(ROBOTS.format(base=self._visit(request).base), media_type="text/plain")

    async def _sitemap_index(self, request: Request) -> Response:
        return await self._crawled(request, self._sitemaps.index)

    async def _sitemap(self, request: Request) -> Response:
        return await self._crawled(request, self._sitemaps.file, request.path_params["number"])

    async def _crawled(self, request: Request, make: Callable[..., str | None], *arguments: Any) -> Response:
        gate: RequestGate = request.app.state.gate
        gate.limiter.consume("sitemap", gate.address(request), SITEMAP_RATE)
        text = await self._executors.sql.run(make, self._visit(request).base, *arguments)
        if text is None:
            raise NotFound
        return compressed(request, text, headers=XML)

    async def _offline(self, request: Request) -> Response:
        """Answer with the page that the service worker keeps for when there is no network."""
        head = Head(title=SITE, indexed=False, language=self._visit(request).language)
        return await self._executors.storage.run(self._shell.answer, request, head, "feed")

    async def _share(self, _request: Request) -> Response:
        """Where a phone sends a video that is shared with the app. The service worker takes it before it leaves the
        browser; if it is not running, we keep nothing and say so.
        """
        return RedirectResponse(SHARED_WITHOUT_WORKER, 303)

    def _visit(self, request: Request, viewer: Identity | None = None) -> Visit:
        language = choose_language(request.headers.get("accept-language", ""))
        return Visit(self._public_url or base_url(request), language, viewer)


def _limited(request: Request) -> RequestGate:
    """Before anything that costs a query. Raises RateExceeded."""
    gate: RequestGate = request.app.state.gate
    gate.limiter.consume("page", gate.address(request), PAGE_RATE)
    return gate


def _only_json() -> Refusal:
    """oEmbed wants 501 for a format that a provider does not have."""
    refusal = InvalidRequest("Only JSON is available.")
    refusal.status = 501
    return refusal


async def _viewer(gate: RequestGate, request: Request) -> Identity | None:
    """Who asks. Somebody who may not act still gets the page: the client tells them why."""
    try:
        return await gate.identify(gate.token(request, unsafe=False))
    except Refusal:
        return None


def _pixels(text: str | None) -> int:
    try:
        return min(oembed.PLAYER_PX_MAX, max(1, msgspec.convert(text, int, strict=False)))
    except msgspec.ValidationError:
        return oembed.PLAYER_PX_MAX

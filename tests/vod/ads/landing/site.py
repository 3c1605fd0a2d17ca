"""A web site on a socket of its own, for names that only tests know."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from vod.ads.landing.addresses import landing_page
from vod.ads.landing.fetching import Target, locate
from vod.errors import InvalidLandingPage

TEXT = "Warm bread every morning from our oven at the corner. Order rye and spelt until noon, or come and visit us."
HTML = f"<html><head><title>Corner Bakery</title></head><body><p>{TEXT}</p></body></html>"


class Site:
    """`answers`: what a path answers with: a page, or a status with where it leads."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.names = {"bakery.example", "evil.example", "www.bakery.example"}
        self.answers: dict[str, str | tuple[int, str]] = {"/": HTML}
        self.asked: list[str] = []
        self.released = threading.Event()

    def look_up(self, url: str) -> Target:
        """Our names lead here; all others are looked up as always."""
        parts = urlsplit(url)
        if parts.hostname not in self.names:
            return locate(url)
        try:
            landing_page(url)
        except InvalidLandingPage:
            return locate(url)
        return Target(f"http://127.0.0.1:{self.port}{parts.path or '/'}", parts.hostname)


@contextmanager
def web_site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(f"{self.headers['Host']}{self.path}")
            answer = site.answers.get(self.path, (404, ""))
            if isinstance(answer, tuple):
                self.send_response(answer[0])
                self.send_header("Location", answer[1])
                self.end_headers()
            elif answer == "slow":
                self._drip()
            elif answer in ("huge", "bomb"):
                self._pour(answer)
            else:
                self._send(answer.encode())

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def _drip(self) -> None:
            self._send(b"<title>Corner Bakery</title>")
            while not site.released.wait(0.05):
                self.wfile.write(b".")

        def _pour(self, answer: str) -> None:
            self.send_response(200)
            if answer == "bomb":
                self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                self.wfile.write(gzip.compress(b"bread " * 10_000_000, 1))
                return
            self.end_headers()
            self.wfile.write(HTML.encode())
            began = time.monotonic()
            while time.monotonic() - began < 5.0:
                self.wfile.write(b"bread " * 100_000)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever asked has heard enough."""

    with Server(("127.0.0.1", 0), Handler) as server:
        site = Site(server.server_address[1])
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield site
        finally:
            site.released.set()
            server.shutdown()
            serving.join()

"""The reverse proxy's configuration, in a real nginx before a real server."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator

import httpx
import msgpack
import pytest
from websockets.sync.client import connect

from tests.deploy.nginx import served_behind_nginx
from tests.served import PASSWORD, Served


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A server and its HTTPS URL behind nginx."""
    with served_behind_nginx(tmp_path_factory.mktemp("nginx")) as proxied:
        yield proxied


def test_pages_and_cookies_work_over_https(proxied: tuple[Served, str]) -> None:
    _, url = proxied
    with httpx.Client(base_url=url, verify=False) as http:
        assert http.get("/").status_code == 200
        assert http.get("/metrics").status_code == 404
        body = {"handle": "behind.nginx", "password": PASSWORD, "birthdate": "1990-01-01"}
        joined = http.post("/api/people", json=body, headers={"Origin": url})
        assert joined.status_code == 201
        cookie = joined.headers["set-cookie"]
        assert cookie.startswith("__Host-cadeau_session=")
        assert "Secure" in cookie
        assert "Domain" not in cookie
        assert "max-age=" in joined.headers["strict-transport-security"]
        assert joined.headers["cache-control"] == "no-store"
        assert http.patch("/api/people/me", json={"bio": "x"}, headers={"Origin": url}).status_code == 200
        assert http.post("/api/rooms", json={"title": "x"}, headers={"Origin": url}).json()["whip_url"].startswith(url)


def test_browsers_are_told_what_they_may_do_with_every_answer_once(proxied: tuple[Served, str]) -> None:
    _, url = proxied
    with httpx.Client(base_url=url, verify=False) as http:
        long = "/" + "x" * 10_000
        for path, status in (("/", 200), ("/api/none", 404), ("/metrics", 404), (long, 414), ("/embed/none", 404)):
            answer = http.get(path)
            assert answer.status_code == status
            for name in ("x-content-type-options", "content-security-policy", "strict-transport-security"):
                assert len(answer.headers.get_list(name)) == 1, (path[:20], name)
            assert "frame-ancestors" in answer.headers["content-security-policy"] or path.startswith("/embed")


def test_the_client_passes_through_compressed_and_cacheable(proxied: tuple[Served, str]) -> None:
    _, url = proxied
    with httpx.Client(base_url=url, verify=False) as http:
        page = http.get("/", headers={"Accept-Encoding": "gzip"})
        assert page.headers["content-encoding"] == "gzip"
        assert f'<link rel="canonical" href="{url}/" />' in page.text
        found = re.search(r'"(/assets/base-[^"]+\.js)"', page.text)
        assert found
        with http.stream("GET", found[1], headers={"Accept-Encoding": "gzip, br"}) as script:
            sent = b"".join(script.iter_raw())
        assert script.headers["content-encoding"] == "br"
        assert script.headers["vary"] == "Accept-Encoding"
        assert "immutable" in script.headers["cache-control"]
        again = http.get(found[1], headers={"Accept-Encoding": "br", "If-None-Match": script.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert len(sent) > 0


def test_links_work_behind_the_proxy(proxied: tuple[Served, str]) -> None:
    server, url = proxied
    room = server.join().open_room("Behind the proxy")
    with httpx.Client(base_url=url, verify=False) as http:
        page = http.get(f"/room/{room['id']}").text
        assert f'property="og:url" content="{url}/room/{room["id"]}"' in page
        assert http.get("/room/none").status_code == 404
        assert "assets/" in http.get("/room/none").text, "the client's page, not nginx's"
        assert f"Sitemap: {url}/sitemap.xml" in http.get("/robots.txt").text
        assert f"<loc>{url}/sitemap/1.xml</loc>" in http.get("/sitemap.xml").text
        assert http.get("/oembed", params={"url": f"{url}/room/{room['id']}"}).json()["title"] == "Behind the proxy"
        for path in ("/sw.js", "/manifest.webmanifest", "/favicon.ico", "/apple-touch-icon.png", "/live"):
            assert http.get(path).status_code == 200, path
        assert http.post("/share", files={"file": b"video"}).status_code == 303


def test_chat_works_behind_the_proxy(proxied: tuple[Served, str]) -> None:
    server, url = proxied
    room = server.join().open_room()
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    address = f"wss{url[5:]}/chat/{room['id']}"
    with connect(address, ssl=trusting, subprotocols=["cadeau.msgpack.v1"], compression=None) as socket:  # type: ignore[list-item]
        received = socket.recv(timeout=20)
        assert isinstance(received, bytes)
        assert msgpack.unpackb(received)[0]["type"] == "welcome"


def test_an_upload_is_streamed_through_the_proxy(proxied: tuple[Served, str]) -> None:
    server, url = proxied
    person = server.join()
    headers = {"Authorization": f"Bearer {person.token}", "Tus-Resumable": "1.0.0"}
    content = b"\0" * 3_000_000
    with httpx.Client(verify=False) as http:
        made = http.post(f"{url}/api/uploads", headers=headers | {"Upload-Length": str(len(content))})
        assert made.status_code == 201, made.text
        place = httpx.URL(url).join(made.headers["location"])
        sent = http.patch(
            place, content=content,
            headers=headers | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        )  # fmt: skip
        assert sent.status_code == 204, sent.text
        assert sent.headers["cadeau-video"]

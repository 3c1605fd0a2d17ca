"""How the web client's files are served: compressed, cached, and never from elsewhere on the disk."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import pytest

from cadeau.pages.files import DIST, ClientFiles
from tests.cadeau.pages.conftest import title
from tests.served import Served

YEAR = "public, max-age=31536000, immutable"


def fetch(server: Served, path: str, accept: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer and its body as it came over the wire."""
    with server.http.stream("GET", path, headers={"Accept-Encoding": accept} | headers) as answer:
        return answer, b"".join(answer.iter_raw())


@pytest.fixture(scope="module")
def script(shared_server: Served) -> str:
    """The path of a script that the page loads."""
    found = re.search(r'href="(/assets/[^"]+\.js)"', shared_server.http.get("/").text)
    assert found, "build the web client first: make client"
    return found[1]


def test_a_script_is_sent_as_the_build_has_compressed_it(shared_server: Served, script: str) -> None:
    plain, text = fetch(shared_server, script, "identity")
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-length"] == str(len(text))
    zipped, packed = fetch(shared_server, script, "gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == text
    brotli, small = fetch(shared_server, script, "gzip, br")
    assert brotli.headers["content-encoding"] == "br"
    assert small == (DIST / f"{script[1:]}.br").read_bytes()
    assert len(small) < len(packed) < len(text)
    for answer in (plain, zipped, brotli):
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == YEAR
    assert len({answer.headers["etag"] for answer in (plain, zipped, brotli)}) == 3


def test_every_text_file_of_the_build_is_compressed() -> None:
    files = [
        file for file in (DIST / "assets").iterdir() if file.suffix in (".js", ".css") and file.stat().st_size > 500
    ]
    assert len(files) > 10
    assert [file.name for file in files if not Path(f"{file}.br").is_file() or not Path(f"{file}.gz").is_file()] == []


def test_a_file_that_the_client_has_is_not_sent_again(shared_server: Served, script: str) -> None:
    for path in ("/", script, "/manifest.webmanifest"):
        first, _ = fetch(shared_server, path, "br, gzip")
        again, body = fetch(shared_server, path, "br, gzip", **{"If-None-Match": f'"other", W/{first.headers["etag"]}'})
        assert (again.status_code, body) == (304, b""), path
        for name in ("etag", "vary", "cache-control"):
            assert again.headers[name] == first.headers[name], (path, name)
        changed, _ = fetch(shared_server, path, "br, gzip", **{"If-None-Match": '"other"'})
        assert changed.status_code == 200


def test_a_head_request_gets_the_headers_alone(shared_server: Served, script: str) -> None:
    for path in ("/", script, "/robots.txt", "/favicon.ico"):
        whole, empty = shared_server.http.get(path), shared_server.http.head(path)
        assert (empty.status_code, empty.content) == (200, b""), path
        assert empty.headers["content-length"] == whole.headers["content-length"]
        assert empty.headers["content-type"] == whole.headers["content-type"]


def test_what_decides_about_the_clients_version_is_always_asked_for(shared_server: Served) -> None:
    for path in ("/", "/video/none", "/sw.js", "/manifest.webmanifest", "/offline"):
        assert shared_server.http.get(path).headers["cache-control"] == "no-cache", path


def test_the_page_is_compressed_too(shared_server: Served) -> None:
    answer, packed = fetch(shared_server, "/", "gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert title(gzip.decompress(packed).decode()) == "Cadeau"
    assert "Accept-Encoding" in answer.headers["vary"]


def test_icons_are_where_browsers_look_for_them(shared_server: Served) -> None:
    ico = shared_server.http.get("/favicon.ico")
    assert ico.content[:4] == b"\0\0\1\0"
    touch = shared_server.http.get("/apple-touch-icon.png")
    assert (touch.headers["content-type"], touch.content[1:4]) == ("image/png", b"PNG")


def test_every_icon_of_the_manifest_has_the_size_it_names(shared_server: Served) -> None:
    answer = shared_server.http.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["id"], manifest["scope"], manifest["start_url"]) == ("/", "/", "/")
    pngs = [icon for icon in manifest["icons"] if icon["type"] == "image/png"]
    assert {(icon["sizes"], icon["purpose"]) for icon in pngs} >= {
        ("192x192", "any"), ("512x512", "any"), ("192x192", "maskable"), ("512x512", "maskable"),
    }  # fmt: skip
    for icon in pngs:
        content = shared_server.http.get(icon["src"]).content
        width, height = int.from_bytes(content[16:20]), int.from_bytes(content[20:24])
        assert f"{width}x{height}" == icon["sizes"]


def test_nothing_outside_the_client_is_served(shared_server: Served) -> None:
    for path in ("/.vite/manifest.json", "/index.html", "/assets/none.js", "/assets/../index.html", "/assets"):
        assert shared_server.http.get(path).status_code == 404, path
    name = next((DIST / "assets").glob("*.js.br")).name
    assert shared_server.http.get(f"/assets/{name}").status_code == 404, "the compressed forms have no address"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "dist" / "link.txt").symlink_to(tmp_path / "secret.txt")
    files = ClientFiles(tmp_path / "dist")
    for path in ("link.txt", "../secret.txt", "a" * 5_000, "a\0b", ""):
        assert files.find(path) is None


def test_only_the_face_trackers_frame_may_compile_text_and_it_has_no_origin(shared_server: Served) -> None:
    frame = shared_server.http.get("/face.html").headers["content-security-policy"]
    assert "'unsafe-eval'" in frame
    assert frame.endswith("sandbox allow-scripts")
    assert "allow-same-origin" not in frame
    assert "unsafe" not in shared_server.http.get("/").headers["content-security-policy"]


def test_a_frame_without_an_origin_may_load_scripts_and_nothing_private(shared_server: Served, script: str) -> None:
    null = {"Origin": "null"}
    assert shared_server.http.get(script, headers=null).headers["access-control-allow-origin"] == "*"
    for private in ("/", "/api/people/me"):
        assert "access-control-allow-origin" not in shared_server.http.get(private, headers=null).headers

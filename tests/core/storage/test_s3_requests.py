"""What goes over the wire to S3: nothing that other services than AWS reject."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import Unavailable
from core.storage.s3 import S3Storage


class Recorder(ThreadingHTTPServer):
    """Answers every request like an S3 that knows no object, and remembers its headers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heads: list[tuple[str, dict[str, str]]] = []


class _Handler(BaseHTTPRequestHandler):
    server: Recorder
    protocol_version = "HTTP/1.1"  # the client waits for "100 Continue"

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.heads.append((self.command, headers))
        self.rfile.read(int(headers.get("content-length", 0)))
        body = b"stored" if self.command == "GET" else b""
        self.send_response(206 if body else 200)
        self.send_header("ETag", '"x"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_GET = do_HEAD = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with Recorder() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_no_request_has_a_checksum_that_google_r2_b2_or_ceph_reject(recorder: Recorder, tmp_path: Path) -> None:
    storage = S3Storage.from_url(f"s3://bucket?endpoint=http://127.0.0.1:{recorder.server_port}")
    (tmp_path / "film.mp4").write_bytes(bytes(100_000))
    storage.put_bytes("posters/a.jpg", b"one")
    storage.put_file("videos/a.mp4", tmp_path / "film.mp4")
    list(storage.read("videos/a.mp4"))
    storage.stat("videos/a.mp4")
    storage.delete("videos/a.mp4")
    storage.close()
    assert [method for method, _ in recorder.heads] == ["PUT", "PUT", "GET", "HEAD", "DELETE"]
    for method, headers in recorder.heads:
        unusual = {name for name in headers if "checksum" in name or name.startswith("x-amz-trailer")}
        assert not unusual, (method, unusual)
        assert "aws-chunked" not in headers.get("content-encoding", "")
        assert headers["x-amz-content-sha256"] != "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def test_closing_ends_the_requests_that_nobody_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        storage = S3Storage.from_url(f"s3://bucket?endpoint=http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Unavailable):
            storage._wait(storage._client.head_bucket(Bucket="bucket"), timeout_s=0.2)
        storage.close()
        gc.collect()  # a request that still ran would complain now

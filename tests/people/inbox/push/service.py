"""A push service of our own, and a browser that is subscribed at it: it decrypts what arrives."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pywebpush import Vapid, http_ece

from people.inbox.push.keys import encoded


class Arrived:
    """A request to the push service."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body


Answer = Callable[[BaseHTTPRequestHandler], None]


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


class PushService:
    """`answer` is what it answers with from now on."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.arrived: list[Arrived] = []
        self.answer: Answer = status(201)

    def paths(self) -> list[str]:
        return [one.path for one in self.arrived]


@contextmanager
def push_service() -> Iterator[PushService]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.arrived.append(Arrived(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            service.answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service = PushService(server.server_port)
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    yield service
    server.shutdown()
    server.server_close()


class Browser:
    """Has the keys of a subscription."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    def subscription(self, language: str = "en") -> dict[str, Any]:
        public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": encoded(public), "auth": encoded(self._auth)}
        return {"endpoint": self.endpoint, "keys": keys, "language": language}

    def read(self, arrived: Arrived) -> dict[str, Any]:
        """The message. Fails if it is not for this browser."""
        text = http_ece.decrypt(arrived.body, private_key=self._key, auth_secret=self._auth, version="aes128gcm")
        message: dict[str, Any] = json.loads(text)
        return message


def sender_of(arrived: Arrived) -> str:
    """The public key that signed a message. Fails if the signature is wrong."""
    authorization = arrived.headers["authorization"]
    assert Vapid.verify(authorization)
    return authorization.rpartition("k=")[2]

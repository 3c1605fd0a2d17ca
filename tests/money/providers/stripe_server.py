"""A stand-in for Stripe on a real socket: creates Checkout Sessions, idempotently, and signs webhooks as it does."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

SECRET_KEY = "sk_test_secret"
WEBHOOK_SECRET = "whsec_secret"


class StripeServer:
    """`trouble` lists the answers to the next requests: a status, `hang` or `garbage`. After that requests succeed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.trouble: list[int | str] = []
        self.requests: list[tuple[dict[str, str], dict[str, str]]] = []  # headers (in lower case), form
        self.sessions: dict[str, dict[str, Any]] = {}  # by idempotency key
        self.released = threading.Event()  # releases hanging requests

    def create(self, headers: dict[str, str], form: dict[str, str]) -> tuple[int, bytes]:
        self.requests.append((headers, form))
        trouble = self.trouble.pop(0) if self.trouble else 200
        if trouble == "hang":
            self.released.wait(30)
            return 200, b""
        if trouble == "garbage":
            return 200, b"<html>"
        if trouble != 200:
            assert isinstance(trouble, int)
            return trouble, b'{"error": {"type": "api_error"}}'
        if headers.get("authorization") != f"Bearer {SECRET_KEY}":
            return 401, b'{"error": {"type": "invalid_request_error"}}'
        session = self.sessions.setdefault(
            headers["idempotency-key"],
            {
                "id": f"cs_test_{len(self.sessions)}",
                "object": "checkout.session",
                "url": f"https://checkout.stripe.example/{len(self.sessions)}",
                "client_reference_id": form["client_reference_id"],
                "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
                "currency": form["line_items[0][price_data][currency]"],
                "payment_status": "unpaid",
            },
        )
        return 200, json.dumps(session).encode()

    def session(self, purchase: str) -> dict[str, Any]:
        return next(s for s in self.sessions.values() if s["client_reference_id"] == purchase)


def webhook(kind: str, session: dict[str, Any], at: int, **changes: object) -> tuple[bytes, str]:
    """A webhook's body and its `Stripe-Signature`; `at` in Unix ms."""
    body = json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": session | changes}}).encode()
    return body, signature(body, at)


def signature(body: bytes, at: int, secret: str = WEBHOOK_SECRET) -> str:
    seconds = str(at // 1000)
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed},v0=ignored"


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = stripe.create(headers, form) if self.path == "/v1/checkout/sessions" else (404, b"{}")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client timed out
        stripe = StripeServer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield stripe
        stripe.released.set()
        server.shutdown()
        thread.join()

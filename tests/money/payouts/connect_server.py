"""A stand-in for Stripe Connect on a real socket: accounts, transfers and the balance, with the faults a test plans."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

SECRET_KEY = "sk_test_connect"
EVENTS_SECRET = "whsec_connect"

Answer = tuple[int, Any]


class ConnectServer:
    """`trouble`: for the next transfers, a status, `lost` (never arrives), or `unheard` (done, but nobody hears it)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.trouble: list[int | str] = []
        self.transfers: dict[str, dict[str, Any]] = {}  # by id
        self.keys: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.balance = 1_000_000
        self.now = 1_700_000_000
        self.moved: list[dict[str, Any]] = []  # balance transactions, oldest first
        self._lock = threading.Lock()

    def answer(self, method: str, target: str, key: str, body: bytes) -> Answer | None:
        """None: the connection breaks."""
        with self._lock:
            url = urlsplit(target)
            self.requests.append((method, url.path))
            if method == "POST" and url.path == "/v1/transfers":
                return self._transfer(key, dict(parse_qsl(body.decode())))
            if method == "GET" and url.path == "/v1/transfers":
                group = parse_qs(url.query)["transfer_group"][0]
                return 200, {"data": [one for one in self.transfers.values() if one["transfer_group"] == group]}
            if url.path.startswith("/v1/transfers/"):
                found = self.transfers.get(url.path.rpartition("/")[2])
                return (200, found) if found else (404, {"error": {"code": "resource_missing"}})
            if url.path == "/v1/balance_transactions":
                return 200, {"data": self.moved[::-1], "has_more": False}
            if url.path == "/v1/balance":
                return 200, {"available": [{"amount": self.balance, "currency": "usd"}]}
            return self._people(method, url.path, key, body)

    def reverse(self, transfer: str, amount: int) -> None:
        """A part of a transfer, or all of it, is taken back, by the dashboard say."""
        one = self.transfers[transfer]
        one["amount_reversed"] += amount
        one["reversed"] = one["amount_reversed"] == one["amount"]
        self.balance += amount
        moved = self._move("transfer_refund", amount)
        made = {"amount": amount, "created": self.now, "balance_transaction": moved}
        one["reversals"]["data"].insert(0, made)

    def _move(self, kind: str, amount: int) -> str:
        """A balance transaction."""
        self.moved.append({
            "id": f"txn_{len(self.moved)}", "amount": amount, "fee": 0, "currency": "usd", "created": self.now,
            "type": kind, "reporting_category": kind,
        })  # fmt: skip
        return str(self.moved[-1]["id"])

    def _people(self, method: str, path: str, key: str, body: bytes) -> Answer:
        if method == "POST" and path == "/v2/core/accounts":
            account = {"id": f"acct_{len(self.accounts)}", "told": json.loads(body), "status": "pending"}
            account = self.keys.setdefault(key, account)
            self.accounts[account["id"]] = account
            return 200, self._account(account)
        if path == "/v2/core/account_links":
            return 200, {"url": f"https://connect.stripe.example/{json.loads(body)['account']}"}
        return 200, self._account(self.accounts[path.rpartition("/")[2]])

    @staticmethod
    def _account(account: dict[str, Any]) -> dict[str, Any]:
        balance = {"stripe_transfers": {"status": account["status"]}}
        return {
            "id": account["id"],
            "configuration": {"recipient": {"capabilities": {"stripe_balance": balance}}},
            "requirements": {"summary": {"minimum_deadline": {"status": "past_due", "time": "2023-12-01T00:00:00Z"}}},
        }

    def _transfer(self, key: str, form: dict[str, str]) -> Answer | None:
        trouble = self.trouble.pop(0) if self.trouble else 200
        if trouble == "lost":
            return None
        if isinstance(trouble, int) and trouble != 200:
            return trouble, {"error": {"code": "account_invalid" if trouble == 400 else ""}}
        if key not in self.keys:
            amount = int(form["amount"])
            if amount > self.balance:
                return 400, {"error": {"code": "balance_insufficient"}}
            self.balance -= amount
            self.keys[key] = self.transfers[f"tr_{len(self.transfers)}"] = {
                "id": f"tr_{len(self.transfers)}", "object": "transfer", "amount": amount, "currency": form["currency"],
                "destination": form["destination"], "transfer_group": form["transfer_group"], "reversed": False,
                "amount_reversed": 0, "created": self.now, "reversals": {"object": "list", "data": []},
                "balance_transaction": self._move("transfer", -amount),
                "metadata": {"payout": form["metadata[payout]"], "attempt": form["metadata[attempt]"]},
            }  # fmt: skip
        return None if trouble == "unheard" else (200, self.keys[key])


def event(now: int, **content: Any) -> tuple[bytes, str]:
    """A signed event."""
    body = json.dumps({"id": "evt_1"} | content).encode()
    return body, signature(body, now)


def signature(body: bytes, now: int, secret: str = EVENTS_SECRET) -> str:
    signed = hmac.new(secret.encode(), f"{now // 1000}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now // 1000},v1={signed}"


@contextmanager
def connect_server() -> Iterator[ConnectServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: else each answer waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers["Authorization"] != f"Bearer {SECRET_KEY}":
                answer: Answer | None = 401, {}
            else:
                answer = stripe.answer(self.command, self.path, self.headers.get("Idempotency-Key", ""), body)
            if answer is None:
                self.close_connection = True
                return
            content = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        stripe = ConnectServer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield stripe
        server.shutdown()
        thread.join()

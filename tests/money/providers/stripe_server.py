"""A stand-in for Stripe on a real socket: sessions, payments, refunds, disputes, warnings and balance transactions.

It answers as Stripe documents it, idempotently, and signs its webhooks as Stripe does. `trouble` spoils the next
answers; `send` delivers events late, again and in any order, because it only returns them: the test decides.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SECRET_KEY = "sk_test_secret"
WEBHOOK_SECRET = "whsec_secret"
DISPUTE_FEE = 1_500

Row = dict[str, Any]


class StripeServer:
    """`trouble` lists the answers to the next requests: a status, `hang`, `garbage`, or `lost` (done, but the answer is
    cut off). After that requests succeed. `now` is in seconds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.trouble: list[int | str] = []
        self.requests: list[tuple[dict[str, str], dict[str, str]]] = []  # of POST: headers (in lower case), form
        self.asked: list[str] = []  # every request: its method and path
        self.now = 1_700_000_000
        self.bank = ""  # what it says to a card that is charged without its owner: a code of Stripe; empty: yes
        self.balance_lacks = False  # refunds are refused until the balance is filled
        self.released = threading.Event()  # releases hanging requests
        self.sessions: dict[str, Row] = {}  # by idempotency key
        self.payments: dict[str, Row] = {}
        self.charges: dict[str, Row] = {}
        self.refunds: dict[str, Row] = {}
        self.disputes: dict[str, Row] = {}
        self.warnings: list[Row] = []
        self.transactions: list[Row] = []  # oldest first
        self._places: dict[str, int] = {}  # of the transactions
        self._keys: dict[str, tuple[int, Row]] = {}
        self._lock = threading.RLock()
        self._numbers = itertools.count()

    # -- what happens at Stripe ------------------------------------------------------------------

    def session(self, purchase: str) -> Row:
        return next(s for s in self.sessions.values() if s["client_reference_id"] == purchase)

    def pay(self, purchase: str, *, fee: int = 60, **changes: Any) -> Row:
        """The buyer pays. `changes` of the session: another amount, say. Returns the event's object."""
        session = self.session(purchase)
        intent: Row = {
            "id": self._id("pi"), "object": "payment_intent", "amount": session["amount_total"],
            "currency": session["currency"], "metadata": {},
        }  # fmt: skip
        if session["saves"]:
            intent |= {
                "customer": self._id("cus"), "payment_method": self._id("pm"), "setup_future_usage": "off_session",
            }  # fmt: skip
        self._charge(intent, fee)
        session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent, **changes}
        return session

    def intent(self, purchase: str) -> Row:
        """The payment with a saved card."""
        return next(p for p in self.payments.values() if p["metadata"].get("purchase") == purchase)

    def _charge(self, intent: Row, fee: int = 60) -> None:
        charge: Row = {
            "id": self._id("ch"), "object": "charge", "amount": intent["amount"], "amount_refunded": 0,
            "currency": intent["currency"], "disputed": False, "metadata": {}, "payment_intent": intent["id"],
            "billing_details": {"address": {"country": "FR"}},
            "payment_method_details": {"card": {"country": "DE", "brand": "visa", "last4": "4242"}},
        }  # fmt: skip
        charge["balance_transaction"] = self.move("charge", intent["amount"], fee, charge["id"])
        intent |= {"status": "succeeded", "latest_charge": charge}
        self.charges[charge["id"]] = charge
        self.payments[intent["id"]] = intent

    def complete_unpaid(self, purchase: str, status: str = "processing") -> Row:
        """The buyer is through, but their bank transfer has not arrived (or `requires_payment_method`: it failed)."""
        session = self.session(purchase)
        intent: Row = {"id": self._id("pi"), "object": "payment_intent", "status": status, "latest_charge": None}
        session |= {"status": "complete", "payment_status": "unpaid", "payment_intent": intent}
        return session

    def expire(self, purchase: str) -> Row:
        session = self.session(purchase)
        session["status"] = "expired"
        return session

    def charge_of(self, purchase: str) -> Row:
        charge: Row = self.session(purchase)["payment_intent"]["latest_charge"]
        return charge

    def refund(self, purchase: str, amount: int, metadata: dict[str, str] | None = None) -> Row:
        """Refund, by the dashboard say. Returns the charge."""
        return self._refund_charge(self.charge_of(purchase), amount, metadata)

    def _refund_charge(self, charge: Row, amount: int, metadata: dict[str, str] | None) -> Row:
        charge["amount_refunded"] += amount
        refund = {
            "id": self._id("re"), "object": "refund", "amount": amount, "status": "succeeded",
            "payment_intent": charge["payment_intent"], "metadata": metadata or {},
        }  # fmt: skip
        refund["balance_transaction"] = self.move("refund", -amount, 0, refund["id"])
        self.refunds[refund["id"]] = refund
        return charge

    def dispute(
        self, purchase: str, *, amount: int | None = None, status: str = "needs_response", **changes: Any
    ) -> Row:
        charge = self.charge_of(purchase)
        amount = charge["amount"] if amount is None else amount
        dispute: Row = {
            "id": self._id("dp"), "object": "dispute", "amount": charge["amount"], "currency": charge["currency"],
            "status": status, "reason": "fraudulent", "charge": charge["id"],
            "payment_intent": charge["payment_intent"], "evidence_details": {"due_by": self.now + 86_400 * 7},
            "balance_transactions": [], **changes,
        }  # fmt: skip
        if not status.startswith("warning"):
            charge["disputed"] = True
            taken = self.move(
                "adjustment", -amount, DISPUTE_FEE, dispute["id"], reporting_category="dispute",
                currency=dispute["currency"],
            )  # fmt: skip
            dispute["balance_transactions"].append(taken)
        charge["disputed"] = True
        self.disputes[dispute["id"]] = dispute
        return dispute

    def decide(self, dispute: Row, status: str) -> Row:
        """The bank decides: `won` or `lost`."""
        dispute["status"] = status
        if status == "won":
            taken = dispute["balance_transactions"][0]
            back = self.move(
                "adjustment", -taken["amount"], -DISPUTE_FEE, dispute["id"], reporting_category="dispute_reversal",
                currency=taken["currency"],
            )  # fmt: skip
            dispute["balance_transactions"].append(back)
        return dispute

    def warn(self, purchase: str, *, actionable: bool = True) -> Row:
        charge = self.charge_of(purchase)
        warning = {
            "id": self._id("issfr"), "object": "radar.early_fraud_warning", "actionable": actionable,
            "charge": charge["id"], "payment_intent": charge["payment_intent"],
        }  # fmt: skip
        self.warnings.append(warning)
        return warning

    def move(self, kind: str, amount: int, fee: int, source: str, **changes: Any) -> Row:
        """A balance transaction."""
        moved = {
            "id": self._id("txn"), "object": "balance_transaction", "amount": amount, "fee": fee, "currency": "usd",
            "created": self.now, "type": kind, "reporting_category": kind, "source": source, **changes,
        }  # fmt: skip
        self._places[moved["id"]] = len(self.transactions)
        self.transactions.append(moved)
        return moved

    # -- HTTP ------------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, bytes]:
        with self._lock:
            self.asked.append(f"{method} {urlsplit(target).path}")
            if method == "POST":
                self.requests.append((headers, form))
            trouble = self.trouble.pop(0) if self.trouble else 200
        if trouble == "hang":
            self.released.wait(30)
            return 200, b""
        if trouble == "garbage":
            return 200, b"<html>"
        if trouble not in (200, "lost"):
            assert isinstance(trouble, int)
            return trouble, b'{"error": {"type": "api_error"}}'
        if headers.get("authorization") != f"Bearer {SECRET_KEY}":
            return 401, b'{"error": {"type": "invalid_request_error"}}'
        with self._lock:
            status, answer = self._route(method, target, headers, form)
            body = json.dumps(answer).encode()
        return (0, b"") if trouble == "lost" else (status, body)

    def _route(self, method: str, target: str, headers: dict[str, str], form: dict[str, str]) -> tuple[int, Row]:
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        name, _, one = url.path.removeprefix("/v1/").partition("/")
        if method == "POST":
            key = headers["idempotency-key"]
            if url.path.endswith("/expire"):
                return self._expire(url.path.split("/")[-2])
            if key not in self._keys:
                made = self._make(url.path, key, form)
                if made[0] != 200:
                    return made
                self._keys[key] = made
            return self._keys[key]
        if url.path.startswith("/v1/checkout/sessions/"):
            return _one([s for s in self.sessions.values() if s["id"] == url.path.rpartition("/")[2]])
        if name == "payment_intents":
            return _one([p for p in self.payments.values() if p["id"] == one])
        if name == "balance_transactions":
            return self._sourced(one) if one else (200, self._movements(query))
        lists: dict[str, list[Row]] = {
            "checkout": list(self.sessions.values()),
            "refunds": list(self.refunds.values()),
            "disputes": list(self.disputes.values()),
            "radar": self.warnings,
        }
        if name not in lists or (one and name not in ("checkout", "radar")):
            return 404, {"error": {"code": "resource_missing"}}
        return 200, _page(lists[name], query, expanded=name == "checkout" or "expand[]" in query)

    def _make(self, path: str, key: str, form: dict[str, str]) -> tuple[int, Row]:
        name, _, rest = path.removeprefix("/v1/").partition("/")
        if name == "payment_intents":
            ref, _, verb = rest.partition("/")
            return getattr(self, f"_{verb or 'begin'}_intent")(ref, form)  # type: ignore[no-any-return]
        if name == "payment_methods":
            return 200, {"id": rest.partition("/")[0]}
        return self._open_session(key, form) if path == "/v1/checkout/sessions" else self._refund(form)

    def _begin_intent(self, _: str, form: dict[str, str]) -> tuple[int, Row]:
        intent: Row = {
            "id": self._id("pi"), "object": "payment_intent", "status": "requires_confirmation", "latest_charge": None,
            "amount": int(form["amount"]), "currency": form["currency"], "customer": form["customer"],
            "payment_method": form["payment_method"], "metadata": {"purchase": form["metadata[purchase]"]},
        }  # fmt: skip
        self.payments[intent["id"]] = intent
        return 200, intent

    def _confirm_intent(self, ref: str, form: dict[str, str]) -> tuple[int, Row]:
        intent = self.payments[ref]
        if form.get("off_session") != "true" or intent["status"] != "requires_confirmation":
            return 400, {"error": {"code": "payment_intent_unexpected_state"}}
        if self.bank:
            intent["status"] = "requires_payment_method"
            return 402, {"error": {"code": self.bank, "type": "card_error"}}
        self._charge(intent)
        return 200, intent

    def _cancel_intent(self, ref: str, _: dict[str, str]) -> tuple[int, Row]:
        intent = self.payments[ref]
        if intent["status"] in ("succeeded", "canceled"):
            return 400, {"error": {"code": "payment_intent_unexpected_state"}}
        intent["status"] = "canceled"
        return 200, intent

    def _expire(self, ref: str) -> tuple[int, Row]:
        session = self.sessions.get(ref) or next(s for s in self.sessions.values() if s["id"] == ref)
        if session["status"] != "open":
            return 400, {"error": {"code": "resource_missing", "message": "Only open sessions can be expired."}}
        session["status"] = "expired"
        return 200, session

    def _sourced(self, ref: str) -> tuple[int, Row]:
        """A balance transaction with its source expanded."""
        if ref not in self._places:
            return 404, {"error": {"code": "resource_missing"}}
        moved = self.transactions[self._places[ref]]
        source = {**self.charges, **self.refunds, **self.disputes}.get(moved["source"])
        return 200, {**moved, "source": source and {"id": source["id"], "payment_intent": source["payment_intent"]}}

    def _movements(self, query: dict[str, str]) -> Row:
        """A page, newest first, without copying the list: it may be long."""
        after = query.get("starting_after")
        end = self._places[after] if after else len(self.transactions)
        start = max(0, end - int(query["limit"]))
        found = [row for row in self.transactions[start:end][::-1] if row["created"] >= int(query["created[gte]"])]
        return {"object": "list", "data": found, "has_more": start > 0 and len(found) == end - start}

    def _open_session(self, key: str, form: dict[str, str]) -> tuple[int, Row]:
        number = len(self.sessions)
        session = self.sessions[key] = {
            "id": f"cs_test_{number}", "object": "checkout.session", "url": f"{self.url}/pay/{number}",
            "client_reference_id": form["client_reference_id"], "status": "open", "payment_status": "unpaid",
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"], "payment_intent": None,
            "saves": form.get("payment_intent_data[setup_future_usage]") == "off_session",
        }  # fmt: skip
        return 200, session

    def _refund(self, form: dict[str, str]) -> tuple[int, Row]:
        charge: Row = self.payments[form["payment_intent"]]["latest_charge"]
        if self.balance_lacks:
            return 400, {"error": {"code": "balance_insufficient"}}
        if charge["disputed"]:
            return 400, {"error": {"code": "charge_disputed"}}
        if charge["amount_refunded"] + int(form["amount"]) > charge["amount"]:
            return 400, {"error": {"code": "charge_already_refunded"}}
        self._refund_charge(charge, int(form["amount"]), {"refund": form["metadata[refund]"]})
        made = dict(list(self.refunds.values())[-1])
        made["balance_transaction"] = made["balance_transaction"]["id"]  # not expanded
        return 200, made

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers):09}"


def _one(found: list[Row]) -> tuple[int, Row]:
    return (200, found[0]) if found else (404, {"error": {"code": "resource_missing"}})


def _page(rows: list[Row], query: dict[str, str], *, expanded: bool) -> Row:
    """Newest first, as Stripe lists everything."""
    newest = rows[::-1]
    if intent := query.get("payment_intent"):
        newest = [row for row in newest if intent in (row["payment_intent"], (_id_of(row["payment_intent"])))]
    start = 0
    if after := query.get("starting_after"):
        start = next(n for n, row in enumerate(newest) if row["id"] == after) + 1
    limit = int(query.get("limit", "10"))
    page = newest[start : start + limit]
    if not expanded:
        page = [{k: v["id"] if k == "balance_transaction" else v for k, v in row.items()} for row in page]
    return {"object": "list", "data": page, "has_more": start + limit < len(newest)}


def _id_of(expanded: Any) -> str:
    return expanded["id"] if isinstance(expanded, dict) else ""


def webhook(kind: str, about: Row, at: int, **changes: object) -> tuple[bytes, str]:
    """A webhook's body and its `Stripe-Signature`; `at` in Unix ms. Events expand nothing."""
    flat = {name: _flat(name, value) for name, value in (about | changes).items()}
    body = json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": flat}}).encode()
    return body, signature(body, at)


def _flat(name: str, value: Any) -> Any:
    expandable = name in ("payment_intent", "latest_charge", "balance_transaction")
    return value["id"] if expandable and isinstance(value, dict) else value


def signature(body: bytes, at: int, secret: str = WEBHOOK_SECRET) -> str:
    seconds = str(at // 1000)
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed},v0=ignored"


@contextmanager
def stripe_server() -> Iterator[StripeServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: else each answer waits 40 ms for an acknowledgement

        def do_GET(self) -> None:
            if self.path.startswith("/pay/"):
                self._send(200, b"<!doctype html><title>Pay</title><h1>Pay here</h1>", "text/html")
            else:
                self._answer("GET", {})

        def do_POST(self) -> None:
            self._answer("POST", dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())))

        def _answer(self, method: str, form: dict[str, str]) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, body = stripe.answer(method, self.path, headers, form)
            if status == 0:  # done, but the client never hears of it
                self.close_connection = True
                return
            self._send(status, body, "application/json")

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
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

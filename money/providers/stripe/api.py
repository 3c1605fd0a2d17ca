"""Stripe's API over HTTP, with bounded retries. https://docs.stripe.com/api"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import httpx
import msgspec
import structlog

from core.errors import Unavailable

API_VERSION = "2024-06-20"
ATTEMPTS_MAX = 3
TIMEOUT_S = 8.0
RETRY_S = 0.25
PAGE_ROWS_MAX = 100  # Stripe's limit

T = TypeVar("T")

log = structlog.get_logger("stripe")


class StripeRefused(Exception):
    """Stripe understood the request and refuses it. `code` is Stripe's."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"status {status} {code}")
        self.status = status
        self.code = code


class _Error(msgspec.Struct):
    code: str | None = None
    type: str | None = None


class _Failed(msgspec.Struct):
    error: _Error


class StripeApi:
    """Thread-safe; `close` closes its connections. Its calls block and raise Unavailable or StripeRefused."""

    def __init__(self, secret_key: str, url: str, timeout_s: float = TIMEOUT_S) -> None:
        headers = {"Authorization": f"Bearer {secret_key}", "Stripe-Version": API_VERSION}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout_s)

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, form: type[T], query: Mapping[str, str | int] | None = None) -> T:
        return _decoded(path, self._send("GET", path, params=dict(query or {})), form)

    def post(self, path: str, form: type[T], body: Mapping[str, str], key: str) -> T:
        """`key` makes the retries harmless, for the 24 hours that Stripe remembers it."""
        return _decoded(path, self._send("POST", path, data=dict(body), headers={"Idempotency-Key": key}), form)

    def pages(self, path: str, row: type[T], query: Mapping[str, str | int]) -> Iterator[list[T]]:
        """The rows of a list, a page at a time. Each needs an `id`."""
        form = msgspec.defstruct("Rows", [("data", list[row]), ("has_more", bool, False)])  # type: ignore[valid-type]
        after: dict[str, str] = {}
        while True:
            page: Any = self.get(path, form, {**query, "limit": PAGE_ROWS_MAX, **after})
            if page.data:
                yield page.data
            if not page.has_more or not page.data:
                return
            after = {"starting_after": page.data[-1].id}

    def _send(self, method: str, path: str, **options: Any) -> bytes:
        trouble = ""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                time.sleep(RETRY_S * 2 ** (attempt - 1))
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError as error:
                trouble = type(error).__name__
                continue
            if answer.is_success:
                return answer.content
            trouble = f"status {answer.status_code}"
            if answer.status_code not in (409, 429) and answer.status_code < 500:
                raise StripeRefused(answer.status_code, _code(answer.content))
        log.error("stripe does not answer", path=path, trouble=trouble)
        raise Unavailable("The payment provider does not answer; nothing was charged. Try again in a moment.")


def _code(body: bytes) -> str:
    try:
        error = msgspec.json.decode(body, type=_Failed).error
    except msgspec.DecodeError:
        return ""
    return error.code or error.type or ""


def _decoded(path: str, body: bytes, form: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.DecodeError as error:
        log.error("unexpected response of stripe", path=path, trouble=str(error))
        raise Unavailable("The payment provider's answer is not understood.") from None

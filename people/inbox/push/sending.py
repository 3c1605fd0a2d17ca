"""Sends one encrypted message to one push service (RFC 8030, 8291), within a time and with whatever it answers."""

from __future__ import annotations

import asyncio
import email.utils
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from pywebpush import WebPusher

from core.outages import is_outage
from people.errors import BadPushEndpoint
from people.inbox.push.endpoints import locate
from people.inbox.push.keys import encoded
from people.inbox.push.texts import Pushed

TIMEOUT_S = 5.0
KEPT_S = 24 * 3_600  # how long a push service keeps a message for a browser that is away
RETRY_AFTER_S_MAX = 3_600.0
GONE = (404, 410)  # RFC 8030, 7.3

Authorize = Callable[[str], str]
"""The value of Authorization for the origin of a push service."""

log = structlog.get_logger("push")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription, as far as sending needs it."""

    endpoint: str
    p256dh: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """`gone`: there is no such subscription any more; `failed`: it may work later, after `retry_s`; `late`: it was not
    its turn before the time was up."""

    verdict: Literal["sent", "gone", "failed", "refused", "late"]
    retry_s: float = 0.0


def send(subscriber: Subscriber, message: Pushed, authorize: Authorize, *, private: bool) -> Outcome:
    """Blocks for TIMEOUT_S at most, and for looking the host up. `private`: see `check_endpoint`."""
    keys = {"p256dh": encoded(subscriber.p256dh), "auth": encoded(subscriber.auth)}
    try:
        target = locate(subscriber.endpoint, private=private)
        body: bytes = WebPusher({"endpoint": subscriber.endpoint, "keys": keys}).encode(msgspec.json.encode(message))[
            "body"
        ]
        headers = {
            "Host": target.host,
            "Authorization": authorize(target.origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_S),
            "Urgency": "normal",
        }
        # A loop of its own: its deadline holds for all of the exchange, however slowly an answer drips in.
        return asyncio.run(_post(target.url, target.name, headers, body))
    except BadPushEndpoint:
        return Outcome("refused")
    except (OSError, TimeoutError, httpx.HTTPError, httpx.InvalidURL):
        return Outcome("failed")
    except Exception as error:  # of what somebody else's address and keys lead to; it would be the same the next time
        if is_outage(error):
            raise
        log.exception("cannot push to an endpoint", host=urlsplit(subscriber.endpoint).netloc)
        return Outcome("refused")


async def _post(url: str, name: str, headers: dict[str, str], body: bytes) -> Outcome:
    async with asyncio.timeout(TIMEOUT_S):
        # Neither a proxy nor a redirect: both would lead to another address than the one that was checked.
        async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as http:
            request = http.build_request("POST", url, headers=headers, content=body, extensions={"sni_hostname": name})
            answer = await http.send(request, stream=True)  # its body is not read: it could be of any length
            await answer.aclose()
    if answer.is_success:
        return Outcome("sent")
    if answer.status_code in GONE:
        return Outcome("gone")
    if answer.status_code == 429 or answer.status_code >= 500:
        return Outcome("failed", _retry_after(answer.headers.get("retry-after", "")))
    return Outcome("refused")


def _retry_after(text: str) -> float:
    """Seconds, from a number or a date (RFC 9110, 10.2.3); 0 if it says nothing."""
    try:
        seconds = float(text) if text.isdecimal() else 0.0
        if not seconds and text:
            date = email.utils.parsedate_to_datetime(text)
            now = email.utils.localtime()
            seconds = (date - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_S_MAX)

"""Calls of the provider: over https or on this machine, to where the operator or the provider's document says, and
bounded in time and size."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from core.settings import is_safe
from people.errors import OidcUnavailable

TIMEOUT_S = 5.0
ANSWER_BYTES_MAX = 256 * 1024


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes


async def get(url: str) -> bytes:
    """The body of a successful answer. Raises OidcUnavailable."""
    answer = await _call("GET", url)
    if answer.status != 200:
        raise OidcUnavailable
    return answer.body


async def post(url: str, form: Mapping[str, str], basic: tuple[str, str] | None) -> Answer:
    """Send a form. `basic`: name and password, if they are to be sent. Raises OidcUnavailable."""
    return await _call("POST", url, data=dict(form), auth=basic)


async def _call(method: str, url: str, data: dict[str, str] | None = None, auth: Any = None) -> Answer:
    if not is_safe(url):
        raise OidcUnavailable
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        # The deadline holds for all of the exchange, however slowly an answer drips in. No proxy and no redirect.
        async with asyncio.timeout(TIMEOUT_S):
            async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as http:
                request = http.build_request(method, url, headers=headers, data=data)
                answer = await http.send(request, auth=auth, stream=True)
                try:
                    return Answer(answer.status_code, await _read(answer))
                finally:
                    await answer.aclose()
    except (OSError, TimeoutError, httpx.HTTPError, httpx.InvalidURL):
        raise OidcUnavailable from None


async def _read(answer: httpx.Response) -> bytes:
    """As it comes: what is packed although we asked for it plain could become of any size."""
    body = bytearray()
    async for some in answer.aiter_raw():
        body += some
        if len(body) > ANSWER_BYTES_MAX:
            raise OidcUnavailable
    return bytes(body)

"""What WHIP and WHEP share: a POST with an offer creates a session, whose own address takes PATCH and DELETE."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from core.errors import Refusal, UnsupportedMediaType
from core.http import RequestGate, read_body
from core.limits import Rate
from live.media.transport.peer import Peer
from live.node import MediaNode
from signaling.answer import Local
from signaling.errors import BadSdp, NoIceRestart, PreconditionFailed, PreconditionRequired
from signaling.sdp import OFFER_BYTES_MAX, Offer, parse_offer

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
FRAGMENT_BYTES_MAX = 16 * 1024
OFFER_RATE = Rate(240, 60)
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, Link, ETag, Accept-Patch, Retry-After",
}
PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "OPTIONS, GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
    "Accept-Post": SDP,
}

Endpoint = Callable[[Request], Awaitable[Response]]


def cross_origin(endpoint: Endpoint) -> Endpoint:
    """Let pages of other sites ask, and read refusals. They cannot send our cookie, which only says who watches."""

    @functools.wraps(endpoint)
    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        try:
            response = await endpoint(request)
        except Refusal as refusal:
            refusal.headers.update(CORS)
            raise
        response.headers.update(CORS)
        return response

    return answer


async def read_offer(request: Request, name: str) -> Offer:
    """The offer in a POST, within the rate limit of its address. Raises RateExceeded, UnsupportedMediaType, BadSdp."""
    gate: RequestGate = request.app.state.gate
    gate.limiter.consume(name, gate.address(request), OFFER_RATE)
    return parse_offer(await _read_text(request, SDP, OFFER_BYTES_MAX))


async def _read_text(request: Request, content_type: str, bytes_max: int) -> str:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != content_type:
        raise UnsupportedMediaType(f"The content type must be {content_type}.", headers={"Accept-Post": SDP})
    try:
        return (await read_body(request, bytes_max)).decode()
    except UnicodeDecodeError:
        raise BadSdp from None


def local_end(peer: Peer, node: MediaNode) -> Local:
    return Local(peer.ufrag.decode(), peer.password.decode(), peer.fingerprint, node.addresses, node.tcp_addresses)


def created(location: str, peer: Peer, answer: str) -> Response:
    """A 201 as in RFC 9725, 4.2. The entity tag names the ICE session."""
    headers = {
        "Location": location,
        "ETag": entity_tag(peer),
        "Accept-Patch": FRAGMENT,
    }
    return Response(answer, 201, headers, SDP)


def entity_tag(peer: Peer) -> str:
    return f'"{peer.ufrag.decode()}"'


async def trickle(request: Request, peer: Peer) -> Response:
    """Candidates the client found later (RFC 9725, 4.3.2; RFC 8840).

    We check their form and do not use them: we send only to where the client's own connectivity checks come from.
    """
    fragment = await _read_text(request, FRAGMENT, FRAGMENT_BYTES_MAX)
    match = request.headers.get("if-match")
    if match is None:
        raise PreconditionRequired
    if match.strip() == "*":
        raise NoIceRestart
    if entity_tag(peer) not in (tag.strip() for tag in match.split(",")):
        raise PreconditionFailed
    lines = fragment.splitlines()
    if not any(line.startswith("a=ice-ufrag:") for line in lines) or not all(_is_line(line) for line in lines):
        raise BadSdp("This is not an SDP fragment.")
    return Response(status_code=204)  # without an ETag (RFC 9725, 4.3.2)


def _is_line(line: str) -> bool:
    return not line or (len(line) > 2 and line[1] == "=" and line[0].isalpha())

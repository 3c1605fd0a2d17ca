"""WHIP (RFC 9725): how a publisher negotiates a session. Its bearer token is the room's stream key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from core.http import RequestGate
from core.identity import Identity, may
from core.limits import Rate
from live.errors import AlreadyPublishing, WrongStreamKey
from live.media.relay.publisher import Publisher
from live.media.rtp.header_extensions import Extensions
from live.node import MediaNode
from live.ownership import Ownership
from live.rooms import Room, Rooms
from live.sessions import MediaSessions
from signaling.answer import answer_publisher, received_extensions
from signaling.errors import NoSuchSession
from signaling.resource import created, local_end, read_offer, trickle
from signaling.sdp import choose_sent

KEY_RATE = Rate(60, 60)  # sessions opened, and keys tried, from one address

Identify = Callable[[str], Awaitable[Identity]]
"""Looks a person up by id. Raises a Refusal when they may not act."""


class Whip:
    def __init__(
        self, rooms: Rooms, ownership: Ownership, node: MediaNode, sessions: MediaSessions, identify: Identify
    ) -> None:
        self._rooms = rooms
        self._ownership = ownership
        self._node = node
        self._sessions = sessions
        self._identify = identify

    async def publish(self, request: Request) -> Response:
        """Raises WrongStreamKey, RoomEnded, AlreadyPublishing, BadSdp, NoCommonCodec, RateExceeded."""
        return await self._publish(
            request, await self._rooms.check_stream_key(request.path_params["room"], key(request))
        )

    async def publish_by_key(self, request: Request) -> Response:
        """To the open room of the key's owner. Raises NoOpenRoom, and what `publish` raises."""
        return await self._publish(request, await self._rooms.open_room(key(request)))

    async def _publish(self, request: Request, found: Room) -> Response:
        room = found.id
        may(await self._identify(found.host.id), "live")  # a stream key stands for its host
        offer = await read_offer(request, "whip")
        self._sessions.check_vacant(room)
        chosen = choose_sent(offer, self._sessions.codecs(room))
        extensions = Extensions.of(received_extensions(offer, chosen))
        rids = next((offer.sections[i].rids for i, codec in chosen.items() if codec.kind == "video"), ())
        codecs = {codec.kind: codec for codec in chosen.values()}
        claim = await self._ownership.claim(room)
        try:
            publisher = self._sessions.publish(claim, codecs, extensions, rids, offer.remote)
        except AlreadyPublishing:  # by another session of this process, which holds the same claim
            raise
        except BaseException:
            await self._ownership.went_idle(claim)
            raise
        answer = answer_publisher(offer, chosen, local_end(publisher.peer, self._node))
        return created(f"/live/{room}/whip/{publisher.session}", publisher.peer, answer)

    async def change(self, request: Request) -> Response:
        return await trickle(request, self._session(request).peer)

    async def end(self, request: Request) -> Response:
        publisher = self._session(request)
        self._sessions.stop_publishing(request.path_params["room"], publisher.session)
        return Response(status_code=200)

    def _session(self, request: Request) -> Publisher:
        """Found by its address, which nobody can guess."""
        found = self._sessions.find_publisher(request.path_params["room"], request.path_params["session"])
        if found is None:
            raise NoSuchSession
        return found


def key(request: Request) -> str:
    """The stream key that a request shows. Raises WrongStreamKey, RateExceeded: nobody may try many keys."""
    gate: RequestGate = request.app.state.gate
    gate.limiter.consume("stream key", gate.address(request), KEY_RATE)
    return bearer(request)


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise WrongStreamKey(
            "The stream key belongs in the Authorization header.", headers={"WWW-Authenticate": "Bearer"}
        )
    return token.strip()

"""WHEP (draft-ietf-wish-whep): how a viewer negotiates a session. It needs no token."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from core.errors import InvalidRequest, NotFound, Refusal, UnsupportedMediaType
from core.http import RequestGate, read_body
from core.limits import Rate
from live.errors import RoomEnded
from live.media.relay.subscriber import Subscriber
from live.monitoring.watch_view import watch_view
from live.node import MediaNode
from live.rooms import Room, Rooms
from live.seats import Watcher
from live.sessions import MediaSessions
from signaling.answer import answer_viewer, dependency_id, send_time_id
from signaling.errors import NoSuchLayer, NoSuchSession
from signaling.resource import created, local_end, read_offer, trickle
from signaling.sdp import choose_received

LAYER_RELATION = "urn:ietf:params:whep:ext:core:layer"
CHOICE_BYTES_MAX = 1024
LAYER_RATE = Rate(120, 60)
PIXELS_MAX = 1 << 16
_VIEWER = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """Which layer to send. `height`: of the player, in pixels; `auto` sends no more than it can show."""

    choice: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    height: Annotated[int, msgspec.Meta(ge=1, le=PIXELS_MAX)] | None = None


class Whep:
    def __init__(self, rooms: Rooms, node: MediaNode, sessions: MediaSessions) -> None:
        self._rooms = rooms
        self._node = node
        self._sessions = sessions
        self._choice = msgspec.json.Decoder(Choice)

    async def watch(self, request: Request) -> Response:
        """Raises NotFound, RoomEnded, RoomNotLive, ViewersFull, BadSdp, NoCommonCodec, InvalidRequest."""
        room = request.path_params["room"]
        offer = await read_offer(request, "whep")
        found = await self._rooms.room(room)
        if found is None:
            raise NotFound("There is no such room.")
        if found.state == "ended":
            raise RoomEnded
        watcher = await _watcher(request, found)
        chosen = choose_received(offer, self._sessions.watchable(room, watcher))
        codecs = {codec.kind: codec for codec in chosen.values()}
        # Without layers to choose from, nobody needs an estimate of the viewer's bandwidth.
        send_time = send_time_id(offer, chosen) if self._sessions.layered(room) else 0
        dependency = dependency_id(offer, chosen)
        viewer = self._sessions.watch(room, codecs, send_time, dependency, offer.remote, watcher)
        local = local_end(viewer.peer, self._node)
        answer = answer_viewer(offer, chosen, viewer.ssrcs, local, send_time, dependency)
        response = created(f"/live/{room}/whep/{viewer.session}", viewer.peer, answer)
        response.headers["Link"] = f'<{response.headers["Location"]}/layer>; rel="{LAYER_RELATION}"'
        return response

    async def change(self, request: Request) -> Response:
        return await trickle(request, self._session(request).peer)

    async def end(self, request: Request) -> Response:
        """A session that has ended already is no error: the room may have ended first."""
        self._sessions.stop_watching(request.path_params["room"], request.path_params["session"])
        return Response(status_code=200)

    async def layers(self, request: Request) -> Response:
        """The layers there are, and how the session does. Raises NoSuchSession, RateExceeded."""
        return _view(self._limited(request))

    async def choose_layer(self, request: Request) -> Response:
        """Raises NoSuchSession, NoSuchLayer, InvalidRequest, UnsupportedMediaType, BodyTooLarge, RateExceeded."""
        viewer = self._limited(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise UnsupportedMediaType("The content type must be application/json.")
        body = await read_body(request, CHOICE_BYTES_MAX)
        try:
            choice = self._choice.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:  # ValidationError is a DecodeError
            raise InvalidRequest(str(error)) from None
        try:
            viewer.choose(choice.choice, choice.height)
        except KeyError:
            raise NoSuchLayer from None
        return _view(viewer)

    def _limited(self, request: Request) -> Subscriber:
        """A session, within its rate limit: pages ask once a second."""
        viewer = self._session(request)
        gate: RequestGate = request.app.state.gate
        gate.limiter.consume("whep-layer", request.path_params["session"], LAYER_RATE)
        return viewer

    def _session(self, request: Request) -> Subscriber:
        """Found by its address, which nobody can guess."""
        found = self._sessions.find_viewer(request.path_params["room"], request.path_params["session"])
        if found is None:
            raise NoSuchSession
        return found


async def _watcher(request: Request, room: Room) -> Watcher:
    """Who asks: a signed-in person, or the client that its `viewer` names, at its address. Raises InvalidRequest."""
    gate: RequestGate = request.app.state.gate
    network, viewer = gate.address(request), request.query_params.get("viewer")
    preview = request.query_params.get("preview", "0")
    if viewer is not None and not _VIEWER.fullmatch(viewer):
        raise InvalidRequest("viewer has 1 to 64 characters of A-Z a-z 0-9 _ -")
    if preview not in ("0", "1"):
        raise InvalidRequest("preview is 0 or 1")
    try:
        person = await gate.identify(gate.token(request, unsafe=True))
    except Refusal:  # watching needs no identity
        person = None
    if person is not None:
        return Watcher(network, f"person {person.id}", preview == "1", person.id == room.host.id)
    return Watcher(network, f"client {network} {viewer}" if viewer is not None else "", preview == "1")


def _view(viewer: Subscriber) -> Response:
    headers = {"Cache-Control": "no-store"}
    return Response(msgspec.json.encode(watch_view(viewer)), 200, headers, "application/json")

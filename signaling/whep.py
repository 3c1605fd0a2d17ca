"""WHEP (draft-ietf-wish-whep): how a viewer agrees a session. Public rooms need no token."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from core.errors import NotFound
from live.errors import RoomEnded
from live.relays import Relays
from live.rooms import Rooms
from live.viewer import Viewer
from signaling.errors import NoSuchSession
from signaling.resource import created, local_end, read_offer, trickle
from signaling.sdp import answer_viewer, choose_received


class Whep:
    def __init__(self, rooms: Rooms, relays: Relays) -> None:
        self._rooms = rooms
        self._relays = relays

    async def watch(self, request: Request) -> Response:
        """Raises NotFound, RoomEnded, RoomNotLive, ViewersFull, BadSdp, NoCommonCodec."""
        room = request.path_params["room"]
        offer = await read_offer(request, "whep")
        found = await self._rooms.room(room)
        if found is None:
            raise NotFound("There is no such room.")
        if found.state == "ended":
            raise RoomEnded
        chosen = choose_received(offer, self._relays.watchable(room))
        viewer = self._relays.watch(room, {codec.kind: codec for codec in chosen.values()}, 0, offer.remote)
        answer = answer_viewer(offer, chosen, viewer.ssrcs, local_end(viewer.peer, self._relays))
        return created(request, viewer.session, viewer.peer, answer)

    async def change(self, request: Request) -> Response:
        return await trickle(request, self._session(request).peer)

    async def end(self, request: Request) -> Response:
        """Ending what has ended is fine: the room may have been quicker."""
        self._relays.stop_watching(request.path_params["room"], request.path_params["session"])
        return Response(status_code=200)

    def _session(self, request: Request) -> Viewer:
        """By its address, which nobody can guess."""
        found = self._relays.find_viewer(request.path_params["room"], request.path_params["session"])
        if found is None:
            raise NoSuchSession
        return found

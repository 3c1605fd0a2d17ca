"""Opens `signaling`: the addresses of WHIP and WHEP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.part import Part
from live.relays import Relays
from live.rooms import Rooms
from signaling.resource import Endpoint, cross_origin
from signaling.whep import Whep
from signaling.whip import Identify, Whip


def open(*, rooms: Rooms, relays: Relays, identify: Identify) -> Part[None]:
    """`identify` refuses publishers whose host may not act."""
    whip, whep = Whip(rooms, relays, identify), Whep(rooms, relays)
    routes: list[BaseRoute] = [
        _route("/live/{room}/whip", {"POST": whip.publish}),
        _route("/live/{room}/whip/{session}", {"PATCH": whip.change, "DELETE": whip.end}),
        _route("/live/{room}/whep", {"POST": whep.watch}),
        _route("/live/{room}/whep/{session}", {"PATCH": whep.change, "DELETE": whep.end}),
        _route("/live/{room}/whep/{session}/layer", {"GET": whep.layers, "PUT": whep.choose_layer}),
    ]
    return Part(name="signaling", api=None, routes=routes)


def _route(path: str, verbs: dict[str, Endpoint]) -> Route:
    async def endpoint(request: Request) -> Response:
        return await verbs[request.method](request)

    return Route(path, cross_origin(endpoint), methods=[*verbs, "OPTIONS"])

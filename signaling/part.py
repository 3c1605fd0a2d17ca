"""Opens `signaling`: the addresses of WHIP and WHEP."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from core.errors import MethodNotAllowed
from core.part import Part
from live.part import Live
from signaling.resource import Endpoint, cross_origin
from signaling.whep import Whep
from signaling.whip import Identify, Whip


def open(live: Live, *, identify: Identify) -> Part[None]:
    """`identify` refuses publishers whose host may not act."""
    whip = Whip(live.rooms, live.ownership, live.node, live.sessions, identify)
    whep = Whep(live.rooms, live.node, live.sessions)
    routes: list[BaseRoute] = [
        _route("/live/whip", {"POST": whip.publish_by_key}),
        _route("/live/{room}/whip", {"POST": whip.publish}),
        _route("/live/{room}/whip/{session}", {"PATCH": whip.change, "DELETE": whip.end}),
        _route("/live/{room}/whep", {"POST": whep.watch}),
        _route("/live/{room}/whep/{session}", {"PATCH": whep.change, "DELETE": whep.end}),
        _route("/live/{room}/whep/{session}/layer", {"GET": whep.layers, "PUT": whep.choose_layer}),
    ]
    return Part(name="signaling", api=None, routes=routes)


def _route(path: str, verbs: dict[str, Endpoint]) -> Route:
    if "GET" in verbs:
        verbs = {**verbs, "HEAD": verbs["GET"]}
    allowed = ", ".join([*verbs, "OPTIONS"])

    async def endpoint(request: Request) -> Response:
        verb = verbs.get(request.method)
        if verb is None:
            raise MethodNotAllowed(headers={"Allow": allowed})
        return await verb(request)

    route = Route(path, cross_origin(endpoint))
    route.methods = set()  # all: no other route may answer in our place
    return route

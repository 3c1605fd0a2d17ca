"""The WebSocket of each tab."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import cast

from starlette.requests import Request
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from core.errors import NotSignedIn, Refusal, Unavailable
from core.http import READ_RATE, RequestGate
from core.http.protocol import WebSocket as Socket
from core.http.protocol import socket_of
from core.http.refusals.problems import problem_response
from core.outages import is_outage
from people.inbox.live import SIGNED_OUT, LiveInboxes, Tab

PATH = "/api/notifications/live"
TABS_PER_PERSON_MAX = 30
TABS_PER_NETWORK_MAX = 200
"""From one IPv4 address or one IPv6 /64."""
TOO_MANY_SOCKETS = 1008
SERVER_FULL = 4009


class InboxSockets:
    def __init__(self, live: LiveInboxes, sockets_max: int) -> None:
        self._live = live
        self._sockets_max = sockets_max
        self._networks: Counter[str] = Counter()

    def routes(self) -> list[WebSocketRoute]:
        return [WebSocketRoute(PATH, self.open, name="notifications")]

    async def open(self, websocket: WebSocket) -> None:
        """Let a person's tab listen. A page of another site must not use our cookie for it."""
        request = cast(Request, websocket)  # the gate only uses headers, cookies and address, which both have
        gate: RequestGate = websocket.app.state.gate
        ended = _Ended()
        unwatch = ended.forget
        try:
            token = gate.token(request, unsafe=True)
            address = gate.address(request)
            gate.limiter.consume(f"GET {PATH}", address, READ_RATE)
            unwatch = gate.watch(token, ended) if token else unwatch
            who = await gate.identify(token)
            if who is None:
                raise NotSignedIn(headers={"WWW-Authenticate": "Bearer"})
        except Exception as error:
            unwatch()
            if not isinstance(error, Refusal) and not is_outage(error):
                raise
            refusal = error if isinstance(error, Refusal) else Unavailable(headers={"Retry-After": "2"})
            await websocket.send_denial_response(problem_response(request, refusal))
            return
        await websocket.accept()
        if (no_seat := self._refusal(who.id, address, shared=gate.limiter.enabled)) is not None:
            unwatch()
            await websocket.close(*no_seat)
            return
        self._networks[address] += 1

        def left() -> None:
            unwatch()
            self._leave(address)

        socket = socket_of(websocket)
        tab = Tab(self._live, socket, who.id, partial(gate.identify, token))
        self._live.enter(tab)
        socket.receive(tab, left)
        ended.close_then(socket)

    def _refusal(self, person: str, address: str, *, shared: bool) -> tuple[int, str] | None:
        """The code and the reason to close a new connection with. `shared`: no network may take them all."""
        if self._live.tabs_of(person) >= TABS_PER_PERSON_MAX:
            return TOO_MANY_SOCKETS, "too many tabs of this person"
        if shared and self._networks[address] >= TABS_PER_NETWORK_MAX:
            return TOO_MANY_SOCKETS, "too many connections from this address"
        if self._live.tabs >= self._sockets_max:
            return SERVER_FULL, "the server is full"
        return None

    def _leave(self, address: str) -> None:
        self._networks[address] -= 1
        if not self._networks[address]:
            del self._networks[address]


class _Ended:
    """Closes a socket when its session ends, even if that happens while it is being opened."""

    __slots__ = ("_happened", "_socket")

    def __init__(self) -> None:
        self._happened = False
        self._socket: Socket | None = None

    def __call__(self) -> None:
        self._happened = True
        if self._socket is not None:
            self._socket.close(SIGNED_OUT, "signed out")

    def close_then(self, socket: Socket) -> None:
        self._socket = socket
        if self._happened:
            self()

    def forget(self) -> None:
        """Nobody is signed in: there is nothing to watch."""

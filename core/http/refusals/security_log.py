"""Security events: refused access, limits that were reached, proofs that were wrong; one line of the log each.

Whoever is refused decides how often. So there are at most so many lines a second, and of what comes from one network so
many a minute, lest it crowd out the others. What is left out is counted, in the metrics and in the next line.
"""

from __future__ import annotations

from typing import Any, Literal

import structlog
from prometheus_client import Counter
from starlette.requests import Request

from core.errors import Refusal
from core.limits import Limiter, Rate

LINES_RATE = Rate(20, 1)
NETWORK_LINES_RATE = Rate(60, 60)
LEFT_OUT = Counter("cadeau_security_events_left_out_total", "Security events that the log has no line of.")

Event = Literal["access_refused", "limit_reached", "proof_refused"]

log = structlog.get_logger("security")


class SecurityLog:
    """One for each process. Nothing that happens for a packet, a message of a socket or a gift may write here."""

    def __init__(self) -> None:
        self._limiter = Limiter()
        self._left_out = 0

    def write(self, event: str, *, address: str, **fields: Any) -> None:
        """`address`: the network that it came from."""
        if self._limiter.wait("network", address, NETWORK_LINES_RATE) or self._limiter.wait("all", "", LINES_RATE):
            self._left_out += 1
            LEFT_OUT.inc()
            return
        if self._left_out:
            log.warning("events_left_out", count=self._left_out)
            self._left_out = 0
        log.warning(event, address=address, **fields)

    def note(self, request: Request, refusal: Refusal, *, address: str, shown: bool) -> None:
        """A request was refused. `shown`: it showed a token."""
        event = None if refusal.noted else event_of(refusal, shown=shown)
        if event is not None:
            route = getattr(request.scope.get("route"), "path", "none")
            person = request.scope.get("state", {}).get("person", "")
            self.write(event, address=address, code=refusal.code, method=request.method, route=route, person=person)


def event_of(refusal: Refusal, *, shown: bool) -> Event | None:
    """A visitor who is asked to sign in is no event; a token that is not valid is."""
    if refusal.proves:
        return "proof_refused"
    if refusal.status == 429:
        return "limit_reached"
    return "access_refused" if refusal.status == 403 or (refusal.status == 401 and shown) else None

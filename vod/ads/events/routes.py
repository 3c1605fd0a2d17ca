"""Events of ads over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.http import Access, Call, Operation, RequestGate
from core.limits import Rate
from vod.ads.events.events import AdEvents
from vod.ads.events.invalid import Kind
from vod.ads.serving.devices import AGENT_CHARS_MAX, is_program
from vod.ads.serving.signing import IMPRESSION_CHARS

AD_EVENTS_BATCH_MAX = 50
AD_EVENTS_RATE = Rate(120, 60)
NETWORK_AD_EVENTS_RATE = Rate(12_000, 600)  # a network may stand for many people


class AdEvent(msgspec.Struct, forbid_unknown_fields=True):
    """Something that happened to an ad on a screen: `view` it is there, `viewable` half of it played for two unbroken
    seconds in the foreground."""

    impression: Annotated[str, msgspec.Meta(max_length=IMPRESSION_CHARS)]
    kind: Kind


class NewAdEvents(msgspec.Struct, forbid_unknown_fields=True):
    events: Annotated[list[AdEvent], msgspec.Meta(min_length=1, max_length=AD_EVENTS_BATCH_MAX)]


class AdEventsAccepted(msgspec.Struct):
    """How many of them are new. What does not count is accepted, too."""

    accepted: int


class AdEventRoutes:
    def __init__(self, events: AdEvents) -> None:
        self._events = events

    def operations(self) -> list[Operation]:
        return [
            Operation("POST", "/api/ads/events", self.report, access=Access.ANYONE, status=202, rate=AD_EVENTS_RATE)
        ]

    async def report(self, call: Call, body: NewAdEvents) -> AdEventsAccepted:
        """Report events of ads."""
        gate: RequestGate = call.request.app.state.gate
        network = gate.address(call.request)
        gate.limiter.consume("ad events", network, NETWORK_AD_EVENTS_RATE, len(body.events))
        agent = call.request.headers.get("user-agent", "")[:AGENT_CHARS_MAX]
        person = call.who.id if call.who is not None else None
        events = [(event.impression, event.kind) for event in body.events]
        return AdEventsAccepted(await self._events.record(events, person, person or network, program=is_program(agent)))

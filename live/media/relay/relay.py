"""A relay: the sources of one room and its subscribers."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from live.media.fanout.engine import Engine
from live.media.relay.publisher import Publisher
from live.media.relay.source import Source
from live.media.relay.subscriber import Subscriber

HOST = "host"  # the source that decides whether the relay is live
RETURN_S_MAX = 20.0  # how long subscribers wait for a host that went away
TICKS_PER_S = 10
REPORT_TICKS, PLAIN_REPORT_TICKS = 20, 50  # between two sender reports to a subscriber: with layers, and without
SELECT_TICKS = 5  # between two selections of layers


class Relay:
    def __init__(self, name: str, engine: Engine) -> None:
        self.name = name
        self.host = Source(HOST, engine)
        self.sources: dict[str, Source] = {HOST: self.host}
        self.subscribers: dict[str, Subscriber] = {}  # by session
        self.began_at = time.monotonic()
        self._ticks = 0

    def update(self, now: float) -> None:
        """Ten times a second. Subscribers take turns, so that no moment has to serve them all."""
        for source in self.sources.values():
            source.send_feedback(now)
        turn = self._ticks = self._ticks + 1
        layered = self.layered
        every = REPORT_TICKS if layered else PLAIN_REPORT_TICKS
        for subscriber in itertools.islice(list(self.subscribers.values()), turn % every, None, every):
            if subscriber.watching:
                subscriber.send_report()
        if turn % TICKS_PER_S == 0:
            self.measure(now)
        if layered:
            silenced = sum(source.check_silence(now) for source in self.sources.values()) > 0
            for subscriber in self.subscribers.values():
                subscriber.update(now, select=silenced or turn % SELECT_TICKS == 0)

    def measure(self, now: float) -> None:
        for source in self.sources.values():
            source.measure(now)

    @property
    def layered(self) -> bool:
        """Whether subscribers can be given one layer or another."""
        return any(source.layered for source in self.sources.values())

    def is_abandoned(self, now: float) -> bool:
        """Whether the host has been away for longer than its subscribers wait."""
        return now - self.host.received_at > RETURN_S_MAX

    @property
    def watching(self) -> int:
        return sum(subscriber.watching for subscriber in self.subscribers.values())

    @property
    def packets(self) -> int:
        """Received from publishers."""
        return sum(source.packets for source in list(self.sources.values()))

    @property
    def payload_bytes(self) -> int:
        """Of those packets."""
        return sum(source.payload_bytes for source in list(self.sources.values()))

    def sessions(self) -> Iterator[Publisher | Subscriber]:
        for source in self.sources.values():
            if source.publisher is not None:
                yield source.publisher
        yield from self.subscribers.values()

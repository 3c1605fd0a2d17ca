"""Numbers of the whole process for Prometheus, read when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from chat.chat import Chat
from core.database import Database
from live.relays import Relays

_registered: list[Collector] = []  # the registry is the process's; the tests open one application after another


class _Numbers(Collector):
    def __init__(self, database: Database, relays: Relays, chat: Chat) -> None:
        self._database = database
        self._relays = relays
        self._chat = chat

    def collect(self) -> Iterable[Metric]:
        media = self._relays.totals()
        yield GaugeMetricFamily("cadeau_database_queued_writes", "Writes that wait.", self._database.queued)
        yield GaugeMetricFamily("cadeau_chat_connections", "Open chat connections.", self._chat.sockets)
        yield GaugeMetricFamily("cadeau_publishers", "Rooms with a publisher.", media.publishers)
        yield GaugeMetricFamily("cadeau_viewers", "WebRTC viewers.", media.viewers)
        yield GaugeMetricFamily("cadeau_viewers_losing", "Viewers who lose over 5 % of packets.", media.viewers_losing)
        yield CounterMetricFamily("cadeau_media_packets_in", "RTP packets from publishers.", media.packets_in)
        yield CounterMetricFamily("cadeau_media_packets_out", "RTP packets to viewers.", media.packets_out)


def register_metrics(database: Database, relays: Relays, chat: Chat) -> None:
    """Show this application's numbers, and no longer those of one that was opened before it."""
    while _registered:
        REGISTRY.unregister(_registered.pop())
    _registered.append(_Numbers(database, relays, chat))
    REGISTRY.register(_registered[0])

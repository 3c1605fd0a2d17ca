"""Numbers of the whole process for Prometheus, read when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UNSET
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from chat.chat import Chat
from core.database import Database
from live.health import Health
from live.node import MediaNode
from live.sessions import MediaSessions

_registered: list[Collector] = []  # the registry is the process's; the tests open one application after another


class _Numbers(Collector):
    def __init__(self, database: Database, node: MediaNode, sessions: MediaSessions, chat: Chat) -> None:
        self._database = database
        self._node = node
        self._sessions = sessions
        self._chat = chat

    def collect(self) -> Iterable[Metric]:
        media = self._sessions.totals()
        yield GaugeMetricFamily("cadeau_database_queued_writes", "Writes that wait.", self._database.queued)
        yield GaugeMetricFamily("cadeau_chat_connections", "Open chat connections.", self._chat.sockets)
        yield GaugeMetricFamily("cadeau_publishers", "Rooms with a publisher.", media.publishers)
        yield GaugeMetricFamily("cadeau_viewers", "WebRTC viewers.", media.viewers)
        yield GaugeMetricFamily("cadeau_viewers_losing", "Viewers who lose over 5 % of packets.", media.viewers_losing)
        yield CounterMetricFamily("cadeau_media_packets_in", "RTP packets from publishers.", media.packets_in)
        yield CounterMetricFamily("cadeau_media_packets_out", "RTP packets to viewers.", media.packets_out)
        yield CounterMetricFamily("cadeau_media_bytes_in", "Payload bytes from publishers.", media.bytes_in)
        yield CounterMetricFamily("cadeau_media_bytes_out", "Bytes of packets to viewers.", media.bytes_out)
        yield InfoMetricFamily("cadeau_media_fanout", "What sends media to viewers.", {"name": self._node.fanout_name})
        yield from _rooms({room: self._sessions.health(room) for room in list(self._sessions.relays)})


def _rooms(rooms: Mapping[str, Health]) -> Iterable[Metric]:
    """How each room's publisher does, and each layer of its picture."""
    lost = CounterMetricFamily("cadeau_room_packets_lost", "Packets that never came.", labels=["room"])
    received = CounterMetricFamily("cadeau_room_packets", "Packets that came.", labels=["room"])
    trip = GaugeMetricFamily("cadeau_room_round_trip_seconds", "To the publisher and back.", labels=["room"])
    labels = ["room", "layer"]
    bitrate = GaugeMetricFamily("cadeau_room_bitrate_bps", "What a layer takes.", labels=labels)
    frames = GaugeMetricFamily("cadeau_room_frames_per_second", "Pictures of a layer.", labels=labels)
    viewers = GaugeMetricFamily("cadeau_room_viewers", "Who gets a layer.", labels=labels)
    for room, health in rooms.items():
        lost.add_metric([room], health.lost)
        received.add_metric([room], health.packets)
        if health.round_trip_ms is not UNSET:
            trip.add_metric([room], health.round_trip_ms / 1000)
        for layer in health.layers:
            bitrate.add_metric([room, layer.layer], layer.bitrate_bps)
            frames.add_metric([room, layer.layer], layer.frames_per_second)
            viewers.add_metric([room, layer.layer], layer.viewers)
    return lost, received, trip, bitrate, frames, viewers


def register_metrics(database: Database, node: MediaNode, sessions: MediaSessions, chat: Chat) -> None:
    """Show this application's numbers, and no longer those of one that was opened before it."""
    while _registered:
        REGISTRY.unregister(_registered.pop())
    _registered.append(_Numbers(database, node, sessions, chat))
    REGISTRY.register(_registered[0])

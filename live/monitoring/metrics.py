"""Prometheus metrics of this node's media: totals, and each room's publisher and layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import UNSET
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric

from live.monitoring.health import Health
from live.node import MediaNode
from live.sessions import MediaSessions


def media_metrics(node: MediaNode, sessions: MediaSessions) -> Iterable[Metric]:
    media = sessions.totals()
    yield GaugeMetricFamily("cadeau_publishers", "Rooms with a publisher.", media.publishers)
    yield GaugeMetricFamily("cadeau_viewers", "WebRTC viewers.", media.viewers)
    yield GaugeMetricFamily("cadeau_viewers_losing", "Viewers who lose over 5 % of packets.", media.viewers_losing)
    yield CounterMetricFamily("cadeau_media_packets_in", "RTP packets from publishers.", media.packets_in)
    yield CounterMetricFamily("cadeau_media_packets_out", "RTP packets to viewers.", media.packets_out)
    yield CounterMetricFamily("cadeau_media_bytes_in", "Payload bytes from publishers.", media.bytes_in)
    yield CounterMetricFamily("cadeau_media_bytes_out", "Bytes of packets to viewers.", media.bytes_out)
    yield InfoMetricFamily("cadeau_media_fanout", "What sends media to viewers.", {"name": node.fanout_name})
    yield from _room_metrics({room: sessions.health(room) for room in list(sessions.relays)})


def _room_metrics(rooms: Mapping[str, Health]) -> Iterable[Metric]:
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

"""Exposes the parts' metrics to Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import REGISTRY
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from core.part import Part

_registered: list[Collector] = []  # the registry is the process's; the tests open one application after another


class _PartMetrics(Collector):
    def __init__(self, parts: Sequence[Part[object]]) -> None:
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        for part in self._parts:
            yield from part.metrics()


def register_metrics(parts: Sequence[Part[object]]) -> None:
    """Expose these parts' metrics instead of those of an application opened earlier in this process."""
    while _registered:
        REGISTRY.unregister(_registered.pop())
    _registered.append(_PartMetrics(parts))
    REGISTRY.register(_registered[0])

"""What is measured of the recommender, and whether it works."""

from __future__ import annotations

import time
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from core.http.readiness import Degraded
from vod.feed.learning.learning import Learning

BEHIND_S_MAX = 60.0


def learning_metrics(learning: Learning) -> Iterable[Metric]:
    memory = GaugeMetricFamily("cadeau_recommender_bytes", "Memory of the model.", labels=["about"])
    for about, size in learning.sizes():
        memory.add_metric([about], size)
    yield memory
    yield CounterMetricFamily("cadeau_recommender_events", "Events that the model has learned.", learning.learned)
    yield GaugeMetricFamily(
        "cadeau_recommender_lag_seconds", "Age of the last event of another node when it came.",
        learning.behind_ms / 1000,
    )  # fmt: skip
    if learning.ready:
        yield GaugeMetricFamily(
            "cadeau_recommender_behind_seconds", "Since the rows were last read.",
            time.monotonic() - learning.caught_up_at,
        )  # fmt: skip


async def check_learning(learning: Learning) -> None:
    """Raises Degraded while the feed is not personal, or does not hear of other nodes' events."""
    if not learning.ready:
        raise Degraded("loading")
    if time.monotonic() - learning.caught_up_at > BEHIND_S_MAX:
        raise Degraded("behind")

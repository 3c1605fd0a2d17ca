"""The model's signals from rows of feed_events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from vod.feed.learning.judging import Done
from vod.feed.recommender.signals import Signal, SignalKind

PROFILE_ROWS_MAX = 5_000  # of a person, the newest: more are not learned again

SIGNALS: Mapping[str, SignalKind] = {
    "view": "watched", "finish": "finished", "skip": "skipped", "share": "shared", "not_interested": "not_interested",
    "like": "liked", "unlike": "unliked", "comment": "commented", "save": "saved", "follow": "followed",
    "report": "reported", "unreport": "report_withdrawn",
}  # fmt: skip


def signal_of(row: Row[Any] | Done, voice: float | None = None) -> Signal | None:
    """What the model learns from a row of feed_events, or one to be. None if nobody's profile may learn from it.

    `voice` replaces the row's."""
    kind = SIGNALS.get(row.kind)
    if row.profile is None or kind is None:
        return None
    return Signal(row.profile, row.video, kind, row.at, row.fraction, row.voice if voice is None else voice)

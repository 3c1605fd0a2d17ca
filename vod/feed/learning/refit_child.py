"""The child process of a refit: reads the likes, fits them, writes the result. Nice to everything else."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from core.database import Database
from vod.feed.learning.refits import REFIT_BYTES_MAX, REFIT_EVENTS_MAX, Order, body_of
from vod.feed.recommender.ease import fit
from vod.tables import feed_events

NICE = 10
BATCH_ROWS = 10_000
LIKING = {"finish": 0.5, "like": 1.0, "share": 1.0, "comment": 0.6, "save": 1.0, "follow": 1.0}
"""How much each kind says that the person likes the video. What counts for others is this times the voice."""

Likes = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.bytes_]]


def main() -> None:
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (REFIT_BYTES_MAX, REFIT_BYTES_MAX))
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    database = Database(order.url)
    people, videos, weights, ids = database.read(likes)
    database.close()
    Path(order.target).write_bytes(body_of(fit(people, videos, weights, ids)))


def likes(connection: Connection) -> Likes:
    """Of each person and video what the person said most of it: people, videos and weights, and the videos' ids.

    Of more than REFIT_EVENTS_MAX events the newest count.
    """
    people: dict[str, int] = {}
    videos: dict[str, int] = {}
    strongest: dict[int, float] = {}
    for profile, video, kind, voice in _rows(connection):
        person = people.setdefault(profile, len(people))
        pair = person << 32 | videos.setdefault(video, len(videos))
        strongest[pair] = max(strongest.get(pair, 0.0), LIKING[kind] * voice)
    pairs = np.fromiter(strongest, np.int64, len(strongest))
    weights = np.fromiter(strongest.values(), np.float32, len(strongest))
    ids = np.array([video.encode() for video in videos], dtype="S20")
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32), weights, ids


def _rows(connection: Connection) -> Iterator[tuple[str, str, str, float]]:
    columns = feed_events.c.id, feed_events.c.profile, feed_events.c.video, feed_events.c.kind, feed_events.c.voice
    said = feed_events.c.voice > 0, feed_events.c.profile.is_not(None), feed_events.c.kind.in_(LIKING)
    query = select(*columns).where(*said).order_by(feed_events.c.id.desc()).limit(BATCH_ROWS)
    rows = connection.execute(query).all()
    for _ in range(REFIT_EVENTS_MAX // BATCH_ROWS):
        yield from ((row.profile, row.video, row.kind, row.voice) for row in rows)
        if len(rows) < BATCH_ROWS:
            return
        rows = connection.execute(query.where(feed_events.c.id < rows[-1].id)).all()

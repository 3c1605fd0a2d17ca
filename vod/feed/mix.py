"""How a page of the feed is mixed: videos, and inserts (live rooms; later ads) among them. Pure, without SQL.

Two inserts are never neighbours, unless the feed has so few videos that live rooms have to fill it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

SHORT_FEED_VIDEOS = 6  # with fewer videos in all, inserts that may do so follow the last one

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spacing:
    """Where the inserts of one kind may go, counted in videos."""

    every: int  # videos between two of them
    head_start: int  # of these, how many count as shown when a session begins: all of them, and one opens the feed
    fills: bool = False  # whether they may follow each other once the videos of a short feed are over


ROOM_SPACING = Spacing(every=6, head_start=6, fills=True)


@dataclass(frozen=True, slots=True)
class Lane(Generic[T]):
    """The inserts of one kind that are at hand, the best first."""

    spacing: Spacing
    candidates: Sequence[T]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a swipe session has come."""

    videos: int  # shown so far
    inserts: int
    gaps: tuple[int, ...]  # for each lane: videos since its last insert

    @classmethod
    def start(cls, spacings: Sequence[Spacing]) -> Progress:
        return cls(0, 0, tuple(spacing.head_start for spacing in spacings))

    @property
    def position(self) -> int:
        return self.videos + self.inserts


def mix(
    videos: Sequence[T], lanes: Sequence[Lane[T]], progress: Progress, limit: int, *, videos_end: bool
) -> tuple[list[T], Progress]:
    """A page of at most `limit` items, and where the next one continues. Lanes come in order of precedence.

    `videos_end` says that no videos follow these.
    """
    page: list[T] = []
    gaps = list(progress.gaps)
    used = [0] * len(lanes)
    placed = 0
    while len(page) < limit:
        lane = _due(lanes, used, gaps)
        if lane is None and placed < len(videos):
            page.append(videos[placed])
            placed += 1
            gaps = [gap + 1 for gap in gaps]
            continue
        if lane is None and videos_end and progress.videos + placed < SHORT_FEED_VIDEOS:
            lane = _filling(lanes, used)
        if lane is None:
            break
        page.append(lanes[lane].candidates[used[lane]])
        used[lane] += 1
        gaps[lane] = 0
    return page, Progress(progress.videos + placed, progress.inserts + sum(used), tuple(gaps))


def videos_wanted(lanes: Sequence[Lane[T]], progress: Progress, limit: int) -> int:
    """How many videos a page of `limit` items takes, when there are enough."""
    numbers = [Lane(lane.spacing, range(len(lane.candidates))) for lane in lanes]
    return mix(range(limit), numbers, progress, limit, videos_end=False)[1].videos - progress.videos


def _due(lanes: Sequence[Lane[T]], used: Sequence[int], gaps: Sequence[int]) -> int | None:
    """The first lane whose turn it is."""
    if 0 in gaps:  # the item before is an insert
        return None
    for index, lane in enumerate(lanes):
        if used[index] < len(lane.candidates) and gaps[index] >= lane.spacing.every:
            return index
    return None


def _filling(lanes: Sequence[Lane[T]], used: Sequence[int]) -> int | None:
    for index, lane in enumerate(lanes):
        if lane.spacing.fills and used[index] < len(lane.candidates):
            return index
    return None

"""The feed's cursor: which swipe session continues, how far it has come, and where its videos continue.

What rooms the session has shown already is read from its impressions, so that a cursor stays short.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import InvalidRequest
from core.ids import is_id, new_id
from vod.feed.mix import Progress, Spacing

_COUNT_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Cursor:
    session: str
    progress: Progress
    videos: str | None  # the cursor of the source of videos, empty at the beginning; None when they are over

    def __str__(self) -> str:
        counts = [self.progress.videos, self.progress.inserts, *self.progress.gaps]
        numbers = "-".join(str(min(count, _COUNT_MAX)) for count in counts)
        return f"{self.session}.{numbers}" + ("" if self.videos is None else f".{self.videos}")


def start(spacings: list[Spacing]) -> Cursor:
    """A new swipe session."""
    return Cursor(new_id(), Progress.start(spacings), "")


def parse(text: str, spacings: list[Spacing]) -> Cursor:
    """Read a cursor, or start a session where there is none. Raises InvalidRequest."""
    if not text:
        return start(spacings)
    session, _, rest = text.partition(".")
    numbers, dot, videos = rest.partition(".")
    counts = numbers.split("-")
    if (
        not is_id(session)
        or len(counts) != 2 + len(spacings)
        or not all(count.isascii() and count.isdecimal() and len(count) <= len(str(_COUNT_MAX)) for count in counts)
    ):
        raise InvalidRequest("cursor is invalid")
    shown, inserts, *gaps = map(int, counts)
    # A cursor can be forged: whatever it says, nothing comes sooner than in a session that has shown as many videos.
    gaps = [min(gap, shown + spacing.head_start) for gap, spacing in zip(gaps, spacings, strict=True)]
    return Cursor(session, Progress(shown, inserts, tuple(gaps)), videos if dot else None)

"""What the recommender learns from: facts about videos, and what people did with videos they were shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SignalKind = Literal[
    "watched",  # began to play; `fraction` says how much of it was seen
    "finished",
    "skipped",  # left within the first moments
    "liked",
    "unliked",
    "shared",
    "commented",
    "saved",
    "followed",  # the creator, from this video
    "not_interested",
    "reported",
    "report_withdrawn",
]


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """A video that anybody may be shown."""

    id: str
    creator: str
    at: int  # when it was published, Unix ms
    duration_ms: int
    tags: tuple[str, ...] = ()  # normalized, without the #
    sound: str | None = None
    language: str | None = None  # primary subtag of RFC 5646, such as `fr`


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that somebody did, checked by the server."""

    person: str  # a person's id, or that of a visitor's session profile
    video: str
    kind: SignalKind
    at: int  # Unix ms
    fraction: float = 0.0  # watched share of the length, 0 to 1
    voice: float = 1.0  # how much it counts for other people, 0 to 1: trust, and one voice per person and video

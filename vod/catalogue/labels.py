"""What a video says about who pays for what it takes part in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec
from sqlalchemy import Connection


class ChallengeLabel(msgspec.Struct, frozen=True):
    """The hashtag challenge of a sponsor: its id, hashtag and title."""

    id: str
    tag: str
    title: str
    sponsor: str


Labels = Callable[[Connection, Collection[str]], Mapping[str, ChallengeLabel]]
"""(connection, videos) -> the challenges that they are entries of."""

LabelOfTag = Callable[[Connection, str], ChallengeLabel | None]


def no_labels(_: Connection, __: Collection[str]) -> Mapping[str, ChallengeLabel]:
    return {}


def no_label(_: Connection, __: str) -> ChallengeLabel | None:
    return None

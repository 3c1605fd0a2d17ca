"""Videos that look like earlier ones, as people see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection

from money.fund.originals.left_out import left_out_of
from money.fund.originals.originality import OriginalityState, Resemblance
from people.inbox.reading import Subject

DescribeVideos = Callable[[Connection, Sequence[str], str], Mapping[str, Subject]]
"""(connection, ids, reader) -> those that the reader may still see."""


class CopyOf(msgspec.Struct, frozen=True):
    """A video of yours that shows what an earlier one of somebody else does: `percent` of its pictures are in that. Its
    views do not count unless `state` is `original`; `views`: those that closed months left out. `text`: what you said
    against it, `note`: what was answered. `caption`, `poster` and `original`, the earlier video, are left out where you
    cannot see them (any more)."""

    video: str
    percent: int
    state: OriginalityState
    at: int
    views: int
    text: str
    note: str
    caption: str | UnsetType = UNSET
    poster: str | UnsetType = UNSET
    original: str | UnsetType = UNSET


def copies_of(
    connection: Connection, describe: DescribeVideos, reader: str, found: Sequence[Resemblance]
) -> list[CopyOf]:
    known = describe(connection, [video for one in found for video in (one.video, one.original)], reader)
    views = left_out_of(connection, {one.creator for one in found})
    return [
        CopyOf(
            one.video, one.percent, one.state, one.at, views.get(one.video, 0), one.text, one.note,
            known[one.video].title if one.video in known else UNSET,
            (known[one.video].picture or UNSET) if one.video in known else UNSET,
            one.original if one.original in known else UNSET,
        )
        for one in found
    ]  # fmt: skip

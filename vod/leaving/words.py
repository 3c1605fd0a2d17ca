"""Comments of who leaves, and their handle in captions of others."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, exists, select

from people.leaving.mentions import Change, of_column
from vod.catalogue.videos import Videos
from vod.tables import video_comments, videos


def comments_to_delete(connection: Connection, person: str) -> list[tuple[str, str]]:
    """(video, comment): those that nobody else has answered, answers first. The others stay without their text, for the
    sake of the answers."""
    answer = video_comments.alias()
    answered = exists().where(answer.c.parent == video_comments.c.id, answer.c.person != person)
    mine = select(video_comments.c.video, video_comments.c.id, video_comments.c.parent)
    rows = connection.execute(mine.where(video_comments.c.person == person, ~answered)).all()
    return [(row.video, row.id) for row in sorted(rows, key=lambda row: row.parent is None)]


def unname_captions(catalogue: Videos) -> Change:
    """A caption's hashtags are found by, so its video is indexed anew."""
    put = of_column(videos.c.caption)

    def change(connection: Connection, which: ColumnElement[bool], handle: str) -> None:
        for video in connection.execute(select(videos.c.id).where(which)).scalars().all():
            catalogue.changed(connection, video)
        put(connection, which, handle)

    return change

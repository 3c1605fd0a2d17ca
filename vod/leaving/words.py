"""Comments of who leaves, and their handle in what others wrote."""

from __future__ import annotations

from sqlalchemy import Connection, exists, select, update

from people.leaving.erasing import called, unnamed
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


def unname(connection: Connection, catalogue: Videos, person: str) -> None:
    """Take the handle out of captions and comments that mention it."""
    names = called(connection, person)
    if names is None:
        return
    named = f"@{names[0]}"
    rows = select(video_comments.c.id, video_comments.c.text).where(
        video_comments.c.text.icontains(named, autoescape=True)
    )
    for row in connection.execute(rows).all():
        this = update(video_comments).where(video_comments.c.id == row.id)
        connection.execute(this.values(text=unnamed(row.text, names[0])))
    captions = select(videos.c.id, videos.c.caption).where(videos.c.caption.icontains(named, autoescape=True))
    for row in connection.execute(captions).all():
        catalogue.changed(connection, row.id)
        this = update(videos).where(videos.c.id == row.id)
        connection.execute(this.values(caption=unnamed(row.caption, names[0])))

"""Hides somebody's videos while their account rests."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from vod.catalogue.videos import Videos
from vod.tables import videos

SHOWN = ("public", "followers")


def hide_videos(connection: Connection, catalogue: Videos, person: str, hidden: bool) -> None:
    """Nobody else sees them, or whoever its owner has chosen. What is withheld by a decision stays so."""
    mine = select(videos.c.id).where(videos.c.person == person)
    if hidden:
        which = mine.where(videos.c.visibility.in_(SHOWN))
    else:
        which = mine.where(videos.c.visibility == "private", videos.c.visibility_chosen.in_(SHOWN))
    for video in connection.execute(which).scalars().all():
        this = update(videos).where(videos.c.id == video)
        if hidden:
            connection.execute(this.values(visibility="private", visibility_chosen=videos.c.visibility))
        else:
            connection.execute(this.values(visibility=videos.c.visibility_chosen, visibility_chosen=""))
        catalogue.changed(connection, video)

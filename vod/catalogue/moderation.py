"""Videos and comments as moderators see and hide them. `trust` decides; nothing is deleted, so all can be undone."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, case, select, update

from people.leaving.resting import rest_state
from vod.catalogue.files import Files
from vod.catalogue.notices import VideoNotices
from vod.catalogue.videos import Videos
from vod.leaving.hiding import hide_videos
from vod.tables import video_comments, videos

WITHHELD = "withheld"


class Moderation:
    """Each method runs in the caller's transaction; unknown ids change nothing, as their owners may have deleted them
    meanwhile."""

    def __init__(self, videos: Videos, files: Files, notices: VideoNotices) -> None:
        self._videos = videos
        self._files = files
        self._notices = notices

    def video_text(self, connection: Connection, video: str) -> str | None:
        return connection.execute(select(videos.c.caption).where(videos.c.id == video)).scalar()

    def written(self, connection: Connection, video: str) -> tuple[str, str] | None:
        """Whose video it is, and its caption; None while it is hidden, or gone."""
        row = connection.execute(
            select(videos.c.person, videos.c.caption, videos.c.visibility).where(videos.c.id == video)
        )
        found = row.first()
        return None if found is None or found.visibility == WITHHELD else (found.person, found.caption)

    def comment_text(self, connection: Connection, comment: str) -> str | None:
        return connection.execute(select(video_comments.c.text).where(video_comments.c.id == comment)).scalar()

    def video_of(self, connection: Connection, comment: str) -> str | None:
        """The video that a comment belongs to."""
        return connection.execute(select(video_comments.c.video).where(video_comments.c.id == comment)).scalar()

    def hide_video(self, connection: Connection, video: str) -> None:
        """From now on only its owner and moderators see it, and its files. What its owner had chosen is kept."""
        self._videos.changed(connection, video)
        one = update(videos).where(videos.c.id == video, videos.c.visibility != WITHHELD)
        rested = videos.c.visibility_chosen  # what its owner had chosen before their account rested
        chosen = case((rested == "", videos.c.visibility), else_=rested)
        connection.execute(one.values(visibility=WITHHELD, visibility_chosen=chosen))
        self._files.visibility_changed(connection, video)
        self._videos.changed(connection, video)

    def keep_files(self, connection: Connection, video: str, until: int) -> None:
        """Its files stay until then (Unix ms), though its owner deletes it."""
        self._files.keep(connection, video, until)

    def withdraw(self, connection: Connection, keys: Collection[str], withdrawn: bool) -> None:
        """Files of another domain are served no more, or again."""
        self._files.withdraw(connection, keys, withdrawn)

    def restore_video(self, connection: Connection, video: str) -> None:
        one = update(videos).where(videos.c.id == video, videos.c.visibility == WITHHELD)
        restored = one.values(visibility=videos.c.visibility_chosen, visibility_chosen="").returning(videos.c.person)
        person = connection.execute(restored).scalar()
        if person is not None and any(rest_state(connection, person)):
            hide_videos(connection, self._videos, person, hidden=True)
        self._files.visibility_changed(connection, video)
        self._videos.changed(connection, video)

    def hide_comment(self, connection: Connection, comment: str) -> None:
        """Its author and moderators still see it. It is no longer on top of its video, nor in anybody's inbox."""
        self._withhold(connection, comment, hidden=True)
        connection.execute(update(videos).where(videos.c.pinned == comment).values(pinned=None))

    def restore_comment(self, connection: Connection, comment: str) -> None:
        self._withhold(connection, comment, hidden=False)

    def _withhold(self, connection: Connection, comment: str, *, hidden: bool) -> None:
        one = update(video_comments).where(video_comments.c.id == comment).values(withheld=int(hidden))
        video = connection.execute(one.returning(video_comments.c.video)).scalar()
        if video is not None:
            self._notices.withheld(connection, video, comment, hidden=hidden)

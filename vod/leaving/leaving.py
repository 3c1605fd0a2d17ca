"""Connects `vod` to erasures and to copies of somebody's data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from core.core import Core
from core.identity import Identity
from core.privacy import Media
from people.leaving.mentions import of_column, unnames
from vod.ads.campaigns.advertisers import acts_for_an_advertiser
from vod.catalogue.files import Files
from vod.errors import UploadNotFound, VideoNotFound
from vod.leaving.hiding import hide_videos
from vod.leaving.words import comments_to_delete, unname_captions
from vod.tables import sounds, uploads, video_comment_likes, video_comments, video_files, video_likes, videos
from vod.uploads.part_file import try_remove

if TYPE_CHECKING:
    from vod.part import Vod


def leave(core: Core, vod: Vod, files: Files) -> None:
    """Add what `vod` does to every erasure and every copy of somebody's data."""
    database = core.database

    def forget_videos(person: str) -> None:
        mine, who = select(videos.c.id).where(videos.c.person == person), _as(person)
        for video in database.read(lambda c: c.execute(mine).scalars().all()):
            with suppress(VideoNotFound):
                vod.videos.delete(video, who)
        parts = select(uploads.c.id).where(uploads.c.person == person)
        for upload in database.read(lambda c: c.execute(parts).scalars().all()):
            with suppress(UploadNotFound):
                try_remove(vod.uploads.path(upload))
        vod.sounds.sweep()
        files.sweep()

    text, caption = video_comments.c.text, videos.c.caption
    unname_comments = unnames(database, video_comments, text, of_column(text))
    unname_videos = unnames(database, videos, caption, unname_captions(vod.videos))

    def forget_words(person: str) -> None:
        for video, comment in database.read(lambda c: comments_to_delete(c, person)):
            vod.comments.delete(video, comment, _as(person))
        unname_comments(person)
        unname_videos(person)

    def forget_likes(person: str) -> None:
        liked = select(video_likes.c.video).where(video_likes.c.person == person)
        for video in database.read(lambda c: c.execute(liked).scalars().all()):
            with suppress(VideoNotFound):
                vod.likes.like(video, _as(person), liked=False)
        answers = select(video_comments.c.video, video_comments.c.id).join(
            video_comment_likes, video_comment_likes.c.comment == video_comments.c.id
        )
        mine = answers.where(video_comment_likes.c.person == person)
        for video, comment in database.read(lambda c: c.execute(mine).all()):
            vod.comment_likes.like(video, comment, _as(person), liked=False)

    def forget_interests(person: str) -> None:
        vod.interests.reset(_as(person))

    def index(_: str) -> None:
        vod.discovery.indexer.work_off_all()
        vod.discovery.indexer.forget_words()

    def files_of(connection: Connection, person: str) -> Iterator[Media]:
        played = select(video_files.c.video, video_files.c.role, video_files.c.key).join(videos)
        for row in connection.execute(played.where(videos.c.person == person)).all():
            yield Media(f"videos/{row.video}/{row.role}.{row.key.rpartition('.')[2]}", row.key)
        heard = select(sounds.c.id, sounds.c.key).where(sounds.c.person == person)
        for sound in connection.execute(heard).all():
            yield Media(f"sounds/{sound.id}.{sound.key.rpartition('.')[2]}", sound.key)

    core.privacy.step("videos", forget_videos)
    core.privacy.step("comments", forget_words)
    core.privacy.step("likes", forget_likes)
    core.privacy.step("interests", forget_interests)
    core.privacy.step("search", index, "index")
    core.privacy.media(files_of)
    core.privacy.keeps("advertiser", acts_for_an_advertiser)
    core.privacy.hides(lambda connection, person, hidden: hide_videos(connection, vod.videos, person, hidden))


def _as(person: str) -> Identity:
    """Acts for the person who leaves."""
    return Identity(person, "", "", "member", adult=True)

"""Videos over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.identity import Person
from core.limits import Rate
from vod.catalogue.comments import Comment, Comments
from vod.catalogue.likes import Likes, VideoLikes
from vod.catalogue.tag_pages import TagPage, TagPages
from vod.catalogue.videos import Video, Videos

COMMENT_RATE = Rate(20, 60)


class VideosQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    by: str


class TaggedQuery(Paging, forbid_unknown_fields=True):
    order: Literal["newest", "most_viewed"] = "newest"


class NewComment(msgspec.Struct, forbid_unknown_fields=True):
    text: str


class VideoRoutes:
    def __init__(
        self,
        database: Database,
        videos: Videos,
        likes: VideoLikes,
        comments: Comments,
        by_handle: Callable[[Connection, str], Person],
        tag_pages: TagPages,
    ) -> None:
        self._database = database
        self._videos = videos
        self._likes = likes
        self._comments = comments
        self._by_handle = by_handle
        self._tag_pages = tag_pages

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/videos", self.list, access=Access.ANYONE),
            Operation("GET", "/api/tags/{tag}", self.tag, access=Access.ANYONE),
            Operation("GET", "/api/tags/{tag}/videos", self.tagged, access=Access.ANYONE),
            Operation("GET", "/api/videos/{video}", self.video, access=Access.ANYONE),
            Operation("DELETE", "/api/videos/{video}", self.delete),
            Operation("PUT", "/api/videos/{video}/like", self.like),
            Operation("DELETE", "/api/videos/{video}/like", self.unlike),
            Operation("GET", "/api/videos/{video}/comments", self.comments, access=Access.ANYONE),
            Operation("POST", "/api/videos/{video}/comments", self.comment, status=201, rate=COMMENT_RATE),
            Operation("DELETE", "/api/videos/{video}/comments/{comment}", self.delete_comment),
        ]

    def list(self, call: Call, query: VideosQuery) -> Page[Video]:
        """List a person's videos, newest first."""

        def read(connection: Connection) -> Page[Video]:
            person = self._by_handle(connection, query.by).id
            return self._videos.by_person(connection, person, call.who, query.cursor, query.limit)

        return self._database.read(read)

    def tag(self, tag: str) -> TagPage:
        """Count the videos with a hashtag, and their views."""
        return self._tag_pages.page(tag)

    def tagged(self, call: Call, tag: str, query: TaggedQuery) -> Page[Video]:
        """List the videos with a hashtag, the newest or the most viewed first."""
        if query.order == "most_viewed":
            return self._tag_pages.most_viewed(tag, call.who, query.cursor, query.limit)
        return self._videos.by_tag(tag, call.who, query.cursor, query.limit)

    def video(self, call: Call, video: str) -> Video:
        """Get a video."""
        return self._videos.video(video, call.who)

    def delete(self, call: Call, video: str) -> None:
        """Delete a video, as its owner or a moderator."""
        self._videos.delete(video, call.identity)

    def like(self, call: Call, video: str) -> Likes:
        """Like a video."""
        return self._likes.like(video, call.identity, liked=True)

    def unlike(self, call: Call, video: str) -> Likes:
        """Remove a like."""
        return self._likes.like(video, call.identity, liked=False)

    def comments(self, call: Call, video: str, query: Paging) -> Page[Comment]:
        """List a video's comments, newest first."""
        return self._comments.page(video, call.who, query.cursor, query.limit)

    def comment(self, call: Call, video: str, body: NewComment) -> Comment:
        """Comment on a video."""
        return self._comments.add(video, call.identity, body.text)

    def delete_comment(self, call: Call, video: str, comment: str) -> None:
        """Delete a comment, as its author, the video's owner or a moderator."""
        self._comments.delete(video, comment, call.identity)

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
from vod.catalogue.likes import Likes, VideoLikes
from vod.catalogue.tag_pages import TagPage, TagPages
from vod.catalogue.videos import Video, Videos
from vod.catalogue.visibility import Visibility

EDIT_RATE = Rate(120, 3_600)  # each is told to whom it mentions, to search and to the recommender

Heard = Callable[[Call, Literal["like", "unlike", "comment", "save"], str], None]
"""(call, deed, video): called after the commit of what somebody did with a video."""


class VideosQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    by: str


class TaggedQuery(Paging, forbid_unknown_fields=True):
    order: Literal["newest", "most_viewed"] = "newest"


class VideoChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    caption: str | None = None
    visibility: Visibility | None = None


class VideoRoutes:
    def __init__(
        self,
        database: Database,
        videos: Videos,
        likes: VideoLikes,
        by_handle: Callable[[Connection, str], Person],
        tag_pages: TagPages,
        heard: Heard = lambda _call, _deed, _video: None,
    ) -> None:
        self._database = database
        self._videos = videos
        self._likes = likes
        self._by_handle = by_handle
        self._tag_pages = tag_pages
        self._heard = heard

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/videos", self.list, access=Access.ANYONE),
            Operation("GET", "/api/tags/{tag}", self.tag, access=Access.ANYONE),
            Operation("GET", "/api/tags/{tag}/videos", self.tagged, access=Access.ANYONE),
            Operation("GET", "/api/videos/{video}", self.video, access=Access.ANYONE),
            Operation("PATCH", "/api/videos/{video}", self.edit, rate=EDIT_RATE, action="post"),
            Operation("DELETE", "/api/videos/{video}", self.delete),
            Operation("PUT", "/api/videos/{video}/like", self.like),
            Operation("DELETE", "/api/videos/{video}/like", self.unlike),
        ]

    def list(self, call: Call, query: VideosQuery) -> Page[Video]:
        """List a person's videos, newest first."""

        def read(connection: Connection) -> Page[Video]:
            person = self._by_handle(connection, query.by).id
            return self._videos.by_person(connection, person, call.who, query.cursor, query.limit)

        return self._database.read(read)

    def tag(self, call: Call, tag: str) -> TagPage:
        """Count the videos with a hashtag, and their views."""
        return self._tag_pages.page(tag, call.who)

    def tagged(self, call: Call, tag: str, query: TaggedQuery) -> Page[Video]:
        """List the videos with a hashtag, the newest or the most viewed first."""
        if query.order == "most_viewed":
            return self._tag_pages.most_viewed(tag, call.who, query.cursor, query.limit)
        return self._videos.by_tag(tag, call.who, query.cursor, query.limit)

    def video(self, call: Call, video: str) -> Video:
        """Get a video."""
        return self._videos.video(video, call.who)

    def edit(self, call: Call, video: str, body: VideoChange) -> Video:
        """Change the caption of your own video, or who may see it."""
        return self._videos.edit(video, call.identity, body.caption, body.visibility)

    def delete(self, call: Call, video: str) -> None:
        """Delete a video of yours."""
        self._videos.delete(video, call.identity)

    def like(self, call: Call, video: str) -> Likes:
        """Like a video."""
        likes = self._likes.like(video, call.identity, liked=True)
        self._heard(call, "like", video)
        return likes

    def unlike(self, call: Call, video: str) -> Likes:
        """Remove a like."""
        likes = self._likes.like(video, call.identity, liked=False)
        self._heard(call, "unlike", video)
        return likes

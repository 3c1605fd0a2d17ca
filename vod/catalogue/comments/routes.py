"""Comments over HTTP."""

from __future__ import annotations

import msgspec

from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from vod.catalogue.comments.comment import Comment
from vod.catalogue.comments.comments import Comments
from vod.catalogue.comments.likes import CommentLiked, CommentLikes
from vod.catalogue.comments.reading import CommentPages, Sort
from vod.catalogue.routes import Heard

COMMENT_RATE = Rate(20, 60)
ADDRESS = "/api/videos/{video}/comments"


class CommentsQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    sort: Sort = "newest"


class NewComment(msgspec.Struct, forbid_unknown_fields=True):
    """`reply_to`: a comment of the same video, or a reply to one."""

    text: str
    reply_to: str | None = None


class CommentRoutes:
    def __init__(self, comments: Comments, pages: CommentPages, likes: CommentLikes, heard: Heard) -> None:
        self._comments = comments
        self._heard = heard
        self._pages = pages
        self._likes = likes

    def operations(self) -> list[Operation]:
        one = ADDRESS + "/{comment}"
        return [
            Operation("GET", ADDRESS, self.list, access=Access.ANYONE),
            Operation("POST", ADDRESS, self.add, status=201, rate=COMMENT_RATE, action="post"),
            Operation("GET", one, self.one, access=Access.ANYONE),
            Operation("DELETE", one, self.delete),
            Operation("GET", one + "/replies", self.replies, access=Access.ANYONE),
            Operation("PUT", one + "/like", self.like),
            Operation("DELETE", one + "/like", self.unlike),
            Operation("PUT", one + "/pin", self.pin),
            Operation("DELETE", one + "/pin", self.unpin),
        ]

    def list(self, call: Call, video: str, query: CommentsQuery) -> Page[Comment]:
        """List the comments of a video that begin a thread, the pinned one first."""
        return self._pages.page(video, call.who, query.cursor, query.limit, query.sort)

    def add(self, call: Call, video: str, body: NewComment) -> Comment:
        """Comment on a video, or reply to a comment."""
        comment = self._comments.add(video, call.identity, body.text, body.reply_to)
        self._heard(call, "comment", video)
        return comment

    def one(self, call: Call, video: str, comment: str) -> Comment:
        """Get a comment."""
        return self._pages.one(video, comment, call.who)

    def delete(self, call: Call, video: str, comment: str) -> None:
        """Delete a comment and the replies to it, as its author or the video's owner."""
        self._comments.delete(video, comment, call.identity)

    def replies(self, call: Call, video: str, comment: str, query: Paging) -> Page[Comment]:
        """List the replies to a comment, oldest first."""
        return self._pages.replies(video, comment, call.who, query.cursor, query.limit)

    def like(self, call: Call, video: str, comment: str) -> CommentLiked:
        """Like a comment."""
        return self._likes.like(video, comment, call.identity, liked=True)

    def unlike(self, call: Call, video: str, comment: str) -> CommentLiked:
        """Remove a like from a comment."""
        return self._likes.like(video, comment, call.identity, liked=False)

    def pin(self, call: Call, video: str, comment: str) -> None:
        """Pin a comment on top of your own video, instead of the one that is there."""
        self._comments.pin(video, comment, call.identity, pinned=True)

    def unpin(self, call: Call, video: str, comment: str) -> None:
        """Take down the pinned comment."""
        self._comments.pin(video, comment, call.identity, pinned=False)

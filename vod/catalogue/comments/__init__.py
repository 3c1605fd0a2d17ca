"""Comments under videos: threads of one level, likes, and one comment that the video's owner pins."""

from vod.catalogue.comments.comment import COMMENT_CHARS_MAX, Comment
from vod.catalogue.comments.comments import Comments

__all__ = ["COMMENT_CHARS_MAX", "Comment", "Comments"]

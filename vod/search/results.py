"""What a search answers."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from core.identity import Person
from live.goods.products import ProductBrief
from live.routes import RoomView
from vod.catalogue.tag_pages import TagPage
from vod.catalogue.videos import Video, VideoFields
from vod.sounds.briefs import SoundBrief


class FoundPerson(Person, frozen=True, kw_only=True, tag_field="kind", tag="person"):
    """A person, as everybody may see them."""

    bio: str
    followers: int


class FoundVideo(VideoFields, kw_only=True, tag_field="kind", tag="video"):
    """A video. It is ready."""


class FoundHashtag(TagPage, tag_field="kind", tag="hashtag"):
    """A hashtag, without its `#`."""


class FoundSound(SoundBrief, kw_only=True, tag_field="kind", tag="sound"):
    """A sound, as videos show theirs."""

    uses: int  # public videos with it


class FoundRoom(RoomView, tag_field="kind", tag="room"):
    """A live room, as a visitor sees it."""


class FoundProduct(ProductBrief, frozen=True, kw_only=True, tag_field="kind", tag="product"):
    """A product that is for sale."""


Found = FoundPerson | FoundVideo | FoundHashtag | FoundSound | FoundRoom | FoundProduct


class SearchAnswer(msgspec.Struct):
    """Of one kind: `items` and the cursor of the `next` ones. Of all kinds: the first few of each."""

    items: list[Found] | UnsetType = UNSET
    next: str | UnsetType | None = UNSET
    people: list[FoundPerson] | UnsetType = UNSET
    videos: list[FoundVideo] | UnsetType = UNSET
    hashtags: list[FoundHashtag] | UnsetType = UNSET
    sounds: list[FoundSound] | UnsetType = UNSET
    rooms: list[FoundRoom] | UnsetType = UNSET
    products: list[FoundProduct] | UnsetType = UNSET


def found_video(video: Video) -> FoundVideo:
    fields = msgspec.structs.asdict(video)
    del fields["reason"]
    return FoundVideo(**fields)

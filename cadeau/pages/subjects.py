"""The heads of pages that show one video, room or person. Only what everybody may see gets into them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from sqlalchemy import Connection

from cadeau.pages.addresses import MISSING, SLOGAN, Address, Language
from cadeau.pages.head import ICON, ICON_PX, Film, Head, Picture, shortened
from core.database import Database
from core.errors import NotFound
from core.identity import Identity
from live.rooms import Rooms
from people.accounts import Accounts, normal_handle
from vod.catalogue.videos import Rendition, Video, Videos
from vod.errors import SoundNotFound, VideoNotFound
from vod.sounds.sounds import Sounds

TITLE_CHARS_MAX = 100
SHORT_SIDE_PX_MAX = 720
"""Link previews play a rendition of at most this size."""
FEED_FIRST = "/api/feed?tab=for_you&limit=4&opening=true"
"""What the feed asks for first (static/src/state/feed/feed.svelte.ts)."""
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "video": "Video by {}", "sound": "Original sound – {}", "room": "{} is live", "by": "By {} (@{})",
        "ended": "{}’s live",
    },
    "fr": {
        "video": "Vidéo de {}", "sound": "Son original – {}", "room": "{} est en direct", "by": "De {} (@{})",
        "ended": "Direct de {}",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks for a page: in which language, at which base URL, without a slash at its end."""

    base: str
    language: Language
    viewer: Identity | None = None


class Subjects:
    """All methods block."""

    def __init__(self, database: Database, videos: Videos, rooms: Rooms, accounts: Accounts, sounds: Sounds) -> None:
        self._database = database
        self._videos = videos
        self._rooms = rooms
        self._accounts = accounts
        self._sounds = sounds
        self._by_page: dict[str, Callable[[str, Visit], Head]] = {
            "video": self._video, "room": self._room, "profile": self._profile,
            "tag": self._tag, "sound": self._sound,
        }  # fmt: skip

    def head(self, address: Address, values: dict[str, str], visit: Visit) -> Head | None:
        """None where there is nothing that this visitor may see."""
        find = self._by_page.get(address.page)
        if find is None:
            return Head(
                title=address.titles[visit.language], description=SLOGAN[visit.language], language=visit.language,
                url=f"{visit.base}{address.path}" if address.indexed else "", indexed=address.indexed,
                picture=_icon(visit), preload=(FEED_FIRST,) if address.page == "feed" else (),
            )  # fmt: skip
        try:
            return find(next(iter(values.values())), visit)
        except (NotFound, VideoNotFound, SoundNotFound):
            return None

    def missing(self, visit: Visit) -> Head:
        return Head(title=MISSING[visit.language], indexed=False, language=visit.language)

    def film(self, video: str, visit: Visit) -> tuple[Video, Head]:
        """A video that everybody may see, and its head. Raises VideoNotFound."""
        shown = self._videos.video(video, None)
        return shown, self._video_head(shown, visit)

    def _video(self, video: str, visit: Visit) -> Head:
        shown = self._videos.video(video, visit.viewer)
        if shown.state != "ready" or shown.visibility != "public":  # not for everybody, so nothing of it in the head
            return Head(title=WORDS[visit.language]["video"].format(shown.by.name), indexed=False,
                        language=visit.language)  # fmt: skip
        return self._video_head(shown, visit)

    def _video_head(self, video: Video, visit: Visit) -> Head:
        words, by = WORDS[visit.language], video.by
        url = f"{visit.base}/video/{video.id}"
        film = None
        if (rendition := _rendition(video)) is not None:
            source, player = urljoin(url, rendition.url), f"{visit.base}/embed/video/{video.id}"
            film = Film(source, player, rendition.width, rendition.height, video.duration_ms)
        poster = Picture(urljoin(url, video.poster), video.width, video.height) if video.poster else _icon(visit)
        about = words["by"].format(by.name, by.handle)
        return Head(
            title=shortened(video.caption, TITLE_CHARS_MAX) or words["video"].format(by.name),
            description=shortened(f"{about}. {video.caption}" if video.caption else about),
            url=url, kind="video.other", author=by.name, picture=poster, film=film,
            oembed=oembed_url(visit, url), language=visit.language,
        )  # fmt: skip

    def _room(self, room: str, visit: Visit) -> Head:
        def read(connection: Connection) -> tuple[Any, ...]:
            row = self._rooms.row(connection, room)
            host = self._accounts.brief(connection, [row.host]).get(row.host)
            if host is None:
                raise NotFound
            return row.title, row.state, host

        title, state, host = self._database.read(read)
        words = WORDS[visit.language]
        url = f"{visit.base}/room/{room}"
        return Head(
            title=shortened(title, TITLE_CHARS_MAX),
            description=f"{words['room' if state == 'live' else 'ended'].format(host.name)} (@{host.handle})",
            url=url, author=host.name, picture=_icon(visit), indexed=state == "live",
            oembed=oembed_url(visit, url), language=visit.language,
        )  # fmt: skip

    def _tag(self, tag: str, visit: Visit) -> Head:
        return Head(
            title=f"#{shortened(tag, TITLE_CHARS_MAX)}", description=SLOGAN[visit.language], language=visit.language,
            picture=_icon(visit), indexed=False,
        )  # fmt: skip

    def _sound(self, sound: str, visit: Visit) -> Head:
        shown = self._sounds.sound(sound, visit.viewer)
        title = shown.title
        if not shown.named and shown.by is not None:
            title = WORDS[visit.language]["sound"].format(shown.by.name)
        return Head(
            title=shortened(title, TITLE_CHARS_MAX), description=SLOGAN[visit.language], language=visit.language,
            url=f"{visit.base}/sound/{sound}", author=shown.by.name if shown.by is not None else "",
            picture=_icon(visit), indexed=False,
        )  # fmt: skip

    def _profile(self, handle: str, visit: Visit) -> Head:
        person = self._database.read(lambda c: self._accounts.profile(c, handle.lower()))
        url = f"{visit.base}/@{person.handle}"
        return Head(
            title=f"{person.name} (@{person.handle})", description=shortened(person.bio) or SLOGAN[visit.language],
            url=url, kind="profile", author=person.name, picture=_icon(visit),
            oembed=oembed_url(visit, url), language=visit.language,
        )  # fmt: skip


def moved_to(address: Address, values: dict[str, str], head: Head | None, visit: Visit) -> str | None:
    """The address of a profile whose handle has changed since the one that is asked for."""
    if address.page != "profile" or head is None:
        return None
    asked = f"{visit.base}/@{normal_handle(values['handle'])}"
    return head.url.removeprefix(visit.base) if head.url != asked else None


def oembed_url(visit: Visit, url: str) -> str:
    return f"{visit.base}/oembed?url={quote(url, safe='')}"


def _icon(visit: Visit) -> Picture:
    return Picture(f"{visit.base}{ICON}", ICON_PX, ICON_PX)


def _rendition(video: Video) -> Rendition | None:
    """The largest that is not too large; if all are, the smallest. They come largest first."""
    small = (one for one in video.renditions if min(one.width, one.height) <= SHORT_SIDE_PX_MAX)
    return next(small, video.renditions[-1] if video.renditions else None)

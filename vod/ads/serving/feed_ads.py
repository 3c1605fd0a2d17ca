"""Ads among the videos of a feed page, and between live rooms: where they go, what surrounds them, how they are shown.

Ads are chosen by what is beside them and by what the request says, never by a profile. Minors see none, and nobody sees
their own. An ad is never the first item of a feed, and never the neighbour of another insert; a takeover is, but only
where a client says that the feed was opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
import structlog
from sqlalchemy import Connection, select

from core.clock import Clock
from core.database import Database
from core.identity import Identity
from core.outages import is_outage
from core.text.languages import Language
from vod.ads.campaigns.campaign import AdFormat
from vod.ads.campaigns.tables import advertiser_members
from vod.ads.conversions.clicks import with_click
from vod.ads.decision.place import Place
from vod.ads.promoted.challenges import PromotedChallenge
from vod.ads.serving.devices import device_of, is_program
from vod.ads.serving.node import AdNode, Slot
from vod.ads.serving.record import record
from vod.ads.serving.serve import ROOMS, Serve
from vod.ads.serving.signing import Signatures
from vod.ads.serving.slices import Slices
from vod.ads.takeover.choice import had_one
from vod.ads.takeover.days import utc_day
from vod.catalogue.tags import tags_in
from vod.catalogue.videos import Video
from vod.feed.mix import Spacing
from vod.feed.viewer import PSEUDONYM_PREFIX, Viewer
from vod.tables import video_tags

AD_SPACING = Spacing(every=8, head_start=4)
ADS_PER_PAGE_MAX = 8
LABELS: dict[Language, str] = {"en": "Ad", "fr": "Publicité"}

VideosById = Callable[[Connection, Sequence[str], Identity | None], list[Video]]
"""Those of these videos that anybody may see and the viewer has not reported, in this order."""
CountryOf = Callable[[Connection, str], str]
"""The country that a person told; empty if they did not."""

log = structlog.get_logger("ads")


class Ad(msgspec.Struct):
    """Who is behind an ad. `landing`: where a click leads, an https address, or the page of the `challenge` that it
    promotes; `expires_at`: afterwards it is not to be shown any more (Unix ms)."""

    id: str
    sponsor: str
    paid_by: str
    format: AdFormat
    label: str
    text: str
    action: str
    landing: str
    creative: str
    expires_at: int
    challenge: PromotedChallenge | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An ad on a page, before and after it is recorded."""

    serve: Serve
    video: Video


class FeedAds:
    spacing = AD_SPACING

    def __init__(
        self,
        database: Database,
        clock: Clock,
        node: AdNode,
        slices: Slices,
        signatures: Signatures,
        videos: VideosById,
        country_of: CountryOf,
    ) -> None:
        self._database = database
        self._clock = clock
        self._node = node
        self._slices = slices
        self._signatures = signatures
        self._videos = videos
        self._country_of = country_of

    def slots(self, viewer: Viewer) -> int:
        """For how many ads a page may leave room. Programs see none: what they do would not be billed."""
        minor = viewer.who is not None and not viewer.who.adult
        if minor or not self._node.shows or is_program(viewer.agent):
            return 0
        return ADS_PER_PAGE_MAX

    def passed_rooms(self, viewer: Viewer, places: int) -> None:
        """There were places between live rooms for somebody who may see ads, and no ad at all."""
        minor = viewer.who is not None and not viewer.who.adult
        if not minor and not is_program(viewer.agent):
            self._node.passed(ROOMS, viewer.country, places)

    def opening(self, connection: Connection, viewer: Viewer, session: str) -> Placed | None:
        """The takeover for somebody who opens the feed, if there is one. Record it before showing it."""
        minor = viewer.who is not None and not viewer.who.adult
        if minor or not self._node.opens or is_program(viewer.agent):
            return None
        key, now = viewer_key(viewer, session), self._clock()
        if had_one(connection, key, utc_day(now), now):
            return None
        self._node.past(connection, key, now)
        place = Place(languages=viewer.languages, device=device_of(viewer.agent))
        serve = self._node.open(Slot(key, place, own=_own(connection, viewer)), now)
        if serve is None:
            return None
        shown = self._videos(connection, [serve.creative.video], viewer.who)
        return Placed(serve, shown[0]) if shown else None

    def choose(
        self, connection: Connection, viewer: Viewer, session: str, beside: Sequence[Sequence[Video]]
    ) -> list[Placed | None]:
        """An ad for each slot, by the videos beside it; None where nobody wants it. Record them before showing them."""
        tags = _tags(connection, [video.id for videos in beside for video in videos])
        around = [
            Place(
                frozenset(tag for video in videos for tag in tags.get(video.id, ())),
                frozenset(video.sound.id for video in videos if video.sound is not None),
            )
            for videos in beside
        ]
        return self._fill(connection, viewer, session, around)

    def choose_between(
        self, connection: Connection, viewer: Viewer, session: str, titles: Sequence[Sequence[str]]
    ) -> list[Placed | None]:
        """The same between live rooms: for each slot the titles of those beside it."""
        around = [
            Place(hashtags=frozenset(tag for title in beside for tag in tags_in(title)), zone=ROOMS)
            for beside in titles
        ]
        return self._fill(connection, viewer, session, around)

    def _fill(
        self, connection: Connection, viewer: Viewer, session: str, around: Sequence[Place]
    ) -> list[Placed | None]:
        if not around:
            return []
        key, now = viewer_key(viewer, session), self._clock()
        self._node.past(connection, key, now)
        own, country = _own(connection, viewer), self._country(connection, viewer)
        serves: list[Serve | None] = []
        for surroundings in around:
            place = replace(
                surroundings, languages=viewer.languages, country=country, device=device_of(viewer.agent)
            )  # fmt: skip
            taken = frozenset(serve.campaign.id for serve in serves if serve is not None)
            serves.append(self._node.choose(Slot(key, place, taken, own), now))
        found = [serve for serve in serves if serve is not None]
        shown = {video.id: video for video in self._videos(connection, _videos_of(found), viewer.who)}
        gone = [serve for serve in found if serve.creative.video not in shown]
        self._node.recorded(key, gone, [])
        return [
            Placed(serve, shown[serve.creative.video]) if serve is not None and serve.creative.video in shown else None
            for serve in serves
        ]

    def _country(self, connection: Connection, viewer: Viewer) -> str | None:
        """The one that a person told, else the one that a proxy says the request comes from."""
        told = self._country_of(connection, viewer.who.id) if viewer.who is not None else ""
        return told or viewer.country or None

    def record(self, viewer: Viewer, session: str, placed: Sequence[Placed]) -> list[Placed]:
        """Those that may be shown: all others have reached a cap meanwhile. Without a database, none. Blocks."""
        if not placed:
            return []
        key, serves = viewer_key(viewer, session), [one.serve for one in placed]

        def write(connection: Connection) -> list[Serve]:
            if not self._slices.alive(connection, self._node.id):
                return []
            return record(connection, key, self._node.id, serves, self._clock())

        kept: list[Serve] = []
        try:
            kept = self._database.write(write)
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("no ads during an outage", error=type(error).__name__)
        finally:
            self._node.recorded(key, serves, kept)
        ids = {serve.id for serve in kept}
        return [one for one in placed if one.serve.id in ids]

    def give_up(self, viewer: Viewer, session: str, placed: Sequence[Placed]) -> None:
        """The page is not shown."""
        self._node.recorded(viewer_key(viewer, session), [one.serve for one in placed], [])

    def impression(self, placed: Placed) -> str:
        return self._signatures.impression(placed.serve.id)

    def view(self, placed: Placed, viewer: Viewer) -> Ad:
        """The link carries a click id only for an advertiser that reports conversions, and for nobody who asks for
        privacy."""
        serve, language = placed.serve, viewer.language
        landing = serve.creative.url
        if serve.campaign.reports and not viewer.opted_out and serve.campaign.challenge is None:
            landing = with_click(landing, self._signatures.click(serve.id))
        return Ad(
            id=serve.id, sponsor=serve.campaign.sponsor, paid_by=serve.campaign.payer, format=serve.campaign.format,
            label=LABELS[language], text=serve.creative.text, action=serve.creative.action,
            landing=landing, creative=serve.creative.id, expires_at=serve.expires_at,
            challenge=serve.campaign.challenge,
        )  # fmt: skip


def viewer_key(viewer: Viewer, session: str) -> str:
    """Whom caps are counted for: a person, or a swipe session. There is no cookie."""
    return viewer.who.id if viewer.who is not None else PSEUDONYM_PREFIX + session


def _videos_of(serves: Sequence[Serve]) -> list[str]:
    return list({serve.creative.video for serve in serves})


def _own(connection: Connection, viewer: Viewer) -> frozenset[str]:
    if viewer.who is None:
        return frozenset()
    mine = select(advertiser_members.c.advertiser).where(advertiser_members.c.person == viewer.who.id)
    return frozenset(connection.execute(mine).scalars())


def _tags(connection: Connection, videos: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if videos:
        query = select(video_tags).where(video_tags.c.video.in_(set(videos)))
        for row in connection.execute(query):
            found.setdefault(row.video, []).append(row.tag)
    return found

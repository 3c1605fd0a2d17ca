"""Why something was shown: the reason that ranked it, as it was stored with the impression."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from core.database import Database
from core.identity import Person
from core.text.languages import Language
from vod.ads.serving.why import Explain
from vod.catalogue.videos import Brief
from vod.catalogue.visibility import Sight
from vod.errors import ImpressionNotFound
from vod.feed.control.texts import sentence
from vod.feed.sources import ReasonCode
from vod.feed.viewer import Viewer
from vod.tables import feed_impressions, videos

NAMES_PERSON = ("followed", "creator", "like_others")  # reasons that are about somebody


class Why(msgspec.Struct):
    """`details`: what the reason rests on, such as `hashtag` or `creator`, or a `video` that the asker may watch;
    `score`, `propensity` and the predictions `finish`, `like`, `skip` of the ranker `ranker`."""

    code: ReasonCode
    details: dict[str, str | float]
    text: str


class Explanations:
    def __init__(self, database: Database, brief: Brief, sight: Sight, ads: Explain | None = None) -> None:
        """`ads` explains the impressions of ads."""
        self._database = database
        self._brief = brief
        self._sight = sight
        self._ads = ads

    def why(self, impression: str, viewer: Viewer, language: Language) -> Why:
        """Blocks. Raises ImpressionNotFound, also for somebody else's."""

        def read(connection: Connection) -> Why:
            if self._ads is not None and (found := self._ads(connection, impression, viewer, language)) is not None:
                return Why("sponsored", *found)
            query = select(feed_impressions).where(feed_impressions.c.id == impression)
            row = connection.execute(query).first()
            if row is None or row.viewer != viewer.id:
                raise ImpressionNotFound
            return self._explain(connection, row, viewer, language)

        return self._database.read(read)

    def _explain(self, connection: Connection, row: Row[Any], viewer: Viewer, language: Language) -> Why:
        details: dict[str, str | float] = msgspec.json.decode(row.details)
        maker = self._maker(connection, viewer, str(details.get("video", row.subject)))
        if not maker:
            details.pop("video", None)
        if row.ranker:
            details |= {"score": row.score, "propensity": row.propensity, "ranker": row.ranker}
        names = {}
        if hashtag := details.get("hashtag"):
            names["hashtag"] = f"#{hashtag}"
        if row.reason in NAMES_PERSON and (person := self._person(connection, str(details.get("creator", maker)))):
            names["creator"] = person.name
            details["handle"] = person.handle
        return Why(row.reason, details, sentence(language, row.reason, **names))

    def _maker(self, connection: Connection, viewer: Viewer, video: str) -> str:
        """Who made a video; empty if the viewer may not watch it any more, or has reported it."""
        row = connection.execute(select(videos).where(videos.c.id == video)).first()
        if row is None or not self._sight.watchable(connection, viewer.id, [video]):
            return ""
        return str(row.person) if self._sight.unreported(connection, [row], viewer.who) else ""

    def _person(self, connection: Connection, person: str) -> Person | None:
        return self._brief(connection, [person]).get(person) if person else None

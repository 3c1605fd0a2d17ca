"""Why something was shown: the reason that ranked it, as it was stored with the impression."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from core.database import Database
from core.identity import Person
from core.text.languages import Language
from vod.catalogue.visibility import is_public
from vod.errors import ImpressionNotFound
from vod.feed.control.texts import sentence
from vod.feed.sources import ReasonCode
from vod.feed.viewer import Viewer
from vod.tables import feed_impressions, videos


class Why(msgspec.Struct):
    """`details`: what the reason rests on, such as `hashtag` or `creator`; `score`, `propensity` and the predictions
    `finish`, `like`, `skip` of the ranker `ranker`."""

    code: ReasonCode
    details: dict[str, str | float]
    text: str


class Explanations:
    def __init__(self, database: Database, brief: Callable[[Connection, Iterable[str]], dict[str, Person]]) -> None:
        self._database = database
        self._brief = brief

    def why(self, impression: str, viewer: Viewer, language: Language) -> Why:
        """Blocks. Raises ImpressionNotFound, also for somebody else's."""

        def read(connection: Connection) -> Why:
            query = select(feed_impressions).where(feed_impressions.c.id == impression)
            row = connection.execute(query).first()
            if row is None or row.viewer != viewer.id:
                raise ImpressionNotFound
            return self._explain(connection, row, language)

        return self._database.read(read)

    def _explain(self, connection: Connection, row: Row[Any], language: Language) -> Why:
        details: dict[str, str | float] = msgspec.json.decode(row.details)
        if row.ranker:
            details |= {"score": row.score, "propensity": row.propensity, "ranker": row.ranker}
        names = {}
        if hashtag := details.get("hashtag"):
            names["hashtag"] = f"#{hashtag}"
        if person := self._named(connection, row, details):
            names["creator"] = person.name
            details["handle"] = person.handle
        return Why(row.reason, details, sentence(language, row.reason, **names))

    def _named(self, connection: Connection, row: Row[Any], details: dict[str, str | float]) -> Person | None:
        """The person whom the reason is about."""
        if row.reason not in ("followed", "creator", "like_others"):
            return None
        creator = str(details.get("creator", ""))
        if row.kind == "video" and not creator:
            video = str(details.get("video", row.subject))
            found = connection.execute(select(videos.c.person).where(videos.c.id == video, is_public()))
            creator = found.scalar_one_or_none() or ""
        return self._brief(connection, [creator]).get(creator) if creator else None

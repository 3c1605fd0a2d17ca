"""Tells the creator fund of a new video that shows what an earlier public one of somebody else does."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from core.database import Database
from money.fund.originals.originality import Originality
from trust.machine.judging.copies import Copy
from trust.machine.judging.originals import Originals
from trust.machine.judging.seen import Seen
from vod.tables import videos


class FundOriginals:
    def __init__(self, database: Database, originals: Originals, originality: Originality) -> None:
        self._database = database
        self._originals = originals
        self._originality = originality

    def alike(self, video: str, seen: Seen) -> Sequence[Copy]:
        """What shows the same as far as is known now. Blocks, for longer than a writing transaction should."""
        return self._database.read(lambda c: self._originals.find(c, seen, but=video))

    def note(self, connection: Connection, video: str, person: str, alike: Sequence[Copy]) -> None:
        """In the transaction in which the video becomes ready."""
        if not alike:
            return
        found = {copy.original: copy for copy in alike}
        public = select(videos.c.id, videos.c.person).where(
            videos.c.id.in_(found), videos.c.id < video, videos.c.person != person, videos.c.state == "ready",
            videos.c.visibility == "public",
        )  # fmt: skip
        authors: dict[str, str] = {row.id: row.person for row in connection.execute(public)}
        if authors:
            first = min((found[one] for one in authors), key=lambda copy: (-copy.likeness, copy.original))
            self._originality.found(
                connection, video, person, first.original, authors[first.original], round(100 * first.likeness)
            )

"""Which videos show what an earlier one of somebody else does: their views do not count, unless a person disagrees.

found -> disputed -> copy or original; a moderator may also decide without a dispute. What is `found`, `disputed` or a
`copy` when a month is closed is left out of it, and what was left out is frozen with the month (`left_out.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from core.clock import Clock
from core.errors import InvalidRequest, NotAllowed
from core.text.clean import clean_lines
from money.errors import NotDisputable, OriginalityNotFound
from money.tables import fund_originality
from people.inbox.notices import SILENCE, Notice, Notifies

OriginalityState = Literal["found", "disputed", "copy", "original"]
UNCOUNTED: tuple[OriginalityState, ...] = ("found", "disputed", "copy")
TEXT_CHARS_MAX = 1_000
NOTE_CHARS_MAX = 500
COPIES_SHOWN_MAX = 100


class Resemblance(msgspec.Struct, frozen=True):
    """A `video` of `creator` that shows what the earlier `original` of somebody else does. `percent` of its pictures
    are in that. `text`: what the creator says against it; `note`: what was answered. Times are Unix ms."""

    video: str
    creator: str
    original: str
    percent: int
    state: OriginalityState
    at: int
    text: str
    note: str
    decided_at: int | None


class Originality:
    """All methods work in the caller's transaction."""

    def __init__(self, clock: Clock, inbox: Notifies = SILENCE) -> None:
        self._clock = clock
        self._inbox = inbox

    def found(self, connection: Connection, video: str, creator: str, original: str, author: str, percent: int) -> None:
        """A video that has just become ready looks like an earlier one of `author`. Once for each video."""
        if connection.execute(select(fund_originality.c.video).where(fund_originality.c.video == video)).first():
            return
        row = {
            "video": video, "creator": creator, "original": original, "author": author, "percent": percent,
            "state": "found", "at": self._clock(), "text": "", "note": "",
        }  # fmt: skip
        connection.execute(insert(fund_originality).values(row))
        self._tell(connection, creator, video, "copy")

    def dispute(self, connection: Connection, creator: str, video: str, text: str) -> Resemblance:
        """Say that it is one's own; once. Raises OriginalityNotFound, NotDisputable, InvalidRequest."""
        said = clean_lines(text, TEXT_CHARS_MAX)
        if not said:
            raise InvalidRequest(f"Say in at most {TEXT_CHARS_MAX} characters why the video is yours.")
        row = self._locked(connection, video)
        if row.creator != creator:
            raise OriginalityNotFound
        if row.state != "found":
            raise NotDisputable
        return self._move(connection, row, state="disputed", text=said, disputed_at=self._clock())

    def decide(self, connection: Connection, video: str, by: str, *, original: bool, note: str) -> Resemblance:
        """As a moderator whom it does not concern. Raises OriginalityNotFound, NotDisputable (decided before),
        NotAllowed, InvalidRequest."""
        said = clean_lines(note, NOTE_CHARS_MAX)
        if said is None:
            raise InvalidRequest(f"A note has at most {NOTE_CHARS_MAX} characters.")
        row = self._locked(connection, video)
        if by in (row.creator, row.author):
            raise NotAllowed("Somebody whom it does not concern must decide this.")
        if row.state not in ("found", "disputed"):
            raise NotDisputable
        state: OriginalityState = "original" if original else "copy"
        self._tell(connection, row.creator, video, "original" if original else "copy_stands")
        return self._move(connection, row, state=state, note=said, decided_by=by, decided_at=self._clock())

    @staticmethod
    def of(connection: Connection, creator: str) -> list[Resemblance]:
        """Somebody's videos that look like earlier ones, the newest first."""
        own = select(fund_originality).where(fund_originality.c.creator == creator)
        rows = connection.execute(own.order_by(fund_originality.c.video.desc()).limit(COPIES_SHOWN_MAX))
        return [_resemblance(row) for row in rows]

    @staticmethod
    def disputed(connection: Connection, cursor: str, limit: int) -> Sequence[Resemblance]:
        """What waits for a decision, in the order of the videos; one more than `limit` if there are more."""
        waiting = select(fund_originality).where(
            fund_originality.c.state == "disputed", fund_originality.c.video > cursor
        )
        rows = connection.execute(waiting.order_by(fund_originality.c.video).limit(limit + 1))
        return [_resemblance(row) for row in rows]

    def _tell(self, connection: Connection, creator: str, video: str, what: str) -> None:
        self._inbox.tell(connection, [Notice(creator, "payout", creator, item=f"{video}:{what}", text=what)])

    @staticmethod
    def _move(connection: Connection, row: Row[Any], **values: object) -> Resemblance:
        changed = update(fund_originality).where(fund_originality.c.video == row.video).values(**values)
        return _resemblance(connection.execute(changed.returning(fund_originality)).one())

    @staticmethod
    def _locked(connection: Connection, video: str) -> Row[Any]:
        own = select(fund_originality).where(fund_originality.c.video == video)
        row = connection.execute(own.with_for_update()).first()
        if row is None:
            raise OriginalityNotFound
        return row


def _resemblance(row: Row[Any]) -> Resemblance:
    return Resemblance(
        row.video, row.creator, row.original, row.percent, row.state, row.at, row.text, row.note, row.decided_at
    )

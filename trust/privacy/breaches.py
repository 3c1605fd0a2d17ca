"""The log of breaches: what happened, when it was known, who was told. The authority has to hear within 72 hours."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from core.clock import Clock
from core.errors import InvalidRequest
from core.ids import new_id
from core.text import clean_lines
from trust.audit.chain import Audit
from trust.errors import BreachNotFound
from trust.privacy.tables import breaches

AUTHORITY_MS = 72 * 3_600_000  # from when it is known (GDPR, article 33)
TEXT_CHARS_MAX = 4_000
SHOWN_MAX = 200

BreachText = Annotated[str, msgspec.Meta(max_length=TEXT_CHARS_MAX)]
Time = Annotated[int, msgspec.Meta(ge=0)]


class NewBreach(msgspec.Struct, forbid_unknown_fields=True):
    """`data`: which kinds. `people`: about how many. Times are Unix ms; 0: not known."""

    what: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_CHARS_MAX)]
    data: BreachText = ""
    measures: BreachText = ""
    people: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    began_at: Time = 0
    known_at: Time = 0


class BreachChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is given is changed. The three marks set the time to now; once set, they stay."""

    data: BreachText | None = None
    measures: BreachText | None = None
    people: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None
    authority_told: bool = False
    people_told: bool = False
    closed: bool = False


class Breach(msgspec.Struct, frozen=True):
    """`authority_due_at`: until when the authority has to be told (Unix ms, as all times here); 0 marks what has not
    happened yet."""

    id: str
    what: str
    data: str
    measures: str
    people: int
    began_at: int
    known_at: int
    authority_due_at: int
    authority_at: int
    people_at: int
    closed_at: int


class Breaches:
    """Each method is one step inside the caller's transaction."""

    def __init__(self, clock: Clock, audit: Audit) -> None:
        self._clock = clock
        self._audit = audit

    def add(self, connection: Connection, by: str, new: NewBreach) -> Breach:
        """Raises InvalidRequest."""
        now = self._clock()
        if max(new.known_at, new.began_at) > now:
            raise InvalidRequest("That is in the future.")
        row = {
            "id": new_id(), "what": _clean(new.what), "data": _clean(new.data), "measures": _clean(new.measures),
            "people": new.people, "began_at": new.began_at, "known_at": new.known_at or now, "authority_at": 0,
            "people_at": 0, "closed_at": 0, "by": by, "at": now,
        }  # fmt: skip
        connection.execute(insert(breaches).values(row))
        self._audit.append(connection, by, "breach_noted", str(row["id"]))
        return self._one(connection, str(row["id"]))

    def change(self, connection: Connection, by: str, breach: str, change: BreachChange) -> Breach:
        """Raises BreachNotFound, InvalidRequest."""
        before, now = self._one(connection, breach), self._clock()
        values: dict[str, object] = {}
        for name in ("data", "measures"):
            if (text := getattr(change, name)) is not None:
                values[name] = _clean(text)
        if change.people is not None:
            values["people"] = change.people
        for mark, column in (("authority_told", "authority_at"), ("people_told", "people_at"), ("closed", "closed_at")):
            if getattr(change, mark) and not getattr(before, column):
                values[column] = now
        if values:
            connection.execute(update(breaches).where(breaches.c.id == breach).values(values))
            self._audit.append(connection, by, "breach_changed", breach, ",".join(sorted(values)))
        return self._one(connection, breach)

    def newest(self, connection: Connection) -> list[Breach]:
        rows = connection.execute(select(breaches).order_by(breaches.c.id.desc()).limit(SHOWN_MAX))
        return [_shown(row) for row in rows]

    def _one(self, connection: Connection, breach: str) -> Breach:
        row = connection.execute(select(breaches).where(breaches.c.id == breach)).first()
        if row is None:
            raise BreachNotFound
        return _shown(row)


def _clean(text: str) -> str:
    """Raises InvalidRequest."""
    cleaned = clean_lines(text, TEXT_CHARS_MAX)
    if cleaned is None:
        raise InvalidRequest(f"A text has at most {TEXT_CHARS_MAX} characters.")
    return cleaned


def _shown(row: Row[Any]) -> Breach:
    return Breach(
        row.id, row.what, row.data, row.measures, row.people, row.began_at, row.known_at, row.known_at + AUTHORITY_MS,
        row.authority_at, row.people_at, row.closed_at,
    )  # fmt: skip

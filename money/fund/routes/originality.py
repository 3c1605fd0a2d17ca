"""Videos that look like earlier ones over HTTP: creators dispute it, moderators decide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.identity import Person
from core.limits import Rate
from money.fund.originals.originality import NOTE_CHARS_MAX, TEXT_CHARS_MAX, Originality, Resemblance
from money.fund.results.copies import CopyOf
from money.fund.results.explaining import Explaining
from money.wallets import Brief

DISPUTE_RATE = Rate(20, 3_600)


class NewDispute(msgspec.Struct, forbid_unknown_fields=True):
    """Why the video is yours."""

    text: Annotated[str, Meta(max_length=4 * TEXT_CHARS_MAX)]


class OriginalityVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """`original`: its views count from now on. `note`: the creator reads it."""

    original: bool
    note: Annotated[str, Meta(max_length=4 * NOTE_CHARS_MAX)] = ""


class DisputedCopy(msgspec.Struct):
    """`person`: who disputes it; null for a deleted account."""

    person: Person | None
    copy: CopyOf


class OriginalityRoutes:
    def __init__(self, database: Database, originality: Originality, explaining: Explaining, brief: Brief) -> None:
        self._database = database
        self._originality = originality
        self._explaining = explaining
        self._brief = brief

    def operations(self) -> list[Operation]:
        waiting = "/api/admin/originality"
        return [
            Operation("POST", "/api/originality/{id}/dispute", self.dispute, rate=DISPUTE_RATE),
            Operation("GET", waiting, self.queue, access=Access.MODERATOR),
            Operation("PUT", f"{waiting}/{{id}}", self.decide, access=Access.MODERATOR),
        ]

    def dispute(self, call: Call, id: str, body: NewDispute) -> CopyOf:
        """Say that a video which looks like an earlier one is your own. A moderator decides."""
        who = call.identity.id

        def write(connection: Connection) -> CopyOf:
            found = self._originality.dispute(connection, who, id, body.text)
            return self._explaining.copies(connection, who, [found])[0]

        return self._database.write(write)

    def queue(self, call: Call, query: Paging) -> Page[DisputedCopy]:
        """List the videos whose creators say that they are their own, the oldest first."""

        def read(connection: Connection) -> Page[DisputedCopy]:
            found = self._originality.disputed(connection, query.cursor, query.limit)
            page = found[: query.limit]
            more = page[-1].video if len(found) > query.limit else None
            return Page(self._shown(connection, call.identity.id, page), more)

        return self._database.read(read)

    def decide(self, call: Call, id: str, body: OriginalityVerdict) -> DisputedCopy:
        """Decide whether a video is its creator's own, as somebody whom it does not concern."""
        by = call.identity.id

        def write(connection: Connection) -> DisputedCopy:
            found = self._originality.decide(connection, id, by, original=body.original, note=body.note)
            return self._shown(connection, by, [found])[0]

        return self._database.write(write)

    def _shown(self, connection: Connection, reader: str, found: Sequence[Resemblance]) -> list[DisputedCopy]:
        known = self._brief(connection, {one.creator for one in found})
        copies = self._explaining.copies(connection, reader, found)
        return [DisputedCopy(known.get(one.creator), copy) for one, copy in zip(found, copies, strict=True)]

"""Events of ads: each counts once, whatever is repeated, lost, late or forged.

They are committed in groups. What is billed is decided by one change of the serve's row, from `held` to `billed`, which
happens once and never after it has lapsed: so a view is paid once, out of money that was held for it. A takeover's day
is billed by one change of the day's row.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, or_, select, update

from core.clock import Clock
from core.database import Database
from vod.ads.billing.minutes import billed_minute
from vod.ads.billing.receipts import Receipt
from vod.ads.campaigns.tables import advertiser_members
from vod.ads.events.counts import Counts, add_counts
from vod.ads.events.invalid import SEES, Kind, Rates, mark_of
from vod.ads.serving.serve import OPENING
from vod.ads.serving.signing import Signatures
from vod.ads.serving.statements import upsert
from vod.ads.serving.why import is_theirs
from vod.ads.tables import ad_events, ad_receipts, ad_serves
from vod.ads.takeover.days import bill_day

COUNTED: Mapping[Kind, str] = {
    "view": "views", "viewable": "viewable", "not_viewable": "not_viewable", "quarter": "quarters", "half": "halves",
    "three_quarters": "three_quarters", "finish": "finishes", "click": "clicks", "hide": "hides", "report": "reports",
}  # fmt: skip
"""The column that counts events of each kind."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a browser says. `source`: whom rates are counted for, a person or a network."""

    serve: str
    kind: Kind
    at: int  # when it arrived, Unix ms
    person: str | None
    source: str
    program: bool


Noted = Callable[[str, str, str, Kind], None]
"""(viewer, serve, campaign, kind): called after the commit with each event that is new."""

_VERDICTS: Mapping[Kind, Kind] = {"viewable": "not_viewable", "not_viewable": "viewable"}
_Fact = tuple[Claim, Any, str]
"""A claim, the row of its serve, and its mark."""


class AdEvents:
    def __init__(self, database: Database, clock: Clock, signatures: Signatures, noted: Noted) -> None:
        self._clock = clock
        self._signatures = signatures
        self._noted = noted
        self._rates = Rates()
        self._executor = database.executor
        self._group = database.group("ad events", self.apply)

    async def record(
        self, events: Sequence[tuple[str, Kind]], person: str | None, source: str, *, program: bool
    ) -> int:
        """Record events by (impression, kind). Returns how many are new. Raises Overloaded."""
        now = self._clock()
        if not self._signatures.known:
            await self._executor.run(self._signatures.learn)
        claims = [
            Claim(serve, kind, now, person, source, program)
            for impression, kind in events
            if (serve := self._signatures.serve(impression)) is not None
        ]
        found = await asyncio.gather(*[self._group.post(claim) for claim in claims])
        for claim, row in zip(claims, found, strict=True):
            if row is not None:
                self._noted(row[0], claim.serve, row[1], claim.kind)
        return sum(row is not None for row in found)

    def apply(self, connection: Connection, claims: Sequence[Claim]) -> list[tuple[str, str] | None]:
        """Write a batch in the caller's transaction: for each claim the viewer and campaign of its serve, if it is
        new."""
        rows = {row.id: row for row in connection.execute(_SERVES, {"ids": list({one.serve for one in claims})})}
        own = _members(connection, claims, rows)
        before = {(serve, kind): mark for serve, kind, mark in connection.execute(_KNOWN, {"ids": list(rows)})}
        facts: dict[tuple[str, Kind], _Fact] = {}
        for claim in claims:
            row, key = rows.get(claim.serve), (claim.serve, claim.kind)
            if row is None or key in before or key in facts or not is_theirs(row.viewer, claim.person):
                continue
            facts[key] = claim, row, self._mark(claim, row, own)
        written = _write(connection, facts)
        counts = _counts(facts, written, before, _bill(connection, [facts[key] for key in written]))
        add_counts(connection, counts)
        return [
            (rows[claim.serve].viewer, rows[claim.serve].campaign)
            if (claim.serve, claim.kind) in written and facts[claim.serve, claim.kind][0] is claim
            else None
            for claim in claims
        ]

    def _mark(self, claim: Claim, row: Row[Any], own: Collection[tuple[str, str]]) -> str:
        mark = mark_of(
            claim.kind, claim.at, row.at, row.expires_at, row.bills, length_ms=row.length_ms, program=claim.program,
            own=(row.advertiser, claim.person) in own or (claim.person is not None and row.creator == claim.person),
        )  # fmt: skip
        if not mark and self._rates.exceeds(claim.kind, claim.source, row.campaign, claim.at):
            return "rate"
        return mark


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_SERVES = select(ad_serves).where(ad_serves.c.id.in_(_IDS))
_KNOWN = select(ad_events.c.serve, ad_events.c.kind, ad_events.c.mark).where(ad_events.c.serve.in_(_IDS))


def _members(connection: Connection, claims: Sequence[Claim], rows: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Which of the people behind the claims belong to which advertisers."""
    people = {claim.person for claim in claims if claim.person is not None}
    if not people or not rows:
        return set()
    mine = select(advertiser_members.c.advertiser, advertiser_members.c.person)
    return {
        (row.advertiser, row.person) for row in connection.execute(mine.where(advertiser_members.c.person.in_(people)))
    }


def _write(connection: Connection, facts: Mapping[tuple[str, Kind], _Fact]) -> set[tuple[str, Kind]]:
    """Write events; returns those that nobody else has written meanwhile."""
    if not facts:
        return set()
    rows = [
        {"serve": serve, "kind": kind, "at": claim.at, "mark": mark} for (serve, kind), (claim, _, mark) in sorted(
            facts.items(), key=lambda item: item[0])
    ]  # fmt: skip
    if connection.dialect.name == "sqlite":  # one writer: what was not there a moment ago is not there now
        connection.execute(insert(ad_events), rows)
        written = set(facts)
    else:
        new = upsert(connection, ad_events).on_conflict_do_nothing().returning(ad_events.c.serve, ad_events.c.kind)
        written = {(serve, kind) for serve, kind in connection.execute(new, rows)}
    seen = sorted({serve for serve, kind in written if kind in SEES})
    hidden = sorted({serve for serve, kind in written if kind in ("hide", "report")})
    for column, serves in (("seen", seen), ("hidden", hidden)):
        if serves:
            connection.execute(update(ad_serves).where(ad_serves.c.id.in_(serves)).values({column: True}))
    return written


def _bill(connection: Connection, facts: Sequence[_Fact]) -> set[str]:
    """Bill what is to be billed, each with a receipt; returns the serves."""
    due = {row.id: (claim, row) for claim, row, mark in facts if not mark and row.bills == claim.kind}
    if not due:
        return set()
    openings = [(claim, row) for _, (claim, row) in sorted(due.items()) if row.place == OPENING]
    days = {row.id for claim, row in openings if bill_day(connection, row.campaign, row.day, row.id, claim.at)}
    held = (ad_serves.c.id.in_(sorted(due)), or_(ad_serves.c.state == "held", ad_serves.c.id.in_(days)))
    billed = update(ad_serves).where(*held).values(state="billed").returning(ad_serves.c.id)
    paid = set(connection.execute(billed).scalars())
    if not paid:
        return set()
    minute = billed_minute(connection, max(claim.at for claim, _ in due.values()))
    receipts = [Receipt.of(row, claim.at, minute) for serve, (claim, row) in due.items() if serve in paid]
    connection.execute(insert(ad_receipts), [msgspec.structs.asdict(one) | {"digest": one.digest} for one in receipts])
    return paid


def _counts(
    facts: Mapping[tuple[str, Kind], _Fact],
    written: Collection[tuple[str, Kind]],
    before: Mapping[tuple[str, str], str],
    billed: Collection[str],
) -> Counts:
    """What the new events add to each campaign's day."""
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    counted = {key for key, mark in before.items() if not mark}
    for key in written:
        claim, row, mark = facts[key]
        day = found[row.campaign, row.day]
        if mark:
            day["invalid"] += 1
            continue
        day[COUNTED[claim.kind]] += 1
        if row.bills == claim.kind and row.id in billed:
            day["spent_micro"] += row.price_micro
        # Who comes back to an ad that they left too early has seen it after all.
        counted.add(key)
        if (other := _VERDICTS.get(claim.kind)) is not None and (row.id, other) in counted:
            day["not_viewable"] -= 1
    return found

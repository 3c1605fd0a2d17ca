"""Challenges as everybody sees them, and as their advertisers do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from core.identity import Person
from money.ads.prizes import Prizes
from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.categories import Category
from vod.ads.challenges.states import ChallengeState
from vod.ads.challenges.tables import ad_challenge_entries
from vod.ads.challenges.terms import Choice
from vod.catalogue.visibility import is_public
from vod.tables import videos

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]


class Winner(msgspec.Struct, frozen=True):
    """`person`: null once the account is gone. `by`: who chose. `likes`: of the video, when the challenge ended.
    `paid_from`: when the prize is paid at the earliest, Unix ms; null once it is."""

    person: Person | None
    video: str
    by: Choice
    because: str
    likes: int
    at: int
    paid_from: int | None


class ChallengeView(msgspec.Struct, kw_only=True):
    """A challenge. Money is in millionths of `currency`, times are Unix ms. `entries`: public videos that take part.
    `judge_until`: the sponsor's last moment to choose; afterwards the most liked entry wins. `stopped_because`: why the
    platform stopped it."""

    id: str
    tag: str
    title: str
    rules: str
    sponsor: str
    paid_by: str | None
    category: Category
    choice: Choice
    prize_micro: int
    currency: str
    zone: str
    starts_on: str
    ends_on: str
    starts_at: int
    ends_at: int
    state: ChallengeState
    judge_until: int | None
    entries: int
    winner: Winner | None
    stopped_because: str


class OwnChallenge(ChallengeView, kw_only=True):
    """The same for its advertiser. `reasons`, `note`: why a review rejected it."""

    advertiser: str
    fee_micro: int
    revision: int
    reasons: list[str]
    note: str
    created_at: int


def views(connection: Connection, rows: Sequence[Row[Any]], brief: Brief) -> list[ChallengeView]:
    return [ChallengeView(**fields) for fields in _fields(connection, rows, brief)]


def own_views(connection: Connection, rows: Sequence[Row[Any]], brief: Brief) -> list[OwnChallenge]:
    return [
        OwnChallenge(
            **fields, advertiser=row.advertiser, fee_micro=row.fee_micro, revision=row.revision, reasons=row.reasons,
            note=row.note, created_at=row.created_at,
        )
        for row, fields in zip(rows, _fields(connection, rows, brief), strict=True)
    ]  # fmt: skip


def _fields(connection: Connection, rows: Sequence[Row[Any]], brief: Brief) -> list[dict[str, Any]]:
    counted = _entries(connection, [row.id for row in rows])
    people = brief(connection, {row.winner for row in rows if row.winner})
    same = set(ChallengeView.__struct_fields__) - {"sponsor", "paid_by", "currency", "entries", "winner"}
    return [
        {field: getattr(row, field) for field in same}
        | {
            "sponsor": row.sponsor, "paid_by": row.payer, "currency": AD_CURRENCY, "entries": counted.get(row.id, 0),
            "winner": _winner(connection, row, people) if row.winner else None,
        }
        for row in rows
    ]  # fmt: skip


def _winner(connection: Connection, row: Row[Any], people: Mapping[str, Person]) -> Winner:
    waits = row.state == "decided"
    return Winner(
        people.get(row.winner), row.winner_video, "sponsor" if row.chosen_by else "likes", row.chosen_because,
        row.winner_likes or 0, row.decided_at or 0,
        max(row.decided_at, Prizes.payable_from(connection, row.advertiser)) if waits else None,
    )  # fmt: skip


def _entries(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    entries = ad_challenge_entries
    query = select(entries.c.challenge, func.count()).join(videos, videos.c.id == entries.c.video)
    query = query.where(entries.c.challenge.in_(ids), is_public()).group_by(entries.c.challenge)
    return {challenge: int(number) for challenge, number in connection.execute(query)}

"""The views that count in a month, recorded as they happen.

Who watched is kept under a name that is hashed with a key of the period. The key is deleted when the period is closed,
so nobody can find out afterwards who watched what.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.database.many import Many
from core.ids import is_id, time_of
from money.earnings import DAY_MS
from money.fund.terms import Terms
from money.reports.months import month_of
from money.tables import fund_periods, fund_views, payout_destinations

KEY_BYTES = 32
NAME_BYTES = 12
VIEWER_DAY_VIEWS_MAX = 1_000
PERIODS_REMEMBERED_MAX = 4

_RECORD = Many.insert(
    "fund_views",
    {"period": "text", "viewer": "text", "day": "int", "video": "text", "creator": "text", "ms": "bigint",
     "reactions": "int"},
    "ON CONFLICT (period, viewer, day, video) DO UPDATE SET reactions = excluded.reactions, "
    "ms = CASE WHEN excluded.ms > fund_views.ms THEN excluded.ms ELSE fund_views.ms END",
)  # fmt: skip


class QualifiedView(NamedTuple):
    """What somebody has watched of a public, original video by now. `ms`: in one showing, at most twice its length.
    `reactions`: as of now; see `division.py`."""

    video: str
    creator: str
    ms: int
    reactions: int


class FundViews:
    """Thread-safe."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._keys: dict[str, bytes | None] = {}

    def record(self, connection: Connection, viewer: str, at: int, views: Sequence[QualifiedView]) -> None:
        """Count what a person watched today (Unix ms), once for each video: again and with more replaces what there
        was. Not counted: one's own videos, those of one's household, an account that is too young, more than
        VIEWER_DAY_VIEWS_MAX a day, and a period that is over."""
        if not views or at - _joined(viewer) < self._terms.viewer_age_days * DAY_MS:
            return
        own = {viewer, *household(connection, viewer)}
        period, day = month_of(at), at // DAY_MS
        counted = {view.video: view for view in views if view.creator not in own}
        key = self._key(connection, period) if counted else None
        if key is None:
            return
        name = hashed(key, viewer)
        some = _with_room(connection, period, name, day, sorted(counted))
        rows = [
            (period, name, day, one.video, one.creator, one.ms, one.reactions)
            for one in (counted[video] for video in some)
        ]
        _RECORD.write(connection, rows)

    def _key(self, connection: Connection, period: str) -> bytes | None:
        """The key of a period's viewers, which the first view of a month makes. None: the period is closed."""
        if period not in self._keys:
            open_period(connection, period)
            found = select(fund_periods.c.viewer_key).where(fund_periods.c.period == period)
            key = connection.execute(found).scalar_one()
            while len(self._keys) >= PERIODS_REMEMBERED_MAX:
                self._keys.pop(next(iter(self._keys)), None)
            self._keys[period] = None if key is None else bytes(key)
        return self._keys.get(period)


def _with_room(connection: Connection, period: str, viewer: str, day: int, videos: Sequence[str]) -> list[str]:
    """Those of these videos whose views may be written: those that have one, and as many others as there is room."""
    today = fund_views.c.period == period, fund_views.c.viewer == viewer, fund_views.c.day == day
    number = connection.execute(select(func.count()).select_from(fund_views).where(*today)).scalar_one()
    own = select(fund_views.c.video).where(*today, fund_views.c.video.in_(videos))
    there = set(connection.execute(own).scalars())
    new = [video for video in videos if video not in there]
    return sorted(there.union(new[: max(0, VIEWER_DAY_VIEWS_MAX - int(number))]))


def open_period(connection: Connection, period: str) -> None:
    """Make a period's row, if there is none."""
    if connection.execute(select(fund_periods.c.period).where(fund_periods.c.period == period)).first():
        return
    row = {
        "period": period, "state": "open", "viewer_key": secrets.token_bytes(KEY_BYTES),
        "code_key": secrets.token_bytes(KEY_BYTES),
    }  # fmt: skip
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(fund_periods).values(row).on_conflict_do_nothing())


def household(connection: Connection, person: str) -> set[str]:
    """Those who are paid to the same bank account: all that is known of who lives together."""
    own, other = payout_destinations.alias("own"), payout_destinations.alias("other")
    same = select(other.c.person).join(own, own.c.fingerprint == other.c.fingerprint).where(own.c.person == person)
    return set(connection.execute(same).scalars())


def hashed(key: bytes, name: str) -> str:
    """A name that cannot be traced back without the key: 24 hex digits."""
    return hashlib.blake2s(name.encode(), key=key, digest_size=NAME_BYTES).hexdigest()


def _joined(person: str) -> int:
    """An account's id says when it was made."""
    return time_of(person) if is_id(person) else 0

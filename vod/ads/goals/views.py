"""A sponsored goal as its advertiser, its host and reviewers see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row

from core.identity import Person
from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.categories import Category
from vod.ads.campaigns.review import Reason
from vod.ads.goals.lifecycle import GoalLifecycle
from vod.ads.goals.states import Because, GoalState
from vod.ads.goals.tables import ad_goals
from vod.ads.serving.serve import share_of
from vod.catalogue.videos import Brief


class GoalView(msgspec.Struct, frozen=True):
    """Money is in millionths of `currency`: the sponsor pays `reward_micro`, of which `share_micro` is the creator's.
    `until`: afterwards it cannot be started; `waits_until`: before that a reached goal is not paid. Unix ms."""

    id: str
    advertiser: str
    sponsor: str
    paid_by: str
    creator: Person | None
    text: str
    category: Category
    currency: str
    reward_micro: int
    share_percent: int
    share_micro: int
    target_coins: int
    minutes: int
    until: int
    state: GoalState
    state_at: int
    because: Because
    revision: int
    reasons: list[Reason]
    note: str
    room: str | None
    started_at: int | None
    ends_at: int | None
    coins: int
    waits_until: int
    created_at: int


def goal_views(connection: Connection, rows: Sequence[Row[Any]], brief: Brief) -> list[GoalView]:
    people = brief(connection, {row.creator for row in rows})
    waits = {one: GoalLifecycle.waits_until(connection, one) for one in {row.advertiser for row in rows}}
    return [_view(row, people.get(row.creator), waits[row.advertiser]) for row in rows]


def _view(row: Row[Any], creator: Person | None, waits_until: int) -> GoalView:
    known = {name: getattr(row, name) for name in GoalView.__struct_fields__ if name in ad_goals.c}
    derived = {"currency": AD_CURRENCY, "share_micro": share_of(row.reward_micro, row.share_percent)}
    return GoalView(**known | derived | {"creator": creator, "waits_until": waits_until})

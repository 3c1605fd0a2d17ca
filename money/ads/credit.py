"""Who is behind what is shown."""

from __future__ import annotations

import msgspec


class EffectCredit(msgspec.Struct, frozen=True):
    """A sponsored effect as everything made with it names it. `paid_by`: who pays, if not the sponsor then another."""

    id: str
    name: str
    sponsor: str
    paid_by: str


class GoalCredit(msgspec.Struct, frozen=True):
    """A sponsored goal as a room shows it: `reward_micro` (millionths of the ad currency) for the host if `target`
    coins are given up to, but not at, `ends_at` (Unix ms). `coins`: so far, of those that were bought."""

    id: str
    sponsor: str
    paid_by: str
    text: str
    reward_micro: int
    target: int
    coins: int
    ends_at: int

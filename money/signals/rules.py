"""The rules: a pure function from what a creator earned to the signs of laundering in it.

Sources: the patterns that MASAK and the Turkish prosecutors described for TikTok and Twitch (large gifts in rooms with
hardly any viewers, a still picture, few givers, most of it sent back), as shares of what was earned.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import median
from typing import Literal, NamedTuple

SignalCode = Literal["few_givers", "new_accounts", "new_cards", "circle", "unwatched", "dull_picture", "quick_payout"]

EARNED_COINS_MIN = 5_000  # below that nothing is worth laundering, and shares of little say little
TOP_GIVERS = 3
TOP_SHARE_MIN = 0.8
NEW_SHARE_MIN = 0.5
CIRCLE_SHARE_MIN = 0.2
DULL_SHARE_MIN = 0.5
RATE_DEVIATIONS_MIN = 6.0  # median absolute deviations from the creator's own past
PAST_ROOMS_MIN = 5  # with fewer, the past says nothing, and the site's own limit holds
COINS_PER_MINUTE_MAX = 500  # of one viewer, for those without a past
QUICK_MS_MAX = 3_600_000


class RoomTake(NamedTuple):
    """What a room brought, and what it showed meanwhile."""

    room: str
    coins: int
    measured_ms: int
    watched_ms: int
    dull_ms: int

    @property
    def per_minute(self) -> float:
        """Coins per minute of one viewer. A room is never watched less than a minute."""
        return self.coins / max(1.0, self.watched_ms / 60_000)


class Earned(NamedTuple):
    """What a creator earned in the window, in coins. `given_back`: what the creator gave to each of these givers.

    `past`: coins per viewer-minute of the rooms before the window. `payout_delays_ms`: how long after the end of a hold
    each payout was asked for.
    """

    by_giver: Mapping[str, int]
    new_accounts: Collection[str]
    new_cards: Collection[str]
    given_back: Mapping[str, int]
    rooms: Sequence[RoomTake]
    past: Sequence[float]
    payout_delays_ms: Sequence[int] = ()


class Sign(NamedTuple):
    """A rule that struck. `percent`: the share it found, or how many times the usual; `coins`: what it is about."""

    code: SignalCode
    percent: int
    coins: int


def signs(earned: Earned) -> list[Sign]:
    """Every sign in what was earned; none if it is little."""
    total = sum(earned.by_giver.values())
    if total < EARNED_COINS_MIN:
        return []
    found = [
        _share("few_givers", sum(sorted(earned.by_giver.values())[-TOP_GIVERS:]), total, TOP_SHARE_MIN),
        _share("new_accounts", _of(earned, earned.new_accounts), total, NEW_SHARE_MIN),
        _share("new_cards", _of(earned, earned.new_cards), total, NEW_SHARE_MIN),
        _share("circle", _circled(earned), total, CIRCLE_SHARE_MIN),
        _unwatched(earned),
        _dull(earned, total),
        _quick(earned, total),
    ]
    return [sign for sign in found if sign is not None]


def _of(earned: Earned, givers: Collection[str]) -> int:
    return sum(earned.by_giver.get(giver, 0) for giver in givers)


def _share(code: SignalCode, coins: int, total: int, least: float) -> Sign | None:
    return Sign(code, round(100 * coins / total), coins) if coins >= least * total else None


def _circled(earned: Earned) -> int:
    """Coins that came from people to whom the creator gave as well: at most what went both ways."""
    return sum(min(coins, earned.by_giver.get(giver, 0)) for giver, coins in earned.given_back.items())


def _unwatched(earned: Earned) -> Sign | None:
    """The room with the most coins per viewer-minute, far above the creator's own past."""
    worth = [room for room in earned.rooms if room.coins >= EARNED_COINS_MIN]
    if not worth:
        return None
    worst = max(worth, key=lambda room: room.per_minute)
    usual, most = float(COINS_PER_MINUTE_MAX), float(COINS_PER_MINUTE_MAX)
    if len(earned.past) >= PAST_ROOMS_MIN:
        usual = median(earned.past)
        spread = median(abs(rate - usual) for rate in earned.past)
        most = usual + RATE_DEVIATIONS_MIN * max(spread, usual / 10, 1.0)
    if worst.per_minute <= most:
        return None
    return Sign("unwatched", round(100 * worst.per_minute / max(1.0, usual)), worst.coins)


def _dull(earned: Earned, total: int) -> Sign | None:
    """Coins of rooms whose picture was black or still most of the time."""
    dull = sum(
        room.coins for room in earned.rooms if room.measured_ms and room.dull_ms >= DULL_SHARE_MIN * room.measured_ms
    )
    return _share("dull_picture", dull, total, NEW_SHARE_MIN)


def _quick(earned: Earned, total: int) -> Sign | None:
    """Every payout asked for within an hour after a hold ended: somebody waits for the money."""
    delays = earned.payout_delays_ms
    if len(delays) < TOP_GIVERS or max(delays) > QUICK_MS_MAX:
        return None
    return Sign("quick_payout", 100, total)

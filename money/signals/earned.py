"""Reads what a creator earned, for the rules: the ledger's gifts, with the age of the givers' accounts and cards."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from money.earnings.hold import DAY_MS, Holds, Joined, day_name
from money.ledger.rules import COINS
from money.signals.rules import Earned, RoomTake
from money.tables import accounts, earnings, entries, payouts, transfers

Airtime = Callable[[Connection, str, int], Sequence[Any]]
"""(connection, host, since) -> the airtime of each of their rooms, as `live` has it."""

WINDOW_DAYS = 14
PAST_DAYS = 90
NEW_DAYS = 7
GIVERS_MAX = 5_000  # of one creator, those who gave most
CREATORS_MAX = 10_000


def creators_with_gifts(connection: Connection, since: int) -> list[str]:
    """Who earned anything since a moment (Unix ms), those with the most coins first."""
    coins = func.sum(entries.c.amount)
    rows = connection.execute(
        select(accounts.c.owner)
        .join(entries, entries.c.account == accounts.c.id)
        .join(transfers, transfers.c.id == entries.c.transfer)
        .where(accounts.c.kind == "pending", transfers.c.kind == "gift", transfers.c.at >= since)
        .group_by(accounts.c.owner).order_by(coins.desc(), accounts.c.owner).limit(CREATORS_MAX)
    )  # fmt: skip
    return [owner for (owner,) in rows]


def read_earned(
    connection: Connection, creator: str, now: int, joined: Joined, airtime: Airtime, holds: Holds
) -> Earned:
    """What a creator earned in the last WINDOW_DAYS, and how their rooms earned before."""
    since = now - WINDOW_DAYS * DAY_MS
    by_giver = _coins(connection, "pending", creator, "giver", since, now)
    rooms = _coins(connection, "pending", creator, "room", now - PAST_DAYS * DAY_MS, now)
    takes = [
        (room.started_at, RoomTake(room.room, rooms.get(room.room, 0), room.measured_ms, room.watched_ms, room.dull_ms))
        for room in airtime(connection, creator, now - PAST_DAYS * DAY_MS)
    ]
    given = _coins(connection, "wallet", creator, "creator", since, now)
    born, cards = joined(connection, list(by_giver)), _first_purchases(connection, list(by_giver))
    return Earned(
        by_giver=by_giver,
        new_accounts=[giver for giver in by_giver if born.get(giver, 0) > now - NEW_DAYS * DAY_MS],
        new_cards=[giver for giver, at in cards.items() if at > now - NEW_DAYS * DAY_MS],
        given_back={giver: coins for giver, coins in given.items() if giver in by_giver},
        rooms=[take for at, take in takes if at >= since],
        past=[take.per_minute for at, take in takes if at < since and take.coins],
        payout_delays_ms=_payout_delays(connection, creator, now - PAST_DAYS * DAY_MS, holds),
    )


def _payout_delays(connection: Connection, creator: str, since: int, holds: Holds) -> list[int]:
    """How long after the end of a hold each payout since a moment was asked for, in ms."""
    first = day_name(since // DAY_MS - holds.days("new"))
    days = select(earnings.c.day, earnings.c["class"]).where(earnings.c.person == creator, earnings.c.day >= first)
    due = sorted(holds.due_at(hold, day) for day, hold in connection.execute(days))
    asked = select(payouts.c.at).where(payouts.c.person == creator, payouts.c.at >= since)
    ended = [(at, bisect_right(due, at)) for at in connection.execute(asked).scalars()]
    return [at - due[place - 1] for at, place in ended if place]


def _coins(connection: Connection, kind: str, owner: str, by: str, since: int, until: int) -> dict[str, int]:
    """The coins of the gifts on a person's account, by a field of the gift."""
    whom = transfers.c.detail[by].as_string()
    coins = func.sum(transfers.c.detail["coins"].as_integer())
    gifts = _gifts(kind, owner, since, until).with_only_columns(whom, coins)
    rows = connection.execute(gifts.group_by(whom).order_by(coins.desc()).limit(GIVERS_MAX))
    return {name: int(n) for name, n in rows if name is not None}


def _gifts(kind: str, owner: str, since: int, until: int) -> Select[Any]:
    account = select(accounts.c.id).where(
        accounts.c.owner == owner, accounts.c.kind == kind, accounts.c.unit == COINS
    ).scalar_subquery()  # fmt: skip
    return (
        select(transfers.c.id)
        .join(entries, entries.c.transfer == transfers.c.id)
        .where(entries.c.account == account, transfers.c.kind == "gift", transfers.c.at.between(since, until))
    )


def _first_purchases(connection: Connection, people: Collection[str]) -> dict[str, int]:
    """When each first bought coins, as the ledger has it."""
    rows = connection.execute(
        select(accounts.c.owner, func.min(transfers.c.at))
        .join(entries, entries.c.account == accounts.c.id)
        .join(transfers, transfers.c.id == entries.c.transfer)
        .where(accounts.c.owner.in_(people), accounts.c.kind == "wallet", transfers.c.kind == "purchase")
        .group_by(accounts.c.owner)
    )
    return {owner: at for owner, at in rows}  # noqa: C416  dict(rows) is not typed

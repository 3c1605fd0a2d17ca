"""What must hold of the fund. `ledger verify` runs `PROOFS`; `fund verify` also computes a month from its views."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from core.database.proofs import Finding, Proof
from money.fund.computing import Codes, Facts, Result, Tally, compute
from money.fund.division import divided
from money.fund.originals import left_out
from money.fund.states import FROZEN
from money.fund.terms import Figures, Terms, reasons
from money.ledger.reading import use_one_state
from money.tables import fund_creators, fund_periods, fund_videos, fund_views

_POT = "SELECT coalesce(sum(f.coins), 0) FROM fund_fills f WHERE f.period = p.period"
_COINS = "SELECT coalesce(sum(c.coins), 0) FROM fund_creators c WHERE c.period = p.period"
_WEIGHT = "SELECT coalesce(sum(c.weight), 0) FROM fund_creators c WHERE c.period = p.period"
_MOVED = (  # what a transfer moved on a month's pot
    "accounts a JOIN entries e ON e.account = a.id JOIN transfers t ON t.id = e.transfer WHERE a.kind = 'fund'"
)
_CORRECTED = "SELECT coalesce(sum(c.coins), 0) FROM fund_corrections c WHERE c.period = p.period"
_CORRECTING = "t.key = 'fund:' || c.period || ':correction:' || c.id AND t.kind = 'fund'"
_OF_VIDEOS = "SELECT coalesce(sum(v.{0}), 0) FROM fund_videos v WHERE v.period = c.period AND v.creator = c.creator"
_POSTED = "t.key = 'fund:' || c.period || ':' || c.creator AND t.kind = 'fund' AND a.owner = c.period"


def _periods(connection: Connection) -> list[Row[Any]]:
    frozen = select(fund_periods).where(fund_periods.c.state.in_(FROZEN)).order_by(fund_periods.c.period)
    return list(connection.execute(frozen).all())


def _coins_follow(connection: Connection) -> Iterator[Finding]:
    """Every amount from the weights, every reason from the terms."""
    for period in _periods(connection):
        codes = Codes(bytes(period.code_key))
        terms = msgspec.json.decode(period.terms, type=Terms)
        rows = connection.execute(select(fund_creators).where(fund_creators.c.period == period.period)).all()
        weights = {codes[row.creator]: row.weight for row in rows if row.weight and not row.reasons}
        coins = divided(period.pot - period.corrected, weights)
        for row in rows:
            name = f"{row.creator} in {period.period}"
            if row.coins != coins.get(codes[row.creator], 0):
                detail = f"{row.coins} coins, {coins.get(codes[row.creator], 0)} by weight"
                yield Finding("fund_coins_follow_from_weights", name, detail)
            if row.reasons != ",".join(reasons(_figures(row), terms)) or (row.reasons and row.weight):
                yield Finding("fund_reasons_follow_from_terms", name, row.reasons)
            if sum(json.loads(row.by_day)) != row.weight:
                yield Finding("fund_days_add_up", name, row.by_day)


def verify_period(connection: Connection, period: str) -> Iterator[Finding]:
    """A closed month against its views, from which everything is computed again."""
    use_one_state(connection)
    row = next((one for one in _periods(connection) if one.period == period), None)
    if row is None:
        yield Finding("fund_period", period, "is not closed")
        return
    stored = {
        one.creator: one
        for one in connection.execute(select(fund_creators).where(fund_creators.c.period == period)).all()
    }
    terms = msgspec.json.decode(row.terms, type=Terms)
    facts: Facts = {name: Result(_figures(one), reasons(_figures(one), terms)) for name, one in stored.items()}
    again = compute(connection, row, row.pot - row.corrected, facts, terms)
    found = (again.digest, again.views, again.viewers, again.weight)
    if found != (row.digest, row.views, row.viewers, row.weight):
        yield Finding("fund_views", period, "the views are not those that the month was closed with")
    counted = _counted(connection, period)
    for name in sorted({*counted, *stored}):
        one = stored.get(name)
        tally = again.tallies.get(name) or Tally()
        computed = (*counted.get(name, (0, 0)), tally.ms, tally.weight, again.coins.get(name, 0), list(tally.by_day))
        if one is None or (one.views, one.days, one.ms, one.weight, one.coins, json.loads(one.by_day)) != computed:
            yield Finding("fund_creators", f"{name} in {period}", "is not what follows from the views")
    if left_out.recount(connection, period):
        yield Finding("fund_left_out", period, "is not what was watched of these videos")
    own = select(fund_videos).where(fund_videos.c.period == period)
    videos = {(one.creator, one.video): list(one[3:]) for one in connection.execute(own)}
    expected = {(name, video): figures for name, one in again.tallies.items() for video, figures in one.videos.items()}
    for key in sorted({*videos, *expected}):
        if videos.get(key) != expected.get(key):
            yield Finding("fund_videos", f"{key[1]} in {period}", "is not what follows from the views")


def _counted(connection: Connection, period: str) -> dict[str, tuple[int, int]]:
    counts = func.count(), func.count(fund_views.c.day.distinct())
    own = select(fund_views.c.creator, *counts).where(fund_views.c.period == period, left_out.counts(period))
    return {name: (views, days) for name, views, days in connection.execute(own.group_by(fund_views.c.creator))}


def _figures(row: Row[Any]) -> Figures:
    return Figures(row.age_days, row.followers, row.views, row.days)


PROOFS: Mapping[str, Proof] = {
    "fund_left_out_was_found": (
        "SELECT l.video || ' in ' || l.period, l.views FROM fund_left_out l WHERE NOT EXISTS (SELECT 1 FROM "
        "fund_originality o WHERE o.video = l.video AND o.creator = l.creator) OR EXISTS (SELECT 1 FROM fund_videos v "
        "WHERE v.period = l.period AND v.creator = l.creator AND v.video = l.video)"
    ),
    "fund_pot_is_its_fills": (
        f"SELECT p.period, p.pot FROM fund_periods p WHERE p.state IN {FROZEN} AND p.pot <> ({_POT})"
    ),
    "fund_fill_is_in_the_books": (
        "SELECT f.period || ' ' || f.key, f.coins FROM fund_fills f WHERE NOT EXISTS (SELECT 1 FROM "
        f"{_MOVED} AND a.owner = f.period AND t.key = 'fund_fill:' || f.period || ':' || f.key AND e.amount = f.coins "
        "AND t.at = f.at AND t.detail ->> 'source' = f.source AND t.detail ->> 'by' = f.by "
        "AND t.detail ->> 'note' = f.note)"
    ),
    "fund_transfer_has_its_fill": (
        "SELECT 'transfer ' || t.id, t.key FROM transfers t WHERE t.kind = 'fund_fill' AND NOT EXISTS "
        "(SELECT 1 FROM fund_fills f WHERE t.key = 'fund_fill:' || f.period || ':' || f.key)"
    ),
    "fund_amounts_are_the_pot": (
        f"SELECT p.period, p.carried FROM fund_periods p WHERE p.state IN {FROZEN} AND "
        f"p.pot <> p.corrected + p.carried + ({_COINS})"
    ),
    "fund_corrections_add_up": (
        f"SELECT p.period, p.corrected FROM fund_periods p WHERE p.corrected <> CASE WHEN p.state IN {FROZEN} "
        f"THEN ({_CORRECTED}) ELSE 0 END"
    ),
    "fund_correction_is_in_the_books": (
        "SELECT c.creator || ' in ' || c.period, c.coins FROM fund_corrections c WHERE c.posted <> (SELECT count(*) "
        f"FROM {_MOVED} AND {_CORRECTING} AND a.owner = c.period AND e.amount = -c.coins "
        "AND t.detail ->> 'corrects' = c.month AND t.detail ->> 'reason' = c.reason AND t.detail ->> 'by' = c.by) "
        "OR c.posted * c.coins <> (SELECT coalesce(sum(e.amount), 0) FROM transfers t JOIN entries e "
        f"ON e.transfer = t.id JOIN accounts a ON a.id = e.account WHERE {_CORRECTING} AND a.owner = c.creator)"
    ),
    "fund_correction_is_of_what_was_posted": (
        "SELECT c.creator || ' in ' || c.period, c.month FROM fund_corrections c WHERE NOT EXISTS (SELECT 1 FROM "
        "fund_periods p WHERE p.period = c.month AND p.posted_at <= c.at) OR c.posted = 0 AND EXISTS (SELECT 1 FROM "
        "fund_periods p WHERE p.period = c.period AND p.state = 'posted')"
    ),
    "fund_weights_add_up": (
        f"SELECT p.period, p.weight FROM fund_periods p WHERE p.state IN {FROZEN} AND p.weight <> ({_WEIGHT})"
    ),
    "fund_videos_add_up": (
        "SELECT c.creator || ' in ' || c.period, c.weight FROM fund_creators c WHERE "
        f"c.weight <> ({_OF_VIDEOS.format('weight')}) OR c.ms <> ({_OF_VIDEOS.format('ms')})"
    ),
    "fund_video_has_its_creator": (
        "SELECT v.video || ' in ' || v.period, v.weight FROM fund_videos v WHERE NOT EXISTS "
        "(SELECT 1 FROM fund_creators c WHERE c.period = v.period AND c.creator = v.creator)"
    ),
    "fund_creator_has_its_period": (
        "SELECT c.creator || ' in ' || c.period, c.coins FROM fund_creators c WHERE NOT EXISTS "
        "(SELECT 1 FROM fund_periods p WHERE p.period = c.period AND p.state <> 'open')"
    ),
    "fund_coins_follow": _coins_follow,
    "fund_posting_is_in_the_books": (
        "SELECT c.creator || ' in ' || c.period, c.coins FROM fund_creators c WHERE c.posted <> (SELECT count(*) FROM "
        f"{_MOVED} AND {_POSTED} AND e.amount = -c.coins)"
    ),
    "fund_transfer_has_its_creator": (
        "SELECT 'transfer ' || t.id, t.key FROM transfers t WHERE t.kind = 'fund' AND NOT EXISTS "
        "(SELECT 1 FROM fund_creators c WHERE t.key = 'fund:' || c.period || ':' || c.creator AND c.posted = 1) "
        f"AND NOT EXISTS (SELECT 1 FROM fund_corrections c WHERE {_CORRECTING} AND c.posted = 1)"
    ),
    "fund_posting_names_its_views": (
        "SELECT p.period, p.digest FROM fund_periods p WHERE EXISTS (SELECT 1 FROM transfers t WHERE t.kind = 'fund' "
        "AND t.detail ->> 'period' = p.period AND t.detail ->> 'digest' <> p.digest)"
    ),
    "fund_state_is_what_was_posted": (
        "SELECT p.period, p.state FROM fund_periods p WHERE p.state = 'posted' AND EXISTS (SELECT 1 FROM fund_creators "
        "c WHERE c.period = p.period AND c.coins > 0 AND c.posted = 0) OR p.state NOT IN ('reviewed', 'posted') AND "
        "EXISTS (SELECT 1 FROM fund_creators c WHERE c.period = p.period AND c.posted = 1) OR p.state <> 'posted' AND "
        "p.posted_at IS NOT NULL OR p.state = 'posted' AND p.posted_at IS NULL"
    ),
    "fund_account_has_its_period": (
        "SELECT 'account ' || a.id, a.owner FROM accounts a WHERE a.kind = 'fund' "
        "AND NOT EXISTS (SELECT 1 FROM fund_periods p WHERE p.period = a.owner)"
    ),
}

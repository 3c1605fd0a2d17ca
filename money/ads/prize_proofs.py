"""What must hold between prizes of challenges and the books; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from core.database.proofs import Finding, Proof
from money.ledger.accounts import AD_CURRENCY, AD_UNIT, MICRO_PER_MINOR, PLATFORM
from money.ledger.rules import COINS
from money.payouts.proofs import RATE_LAG_MS
from money.rates.rates import coins_for

KINDS = ("prize_hold", "prize_fee", "prize_back", "prize")
_ENTRIES = (
    "SELECT t.id, t.key, t.at, a.owner, a.kind, a.unit, e.amount FROM transfers t JOIN entries e ON e.transfer = t.id "
    f"JOIN accounts a ON a.id = e.account WHERE t.kind IN {KINDS} ORDER BY t.id"
)
_MERGED = {"debt": {AD_UNIT: "ad_balance", COINS: "payable"}}  # what is repaid counts as received


class _Moved(NamedTuple):
    at: int
    entries: Mapping[tuple[str, str, str], int]


def _posted(connection: Connection) -> dict[str, tuple[int, _Moved]]:
    """The transfers of prizes by key, with their numbers."""
    found: dict[str, tuple[int, int, dict[tuple[str, str, str], int]]] = {}
    for number, key, at, owner, kind, unit, amount in connection.execute(text(_ENTRIES)):
        entries = found.setdefault(key, (number, at, {}))[2]
        account = (owner, _MERGED.get(kind, {}).get(unit, kind), unit)
        entries[account] = entries.get(account, 0) + int(amount)
    return {key: (number, _Moved(at, entries)) for key, (number, at, entries) in found.items()}


def _expected(row: Row[Any]) -> dict[str, _Moved]:
    """The transfers that the row of a prize stands for."""
    of, held = f"{row.challenge}:{row.attempt}", (row.challenge, "ad_prize", AD_UNIT)
    own, whole = (row.advertiser, "ad_balance", AD_UNIT), row.prize_micro + row.fee_micro
    found = {f"prize_hold:{of}": _Moved(row.held_at, {own: -whole, held: whole})}
    if row.began_at is not None and row.fee_micro:
        fee = {held: -row.fee_micro, (PLATFORM, "ad_revenue", AD_UNIT): row.fee_micro}
        found[f"prize_fee:{of}"] = _Moved(row.began_at, fee)
    if row.state == "returned":
        left = row.prize_micro if row.began_at is not None else whole
        found[f"prize_back:{of}"] = _Moved(row.ended_at, {held: -left, own: left})
    elif row.state == "paid":
        coins = {(PLATFORM, "cost", COINS): -row.coins, (str(row.winner), "payable", COINS): row.coins}
        money = {held: -row.prize_micro, (PLATFORM, "prizes", AD_UNIT): row.prize_micro}
        found[f"prize:{row.challenge}"] = _Moved(row.ended_at, money | coins)
    return found


def _in_the_books(connection: Connection) -> Iterator[Finding]:
    """Each prize is its transfers and nothing else; each transfer of a prize has its row."""
    posted = _posted(connection)
    for row in connection.execute(text("SELECT * FROM ad_prizes ORDER BY challenge, attempt")):
        for key, moved in _expected(row).items():
            _, there = posted.pop(key, (0, None))
            if there != moved:
                yield Finding(
                    "prize_is_in_the_books", row.challenge, f"{key}: {_said(there)}, the row says {_said(moved)}"
                )
    for key, (number, _) in posted.items():
        yield Finding("prize_transfer_has_its_prize", f"transfer {number}", f"no row of a prize stands for {key}")


def _said(moved: _Moved | None) -> str:
    if moved is None:
        return "nothing posted"
    return f"at {moved.at} " + ", ".join(f"{kind} {amount}" for (_, kind, _), amount in sorted(moved.entries.items()))


def _states(connection: Connection) -> Iterator[Finding]:
    """When a prize began and ended is known as far as its state says, and its coins are what the prize was worth."""
    for row in connection.execute(text("SELECT * FROM ad_prizes ORDER BY challenge, attempt")):
        began, ended = row.began_at is not None, row.ended_at is not None
        known = {"held": not began, "running": began, "returned": True, "paid": began}.get(row.state, False)
        if (
            not known
            or ended != (row.state in ("returned", "paid"))
            or (row.winner is not None) != (row.state == "paid")
        ):
            yield Finding("prize_is_in_its_state", row.challenge, f"{row.state} does not fit its times")
        if row.state == "paid" and (
            row.per_thousand < 1 or row.coins != coins_for(row.prize_micro // MICRO_PER_MINOR, row.per_thousand)
        ):
            yield Finding("prize_coins_are_its_worth", row.challenge, f"{row.coins} coins at {row.per_thousand}")


PROOFS: Mapping[str, Proof] = {
    "prize_is_in_the_books": _in_the_books,
    "prize_is_in_its_state": _states,
    "held_for_a_challenge_is_its_prize": (
        "SELECT challenge, sum(micro) FROM (SELECT owner AS challenge, balance AS micro FROM accounts "
        "WHERE kind = 'ad_prize' UNION ALL SELECT challenge, -(CASE state WHEN 'held' THEN prize_micro + fee_micro "
        "WHEN 'running' THEN prize_micro ELSE 0 END) FROM ad_prizes) AS r GROUP BY challenge HAVING sum(micro) <> 0"
    ),
    "prize_rate_was_in_force": (
        f"SELECT p.challenge, p.per_thousand FROM ad_prizes p WHERE p.state = 'paid' AND EXISTS (SELECT 1 FROM "
        f"coin_rates r WHERE r.currency = '{AD_CURRENCY}' AND r.valid_from <= p.ended_at - {RATE_LAG_MS}) "
        f"AND NOT EXISTS (SELECT 1 FROM coin_rates r WHERE r.currency = '{AD_CURRENCY}' "
        "AND r.per_thousand = p.per_thousand AND r.valid_from <= p.ended_at AND NOT EXISTS (SELECT 1 FROM coin_rates "
        "later WHERE later.currency = r.currency AND later.valid_from > r.valid_from "
        f"AND later.valid_from <= p.ended_at - {RATE_LAG_MS}))"
    ),
}

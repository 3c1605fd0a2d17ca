"""What must hold between payouts and the books; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from core.database.proofs import Finding, Proof
from money.earnings.proofs import utc_day
from money.ledger.accounts import AD_UNIT, MICRO_PER_MINOR

RATE_LAG_MS = 60_000  # a request that began just before another rate did has the earlier one


def _posted(key: str, accounts: str) -> str:
    """What the transfer with this key moved on these accounts (of `a`): 0 if there is none."""
    return (
        f"coalesce((SELECT sum(e.amount) FROM transfers t JOIN accounts a ON {accounts} "
        f"JOIN entries e ON e.account = a.id AND e.transfer = t.id WHERE t.key = {key}), 0)"
    )


def _sums(kind: str, unit: str, of_row: str, only: str = "1 = 1") -> str:
    """What all transfers of a payout moved on the accounts of one kind, against what its row says."""
    return (
        "SELECT id, sum(amount) FROM ("
        "SELECT t.detail ->> 'payout' AS id, a.unit AS unit, e.amount AS amount FROM accounts a "
        "CROSS JOIN entries e CROSS JOIN transfers t "
        f"WHERE e.account = a.id AND t.id = e.transfer AND a.kind = '{kind}' AND {only} "
        "AND t.kind IN ('payout', 'payout_back') "
        f"UNION ALL SELECT id, {unit}, {of_row} FROM payouts"
        ") AS r GROUP BY id, unit HAVING sum(amount) <> 0"
    )


_BACK = "state IN ('returned', 'failed', 'cancelled')"
_STEPS = {  # of each state: those that it must have, and those that it may have
    "requested": ("requested", ""),
    "checked": ("requested checked", ""),
    "approved": ("requested checked approved", ""),
    "sent": ("requested checked approved sent", ""),
    "paid": ("requested checked approved sent paid", ""),
    "returned": ("requested checked approved sent returned", "paid"),
    "failed": ("requested checked approved sent failed", ""),
    "cancelled": ("requested cancelled", "checked approved"),
}


def _steps(connection: Connection) -> Iterator[Finding]:
    """Every payout came to its state by the transitions that exist, and those that post did so at the time noted."""
    named = "SELECT p.id, p.state, s.state, s.at, t.at FROM payouts p LEFT JOIN payout_steps s ON s.payout = p.id "
    named += (
        "LEFT JOIN transfers t ON t.key = 'payout:' || p.id || CASE WHEN s.state = 'requested' THEN '' "
        "WHEN s.state = 'sent' THEN '\\:sent' WHEN s.state IN ('returned', 'failed', 'cancelled') THEN '\\:back' "
        "ELSE ':' END ORDER BY p.id"
    )
    last, state, seen = "", "", set[str]()
    for payout, now, step, at, posted_at in connection.execute(text(named)):
        if payout != last:
            yield from _missing(last, state, seen)
            last, state, seen = payout, now, set()
        if step is not None:
            seen.add(step)
        if posted_at is not None and posted_at != at:
            yield Finding("payout_has_its_steps", payout, f"{step} at {at}, but posted at {posted_at}")
    yield from _missing(last, state, seen)
    orphans = (
        "SELECT DISTINCT payout FROM payout_steps s WHERE NOT EXISTS (SELECT 1 FROM payouts p WHERE p.id = s.payout)"
    )
    for [payout] in connection.execute(text(orphans)):
        yield Finding("payout_has_its_steps", payout, "was removed, but not its steps")


def _missing(id: str, state: str, seen: set[str]) -> Iterator[Finding]:
    must, may = (set(names.split()) for names in _STEPS.get(state, ("", "")))
    if id and not must <= seen <= must | may:
        wrong = ", ".join(sorted((must - seen) | (seen - must - may)))
        yield Finding("payout_has_its_steps", id, f"is {state}, but not as to its steps: {wrong}")


def _days(connection: Connection) -> Iterator[Finding]:
    """What was approved on a day, against the payouts approved then: whoever approves takes turns by it."""
    sql = (
        "SELECT day, currency, sum(minor) FROM (SELECT day, currency, minor FROM payout_days UNION ALL "
        f"SELECT {utc_day(connection, 'approved_at')}, currency, -amount_minor FROM payouts "
        "WHERE approved_at IS NOT NULL) AS r GROUP BY day, currency HAVING sum(minor) <> 0"
    )
    for day, currency, minor in connection.execute(text(sql)):
        yield Finding("payout_day_is_what_was_approved", f"{day} {currency}", f"{minor} beyond the payouts of that day")


PROOFS: Mapping[str, Proof] = {
    "payout_coins_are_in_the_books": _sums(
        "redeemed", "'coins'", f"CASE WHEN {_BACK} THEN 0 ELSE returned_coins - coins END", "a.unit = 'coins'"
    ),
    "payout_of_ads_is_in_the_books": _sums(
        "redeemed",
        f"'{AD_UNIT}'",
        f"CASE WHEN {_BACK} OR source <> 'ads' THEN 0 ELSE (returned_minor - amount_minor) * {MICRO_PER_MINOR} END",
        "a.unit <> 'coins'",
    ),
    "payout_cost_is_in_the_books": _sums(
        "cost",
        "currency",
        f"CASE WHEN {_BACK} OR source = 'commissions' THEN 0 ELSE amount_minor - returned_minor END",
    ),
    "payout_is_in_the_books": (
        "SELECT p.id, p.state FROM payouts p WHERE "
        + _posted("'payout:' || p.id", "a.owner = p.person AND a.kind = 'payable'")
        + " <> -p.coins OR "
        + _posted("'payout:' || p.id", "a.kind = 'cost' AND a.unit = p.currency")
        + " <> CASE WHEN p.source = 'commissions' THEN 0 ELSE -p.amount_minor END OR "
        + _posted("'payout:' || p.id", "a.owner = p.person AND a.kind = 'affiliate' AND a.unit = p.currency")
        + " <> CASE WHEN p.source = 'commissions' THEN -p.amount_minor ELSE 0 END OR "
        + _posted("'payout:' || p.id", "a.owner = p.person AND a.kind = 'ad_share'")
        + f" <> CASE WHEN p.source = 'ads' THEN -p.amount_minor * {MICRO_PER_MINOR} ELSE 0 END OR "
        + _posted("'payout:' || p.id", "a.kind = 'cash' AND a.unit = p.currency")
        + " <> p.fee_minor OR "
        + _posted("'payout:' || p.id || '\\:sent'", "a.owner = p.rail AND a.kind = 'provider' AND a.unit = p.currency")
        + " <> CASE WHEN p.state IN ('sent', 'paid', 'returned', 'failed') THEN p.amount_minor - p.fee_minor "
        "ELSE 0 END"
    ),
    "payout_coins_are_its_worth": (
        "SELECT id, coins FROM payouts WHERE CASE WHEN source = 'gifts' THEN per_thousand < 1 "
        "OR coins <> (amount_minor * 1000 + per_thousand - 1) / per_thousand "
        "ELSE source NOT IN ('commissions', 'ads') OR coins <> 0 OR returned_coins <> 0 OR per_thousand <> 0 END"
    ),
    "payout_rate_was_in_force": (
        "SELECT p.id, p.per_thousand FROM payouts p WHERE p.source = 'gifts' AND EXISTS (SELECT 1 FROM coin_rates r "
        f"WHERE r.currency = p.currency AND r.valid_from <= p.at - {RATE_LAG_MS}) AND NOT EXISTS ("
        "SELECT 1 FROM coin_rates r WHERE r.currency = p.currency AND r.per_thousand = p.per_thousand "
        "AND r.valid_from <= p.at AND NOT EXISTS (SELECT 1 FROM coin_rates later WHERE later.currency = r.currency "
        f"AND later.valid_from > r.valid_from AND later.valid_from <= p.at - {RATE_LAG_MS}))"
    ),
    "commissions_paid_out_are_in_the_books": (  # to the person, or to what they owe
        "SELECT person, sum(minor) FROM (SELECT a.owner AS person, a.unit AS unit, e.amount AS minor FROM accounts a "
        "CROSS JOIN entries e CROSS JOIN transfers t WHERE e.account = a.id AND t.id = e.transfer "
        "AND a.kind IN ('affiliate', 'debt') AND t.kind IN ('payout', 'payout_back') AND a.unit <> 'coins' "
        f"UNION ALL SELECT person, currency, CASE WHEN {_BACK} THEN 0 ELSE amount_minor - returned_minor END "
        "FROM payouts WHERE source = 'commissions') AS r GROUP BY person, unit HAVING sum(minor) <> 0"
    ),
    "redeemed_is_paid_out": (
        "SELECT 'redeemed', redeemed - paid FROM (SELECT "
        "(SELECT coalesce(sum(balance), 0) FROM accounts WHERE kind = 'redeemed' AND unit = 'coins') AS redeemed, "
        "(SELECT coalesce(sum(coins - returned_coins), 0) FROM payouts "
        "WHERE state NOT IN ('returned', 'failed', 'cancelled')) AS paid"
        ") AS sums WHERE redeemed <> paid"
    ),
    "in_transit_is_not_sent": (
        "SELECT person, sum(amount) FROM (SELECT owner AS person, unit, balance AS amount FROM accounts "
        "WHERE kind = 'in_transit' UNION ALL SELECT person, currency, fee_minor - amount_minor FROM payouts "
        "WHERE state IN ('requested', 'checked', 'approved')) AS both_ways "
        "GROUP BY person, unit HAVING sum(amount) <> 0"
    ),
    "payout_has_its_steps": _steps,
    "payout_day_is_what_was_approved": _days,
    "payout_file_is_what_was_sent": (
        "SELECT f.id, f.total_minor FROM payout_files f LEFT JOIN (SELECT file, count(*) AS count, "
        "sum(amount_minor - fee_minor) AS minor FROM payouts WHERE attempt > 0 GROUP BY file) AS p ON p.file = f.id "
        "WHERE f.state = 'approved' AND (f.count <> coalesce(p.count, 0) OR f.total_minor <> coalesce(p.minor, 0))"
    ),
    "payout_has_its_file": (
        "SELECT id, file FROM payouts WHERE file IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM payout_files f WHERE f.id = payouts.file)"
    ),
    "payouts_above_a_limit_have_two_approvers": (
        "SELECT id, amount_minor FROM payouts WHERE approved_by = seconded_by OR approved_by = person "
        "OR seconded_by = person"
    ),
}

"""What must hold of earnings; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Mapping

from core.database.proofs import Proof

PROOFS: Mapping[str, Proof] = {
    "earnings_by_room_are_those_by_day": (
        "SELECT person, sum(coins) FROM (SELECT person, day, coins FROM earnings_rooms UNION ALL "
        "SELECT person, day, reversed - coins FROM earnings) AS both_ways GROUP BY person, day HAVING sum(coins) <> 0"
    ),
    "released_is_earned": (
        "SELECT person, released + reversed - coins FROM earnings "
        "WHERE released < 0 OR reversed < 0 OR released + reversed > coins"
    ),
}

"""What must hold of earnings; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from core.database.proofs import ROWS_AT_ONCE, Finding, Proof

_DAY = {
    "sqlite": "strftime('%Y-%m-%d', {} / 1000, 'unixepoch')",
    "postgresql": "to_char(to_timestamp({} / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}
_PENDING = (
    "FROM accounts a JOIN entries e ON e.account = a.id JOIN transfers t ON t.id = e.transfer WHERE a.kind = 'pending'"
)
_BY_DAY = (
    "SELECT person, day, sum(coins), sum(released) FROM ("
    "SELECT a.owner AS person, CASE t.kind WHEN 'gift' THEN {day} ELSE t.detail ->> 'day' END AS day, "
    "CASE t.kind WHEN 'gift' THEN e.amount ELSE 0 END AS coins, "
    "CASE t.kind WHEN 'gift' THEN 0 ELSE -e.amount END AS released "
    f"{_PENDING} AND t.kind IN ('gift', 'release') "
    "UNION ALL SELECT person, day, -coins, -released FROM earnings"
    ") AS r GROUP BY person, day HAVING sum(coins) <> 0 OR sum(released) <> 0 ORDER BY day, person"
)
_BY_ROOM = (
    "SELECT person, day, room, sum(coins) FROM ("
    "SELECT a.owner AS person, {day} AS day, t.detail ->> 'room' AS room, e.amount AS coins "
    f"{_PENDING} AND t.kind = 'gift' "
    "UNION ALL SELECT creator, day, room, -creator_coins FROM taken_gifts WHERE restored = 0 "
    "UNION ALL SELECT agency, day, room, -agency_coins FROM taken_gifts WHERE restored = 0 AND agency IS NOT NULL "
    "UNION ALL SELECT person, day, room, -coins FROM earnings_rooms"
    ") AS r GROUP BY person, day, room HAVING sum(coins) <> 0 ORDER BY day, person, room"
)


def utc_day(connection: Connection, column: str) -> str:
    """SQL for the UTC day of a column in Unix ms, as 2026-01-31."""
    return _DAY[connection.dialect.name].format(column)


def _earned_by_day(connection: Connection) -> Iterator[Finding]:
    """A day's sums are its gifts and its releases, whatever is moved from one day to another by hand."""
    sql = _BY_DAY.replace("{day}", utc_day(connection, "t.at"))
    for person, day, coins, released in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(text(sql)):
        detail = f"{-coins} coins earned and {-released} released beyond what the ledger says"
        yield Finding("earnings_are_in_the_books", f"{person} on {day}", detail)


def _earned_by_room(connection: Connection) -> Iterator[Finding]:
    sql = _BY_ROOM.replace("{day}", utc_day(connection, "t.at"))
    for person, day, room, coins in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(text(sql)):
        detail = f"{-coins} coins beyond what the ledger says"
        yield Finding("room_earnings_are_in_the_books", f"{person} on {day} in {room}", detail)


PROOFS: Mapping[str, Proof] = {
    "earnings_are_in_the_books": _earned_by_day,
    "room_earnings_are_in_the_books": _earned_by_room,
    "earnings_by_room_are_those_by_day": (
        "SELECT person, sum(coins) FROM (SELECT person, day, coins FROM earnings_rooms UNION ALL "
        "SELECT person, day, reversed - coins FROM earnings) AS both_ways GROUP BY person, day HAVING sum(coins) <> 0"
    ),
    "released_is_earned": (
        "SELECT person, released + reversed - coins FROM earnings "
        "WHERE released < 0 OR reversed < 0 OR released + reversed > coins"
    ),
}

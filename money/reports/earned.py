"""What a creator earned in a month, by day, source, room or giver, read from the ledger's own entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from sqlalchemy import BindParameter, Connection, TextClause, bindparam, select, text

from money.ledger.rules import COINS
from money.reports.months import span
from money.reports.sums import Sum, transfers_of
from money.tables import accounts

By = Literal["day", "source", "room", "giver"]

EARNING = ("pending", "payable")
"""Accounts on which earnings arrive."""

REVERSALS = ("gift_reversed", "gift_restored")
MOVES = ("release", "payout", "payout_back", "migration", *REVERSALS)
"""Kinds of transfers by which nothing is earned. Any other that credits a creator is a source of earnings."""

FIELD = {  # of a transfer's details
    "sqlite": "json_extract(t.detail, '$.{}')",
    "postgresql": "(t.detail ->> '{}')",
}
_NAME: Mapping[By, str] = {
    "day": "t.at / 86400000",
    "source": f"CASE WHEN t.kind IN {REVERSALS} THEN 'gift' ELSE t.kind END",
    "room": "coalesce({room}, '')",
    "giver": "coalesce({giver}, p.person, '')",  # of a reversed gift: who had bought the coins
}
_PARTS = (
    "SELECT name, sum(CASE WHEN kind IN :reversals OR amount < 0 THEN 0 ELSE amount END) AS earned, "
    "sum(CASE WHEN kind IN :reversals THEN -amount ELSE 0 END) AS reversed, "
    "sum(CASE WHEN kind IN :reversals THEN 0 ELSE 1 END) AS times "
    "FROM (SELECT {name} AS name, t.kind AS kind, e.amount AS amount FROM entries e "
    "JOIN transfers t ON t.id = e.transfer {join} WHERE e.account IN :accounts "
    "AND e.transfer BETWEEN :first AND :last AND t.at >= :start AND t.at < :end AND t.kind NOT IN :moves) AS each_one "
    "GROUP BY name ORDER BY earned DESC, reversed DESC, name LIMIT :most"
)
_JOIN = "LEFT JOIN purchases p ON p.id = {purchase}"
LISTS: tuple[BindParameter[Any], ...] = tuple(
    bindparam(name, expanding=True) for name in ("accounts", "moves", "reversals")
)


class Part(NamedTuple):
    """Coins of one day (as its number since 1970), source, room or giver. `reversed`: less what was restored."""

    name: str
    coins: int
    reversed: int
    gifts: int


def earned_by(connection: Connection, person: str, month: str, by: By, most: int, sums: Sequence[Sum]) -> list[Part]:
    """The parts of a month's earnings, the largest first. `sums`: the person's, read in the same transaction."""
    first, last = transfers_of(sums, EARNING, month, month)
    if last == 0:
        return []
    owned = earning_accounts(connection, person)
    start, end = span(month)
    rows = connection.execute(
        _query(connection, by),
        {
            "accounts": owned, "first": first, "last": last, "start": start, "end": end, "most": most,
            "moves": [kind for kind in MOVES if kind not in REVERSALS], "reversals": list(REVERSALS),
        },
    )  # fmt: skip
    return [Part(str(name), int(coins), int(back), int(times)) for name, coins, back, times in rows]


def earning_accounts(connection: Connection, person: str) -> Sequence[int]:
    """The accounts on which a person's earnings arrive."""
    found = select(accounts.c.id).where(
        accounts.c.owner == person, accounts.c.unit == COINS, accounts.c.kind.in_(EARNING)
    )
    return connection.execute(found).scalars().all()


def _query(connection: Connection, by: By) -> TextClause:
    field = FIELD[connection.dialect.name]
    fields = {name: field.format(name) for name in ("room", "giver", "purchase")}
    join = _JOIN.format(**fields) if by == "giver" else ""
    return text(_PARTS.format(name=_NAME[by].format(**fields), join=join)).bindparams(*LISTS)

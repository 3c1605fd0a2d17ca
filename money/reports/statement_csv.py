"""A statement as CSV: one line for each figure, with its unit."""

from __future__ import annotations

from collections.abc import Iterator

from money.ledger.journals import decimal
from money.ledger.rules import COINS
from money.reports.statement import Balance, Statement

HEAD = ("month", "part", "name", "title", "unit", "amount", "reversed", "count")
LINES = ("earned", "reversed", "restored", "released", "repaid", "paid_out", "came_back", "other")


def statement_rows(statement: Statement) -> Iterator[tuple[object, ...]]:
    """Lines are signed as they enter the balance; what is released only moves, so it has its own part."""
    yield HEAD
    month = statement.month
    yield from _balance(month, "opening", statement.opening)
    for line in LINES:
        amount = getattr(statement, line)
        part = "moved" if line == "released" else "line"
        sign = -1 if line in ("reversed", "repaid", "paid_out") else 1
        yield month, part, line, "", COINS, sign * amount, "", ""
    yield from _balance(month, "closing", statement.closing)
    for day in statement.days:
        yield month, "day", day.day, "", COINS, day.coins, day.reversed, ""
    for source in statement.sources:
        yield month, "source", source.source, "", COINS, source.coins, source.reversed, source.gifts
    for room in statement.rooms:
        yield month, "room", room.room, room.title or "", COINS, room.coins, room.reversed, room.gifts
    for giver in statement.givers:
        handle = giver.person.handle if giver.person else ""
        yield month, "giver", giver.id, handle, COINS, giver.coins, giver.reversed, giver.gifts
    for money in statement.money:
        for name, minor in (("sent", money.sent_minor), ("fee", money.fee_minor), ("back", money.back_minor)):
            yield month, "money", name, "", money.currency, decimal(minor, money.currency), "", ""


def _balance(month: str, name: str, balance: Balance) -> Iterator[tuple[object, ...]]:
    for part, coins in (("held", balance.held), ("payable", balance.payable), ("debt", -balance.debt)):
        yield month, name, part, "", COINS, coins, "", ""

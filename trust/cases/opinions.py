"""Second opinions: what one person alone must not decide, and a few decisions at random.

The first verdict is kept and does nothing. Somebody else decides the same case without seeing it; if both say the same,
it takes effect. If not, a third decides; what ends an account needs two who want it, however many are asked. Where
nobody else is left, those who were asked may decide again after a day.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from core.clock import Clock
from core.identity import Identity
from trust.cases.rank import GRAVE
from trust.cases.rules import BARS, FOR_GOOD_DAYS, Content, Measure
from trust.cases.tables import case_opinions

THIRD = 3

Chance = Callable[[], float]
"""From 0 up to 1."""


class Said(msgspec.Struct, frozen=True):
    """What a verdict comes to: two that say the same agree, whatever their words."""

    content: Content
    measure: Measure
    for_good: bool

    @property
    def ends_account(self) -> bool:
        return self.measure == "account" and self.for_good


def said(content: Content, measure: Measure, days: int) -> Said:
    return Said(content, measure, measure in BARS and days == FOR_GOOD_DAYS)


def said_by(row: Row[Any]) -> Said:
    return Said(row.content, row.measure, bool(row.for_good))


class Opinions:
    """Each method is one step inside the caller's transaction."""

    def __init__(
        self, clock: Clock, moderators: Callable[[Connection], int], percent: int = 0, chance: Chance = random.random
    ) -> None:
        self._clock = clock
        self._moderators = moderators
        self._percent = percent
        self._chance = chance

    def needs_another(self, connection: Connection, row: Row[Any], by: Identity, verdict: Said) -> bool:
        """Whether somebody else has to look first. Then this verdict is kept; else it takes effect.

        `row`: the case, whose state says whether it is asked for the first time.
        """
        earlier = self._given(connection, row.id) if row.state == "second" else {}
        if not earlier:
            self.forget(connection, row.id)
        if not earlier and not (verdict.ends_account or self._is_drawn(connection, row)):
            return False
        alike = [one for one in earlier.values() if said_by(one) == verdict]
        may = not verdict.for_good or by.role == "admin"  # what has no end needs an admin who wants it
        agreed = bool(alike) and (may or any(one.admin for one in alike))
        asked_again = by.id in earlier  # nobody else is left, and a day has passed
        last_word = may and not verdict.ends_account and (asked_again or len(earlier) + 1 >= THIRD)
        self._keep(connection, row.id, by, verdict)
        return not (agreed or last_word)

    def settle(self, connection: Connection, case: str) -> None:
        """It is decided: who was asked judges no appeal against it, and what they said is needed no more."""
        mine = update(case_opinions).where(case_opinions.c.case == case)
        connection.execute(mine.values(settled=1, content="", measure="", for_good=0))

    def forget(self, connection: Connection, case: str) -> None:
        """Those of an earlier decision of the case."""
        connection.execute(delete(case_opinions).where(case_opinions.c.case == case))

    def _is_drawn(self, connection: Connection, row: Row[Any]) -> bool:
        """At random, but never where waiting harms, and not where nobody else could look."""
        waits_badly = row.reason in GRAVE or row.kind == "room"
        drawn = self._chance() * 100 < self._percent
        return drawn and not waits_badly and self._moderators(connection) > 1

    def _given(self, connection: Connection, case: str) -> dict[str, Row[Any]]:
        mine = case_opinions.c.case == case, case_opinions.c.settled == 0
        rows = connection.execute(select(case_opinions).where(*mine)).all()
        return {row.by: row for row in rows}

    def _keep(self, connection: Connection, case: str, by: Identity, verdict: Said) -> None:
        """Who is asked again, as nobody else is left, has one opinion: the newest."""
        mine = case_opinions.c.case == case, case_opinions.c.by == by.id
        connection.execute(delete(case_opinions).where(*mine))
        values = {
            "case": case, "by": by.id, "admin": int(by.role == "admin"), "content": verdict.content,
            "measure": verdict.measure, "for_good": int(verdict.for_good), "at": self._clock(),
        }  # fmt: skip
        connection.execute(insert(case_opinions).values(values))

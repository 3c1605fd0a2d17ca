"""Counts what happened in each month, from rows that no erasure and no expiry changes while the month is told of.

Each thing counts in the month in which it happened and never moves: a decision that is reversed later stays where it
was, and the reversal counts where it was made. So the figures of a month that is over do not change.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, case, func, select

from people.standing.restrictions import FOR_GOOD
from trust.cases.direct import FOUND
from trust.cases.intake import SAMPLE
from trust.cases.tables import case_events, cases, decisions
from trust.machine.live.wall import LIVE_WALL
from trust.transparency.months import Month

ROWS_AT_ONCE = 2_000
Found = Literal["report", "machine", "person"]
_OPENING = ("opened", "reopened")
_REPORTED = (*_OPENING, "reported")
_READ = (*_REPORTED, FOUND, "machine", "decided", "appealed", "upheld", "reversed")
_NOTHING_WRONG = "keep none"


@dataclass
class Tally:
    """`counts`: how often, by figure and key. `waits`: how long, in ms, each time."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    waits: dict[str, list[int]] = field(default_factory=lambda: {"decision": [], "appeal": []})


def together(tallies: Iterable[Tally]) -> Tally:
    """Several months as one."""
    total = Tally()
    for one in tallies:
        total.counts.update(one.counts)
        for name, waits in one.waits.items():
            total.waits[name] += waits
    return total


def count(connection: Connection, months: Sequence[Month]) -> list[Tally]:
    """One tally for each of these months, which follow each other up to now."""
    tallies = [Tally() for _ in months]
    starts = [month.starts_at for month in months]
    for at, counted, waited in _happened(connection, starts[0], months[-1].next.starts_at):
        place = bisect_right(starts, at) - 1
        if place < 0:  # such a case had a life before
            continue
        for figure in counted:
            tallies[place].counts[figure] += 1
        if waited is not None:
            for_what, ms = waited
            tallies[place].waits[for_what].append(ms)
    for row in connection.execute(_decided(months)):
        _note(tallies[row.place].counts, row)
    return tallies


class _Happened(NamedTuple):
    at: int  # Unix ms
    counted: tuple[tuple[str, str], ...]
    waited: tuple[str, int] | None = None  # for what; ms


def _happened(connection: Connection, since: int, until: int) -> Iterator[_Happened]:
    """What the events of all cases tell in which something has happened in this time."""
    recent = select(case_events.c.case).where(case_events.c.at >= since, case_events.c.at < until)
    query = (
        select(case_events.c.case, cases.c.kind, case_events.c.what, case_events.c.detail, case_events.c.at)
        .join(cases, cases.c.id == case_events.c.case)
        .where(case_events.c.case.in_(recent), case_events.c.what.in_(_READ))
        .order_by(case_events.c.case, case_events.c.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for _, events in groupby(connection.execute(query), key=lambda row: row.case):
        yield from _of_case(events)


def _of_case(events: Iterable[Any]) -> Iterator[_Happened]:
    """Walks through the events of one case. Before each left an event of its own, what a moderator opened had none."""
    opened: tuple[Found, int] | None = None
    found: Found = "person"
    seen, appealed_at = False, 0
    for event in events:
        if event.what in _REPORTED:
            yield _Happened(event.at, (("reports", ""), ("reason", event.detail), ("kind", event.kind)))
        if event.what in _OPENING:
            opened = ("report", event.at)
        elif event.what == FOUND:
            opened = opened or ("person", event.at)
        elif event.what == "machine" and opened is None and not seen:
            # The live wall's, until each left an event of its own; and samples, in which the machine found nothing.
            opened = ("person" if event.detail in (LIVE_WALL, SAMPLE) else "machine", event.at)
        elif event.what == "decided":
            found, wait = (opened[0], event.at - opened[1]) if opened else ("person", 0)
            wrong = (("machine_wrong", ""),) if found == "machine" and event.detail == _NOTHING_WRONG else ()
            counted = (("decided", ""), ("found", found), *wrong)
            yield _Happened(event.at, counted, None if found == "person" else ("decision", wait))
            opened, seen = None, True
        elif event.what == "appealed":
            appealed_at = event.at
            yield _Happened(event.at, (("appeals", ""),))
        elif event.what in ("upheld", "reversed"):
            wrong = (("machine_reversed", ""),) if found == "machine" and event.what == "reversed" else ()
            yield _Happened(event.at, (("outcome", event.what), *wrong), ("appeal", event.at - appealed_at))


def _decided(months: Sequence[Month]) -> Any:
    """Decisions of each month, by what was decided and why."""
    places = case(*((decisions.c.at < month.next.starts_at, place) for place, month in enumerate(months)))
    mine = decisions.c.at >= months[0].starts_at, decisions.c.at < months[-1].next.starts_at
    endless = case((decisions.c.until == FOR_GOOD, 1), else_=0)
    rows = select(
        places.label("place"), decisions.c.content, decisions.c.measure, decisions.c.ground, decisions.c.category,
        endless.label("endless"),
    ).where(*mine).subquery()  # fmt: skip
    return select(rows, func.count().label("times")).group_by(*rows.c)


def _note(counts: Counter[tuple[str, str]], row: Any) -> None:
    counts["content", row.content] += row.times
    if row.measure != "none":
        counts["measure", row.measure] += row.times
        if row.endless:
            counts["endless", row.measure] += row.times
    if row.content != "keep" or row.measure != "none":
        counts["restricting", ""] += row.times
        counts["ground", row.ground] += row.times
        counts["category", row.category] += row.times

"""Proofs: what has to hold in the database, and what does not. Each domain proves its own tables.

A proof is SQL that selects the violations of its rule, as (row, offending value), or a function that finds them. It
reads rows as a stream: there may be millions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

FINDINGS_MAX = 100  # of one proof: whoever reads them knows by then
_FIRST = "WITH found (subject, value) AS MATERIALIZED (\n{}\n) SELECT subject, value FROM found LIMIT {}"
"""So few rows need no cursor on the server. MATERIALIZED: a plan for all of them, as there are usually none."""
ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold: its name, for which row, and what is wrong there."""

    rule: str
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.subject}: {self.detail}"


Proof = str | Callable[[Connection], Iterable[Finding]]


def findings(connection: Connection, proofs: Mapping[str, Proof]) -> Iterator[Finding]:
    """Run proofs one after another and yield what they find, at most FINDINGS_MAX of each."""
    for rule, proof in proofs.items():
        found = _selected(connection, rule, proof) if isinstance(proof, str) else proof(connection)
        for number, finding in enumerate(found, 1):
            yield finding
            if number == FINDINGS_MAX:
                break


def _selected(connection: Connection, rule: str, sql: str) -> Iterator[Finding]:
    for subject, value in connection.execute(text(_FIRST.format(sql, FINDINGS_MAX))):
        yield Finding(rule, str(subject), str(value))

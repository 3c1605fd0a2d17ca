"""What must hold of the sums by month; `cadeau ledger verify` checks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, text

from core.database.proofs import ROWS_AT_ONCE, Finding, Proof
from money.reports.sums import MONTH

# As far as an account's mark says. SQLite takes a cross join in the order in which it is written.
_BOTH_WAYS = (
    "SELECT account, month, kind, sum(received), sum(paid), sum(transfers) FROM ("
    "SELECT e.account AS account, {month} AS month, t.kind AS kind, "
    "CASE WHEN e.amount > 0 THEN e.amount ELSE 0 END AS received, "
    "CASE WHEN e.amount < 0 THEN -e.amount ELSE 0 END AS paid, 1 AS transfers, e.transfer AS posted, "
    "CAST(NULL AS BIGINT) AS first_one, CAST(NULL AS BIGINT) AS last_one "
    "FROM summed_accounts s CROSS JOIN entries e CROSS JOIN transfers t "
    "WHERE e.account = s.account AND e.transfer <= s.transfer AND t.id = e.transfer "
    "UNION ALL SELECT account, month, kind, -received, -paid, -transfers, NULL, first_transfer, last_transfer "
    "FROM month_sums) AS r GROUP BY account, month, kind HAVING sum(received) <> 0 OR sum(paid) <> 0 "
    "OR sum(transfers) <> 0 OR min(posted) <> min(first_one) OR max(posted) <> max(last_one) "
    "ORDER BY account, month, kind"
)


def _summed(connection: Connection) -> Iterator[Finding]:
    sql = _BOTH_WAYS.format(month=MONTH[connection.dialect.name])
    for account, month, kind, received, paid, transfers in connection.execution_options(yield_per=ROWS_AT_ONCE).execute(
        text(sql)
    ):
        detail = f"{-received} received and {-paid} paid in {-transfers} transfers beyond what the entries say"
        yield Finding("months_are_the_sums_of_their_entries", f"account {account} in {month} by {kind}", detail)


PROOFS: Mapping[str, Proof] = {"months_are_the_sums_of_their_entries": _summed}

"""A period as a file from which anybody can compute it again. Nobody is named: creators, viewers and videos have codes.

The first line is JSON: period, pot and terms. `creator` lines have code, whether they are eligible (1) and their coins;
`view` lines viewer, day, video, creator, milliseconds and reactions. Fields are separated by tabs.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, select

from money.errors import FundNotReady
from money.fund.computing import Codes, line_of, views_of
from money.fund.states import FROZEN
from money.fund.terms import Terms
from money.ledger.reading import use_one_state
from money.tables import fund_creators, fund_periods


def lines(connection: Connection, period: str) -> Iterator[str]:
    """The lines of a closed period. Raises FundNotReady."""
    use_one_state(connection)
    row = connection.execute(select(fund_periods).where(fund_periods.c.period == period)).first()
    if row is None or row.state not in FROZEN:
        raise FundNotReady("Only a closed month can be exported.")
    codes = Codes(bytes(row.code_key))
    terms = msgspec.json.decode(row.terms, type=Terms)
    head = {
        "period": period, "pot": row.pot - row.corrected, "digest": row.digest,
        "viewer_active_days": terms.viewer_active_days, "terms": terms,
    }  # fmt: skip
    yield msgspec.json.encode(head).decode() + "\n"
    own = select(fund_creators.c.creator, fund_creators.c.reasons, fund_creators.c.coins).where(
        fund_creators.c.period == period
    )
    for code, reasons, coins in sorted((codes[creator], why, coins) for creator, why, coins in connection.execute(own)):
        yield f"creator\t{code}\t{int(not reasons)}\t{coins}\n"
    for view in views_of(connection, period):
        yield line_of(view, codes)

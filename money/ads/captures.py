"""What was billed of campaigns by the minute, as the ledger has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, text

from money.ledger.accounts import AD_REVENUE

_CAPTURES = text(
    "SELECT t.key, t.detail, e.amount, coalesce(s.amount, 0), coalesce(c.owner, '') "
    "FROM accounts a JOIN entries e ON e.account = a.id JOIN transfers t ON t.id = e.transfer "
    "LEFT JOIN entries s ON s.transfer = t.id AND s.account IN (SELECT id FROM accounts WHERE kind = 'ad_share') "
    "LEFT JOIN accounts c ON c.id = s.account "
    "WHERE a.owner = :owner AND a.kind = :kind AND a.unit = :unit AND t.kind = 'ad_capture' AND t.at >= :since"
).execution_options(yield_per=10_000)
_MINUTE_MS = 60_000


class Captured(NamedTuple):
    """What a campaign paid in a minute; `share_micro` of it went to `creator`. `detail`: of the transfer."""

    micro: int = 0
    share_micro: int = 0
    creator: str = ""
    detail: Mapping[str, str | int] = {}


def captures(connection: Connection, first: int, last: int) -> Mapping[tuple[str, int], Captured]:
    """Captures whose keys name minutes of Unix time from `first` to `last`, by campaign and minute."""
    owner, kind, unit = AD_REVENUE
    rows = connection.execute(
        _CAPTURES, {"owner": owner, "kind": kind, "unit": unit, "since": first * _MINUTE_MS}
    )  # fmt: skip
    found: dict[tuple[str, int], Captured] = {}
    for key, detail, amount, share, creator in rows:
        _, campaign, minute = (*str(key).split(":", 2), "", "")[:3]
        if minute.isdecimal() and first <= int(minute) <= last:
            known = detail if isinstance(detail, dict) else msgspec.json.decode(detail)
            found[campaign, int(minute)] = Captured(int(amount) + int(share), int(share), creator, known)
    return found

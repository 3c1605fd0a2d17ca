"""What creators earned with ads made of their videos: in millionths of the ad currency, apart from their coins."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, select, text

from money.ledger.accounts import AD_UNIT, ad_share
from money.purchases.debts import balance
from money.tables import ad_shares

HELD_DAYS = 30
"""How long a share waits: the payment it comes from may be disputed."""
_HELD = text(
    "SELECT coalesce(sum(e.amount), 0) FROM accounts a CROSS JOIN entries e CROSS JOIN transfers t "
    "WHERE a.owner = :person AND a.kind = 'ad_share' AND a.unit = :unit AND e.account = a.id AND t.id = e.transfer "
    "AND t.kind = 'ad_capture' AND t.at > :since"
)


class Shares(msgspec.Struct, frozen=True):
    """`balance_micro`: on the account now. `earned`: by campaign, ever."""

    balance_micro: int
    earned: Mapping[str, int]


def shares_of(connection: Connection, person: str) -> Shares:
    rows = connection.execute(select(ad_shares).where(ad_shares.c.person == person)).all()
    earned = {row.campaign: int(row.earned_micro) for row in rows}
    return Shares(balance(connection, ad_share(person), lock=False) if earned else 0, earned)


def payable_micro(connection: Connection, person: str, now: int, *, lock: bool = False) -> int:
    """What of a creator's shares can be paid out now. `lock`: their account until the transaction ends."""
    own = balance(connection, ad_share(person), lock=lock)
    since = {"person": person, "unit": AD_UNIT, "since": now - HELD_DAYS * 86_400_000}
    return max(0, own - int(connection.execute(_HELD, since).scalar_one())) if own else 0

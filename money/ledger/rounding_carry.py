"""Carries what rounding a share to whole coins leaves over to the next gift.

Without it a creator would earn nothing from gifts of one coin, however many come. Hundredths of a coin suffice because
all shares are whole percentages. A creator's share is rounded down, and what is left over is kept by creator. An
agency's is rounded up, and kept by creator and agency: so together they never get more than a gift has, and each stays
within one coin of the exact share of all its gifts. The platform bears the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from core.database.many import Lookup, Many
from money.ledger.terms import Terms

WHOLE = 100

Pair = tuple[str, str]
"""A creator and the agency that has a share of their gifts."""
Holder = str | Pair
"""Whose share it is: a creator's, or an agency's of the gifts to a creator."""

_OWED = Lookup("SELECT person, hundredths, bonus_hundredths FROM fractions WHERE person {among}")
_ADD = Many.insert(
    "fractions",
    {"person": "text", "hundredths": "bigint", "bonus_hundredths": "bigint"},
    "ON CONFLICT (person) DO UPDATE SET hundredths = fractions.hundredths + excluded.hundredths, "
    "bonus_hundredths = fractions.bonus_hundredths + excluded.bonus_hundredths",
)
_PAIRS = Lookup("SELECT creator, agency, hundredths, bonus_hundredths FROM agency_fractions WHERE creator {among}")
_ADD_PAIRS = Many.insert(
    "agency_fractions",
    {"creator": "text", "agency": "text", "hundredths": "bigint", "bonus_hundredths": "bigint"},
    "ON CONFLICT (creator, agency) DO UPDATE SET hundredths = agency_fractions.hundredths + excluded.hundredths, "
    "bonus_hundredths = agency_fractions.bonus_hundredths + excluded.bonus_hundredths",
)


class Owed(NamedTuple):
    """Hundredths of a coin: of what was paid, and of bonus coins."""

    paid: Mapping[Holder, int]
    bonus: Mapping[Holder, int]


class Split:
    """Splits the gifts of one batch. What a refused one left over only lasts as long as the batch."""

    def __init__(self, owed: Mapping[Holder, int]) -> None:
        self._owed = dict(owed)

    def shares(self, creator: str, coins: int, terms: Terms) -> tuple[int, int]:
        """The creator's and the agency's share of a gift in whole coins, from 0 to its price together."""
        total = self._owed.get(creator, 0) + coins * terms.creator_percent
        share = min(coins, max(0, total // WHOLE))
        self._owed[creator] = total - share * WHOLE
        if not terms.agency:
            return share, 0
        pair = creator, terms.agency
        total = self._owed.get(pair, 0) + coins * terms.agency_percent
        cut = min(coins - share, max(0, -(-total // WHOLE)))
        self._owed[pair] = total - cut * WHOLE
        return share, cut


def left(coins: int, percent: int, share: int) -> int:
    """The hundredths that a share of a gift that was given leaves over; negative when it uses up some."""
    return coins * percent - share * WHOLE


def owed(connection: Connection, creators: Collection[str], pairs: Collection[Pair] = ()) -> Owed:
    """What creators, and agencies of theirs, are owed. What another node adds meanwhile counts with a later gift."""
    paid: dict[Holder, int] = {}
    bonus: dict[Holder, int] = {}
    for creator, hundredths, of_bonus in _OWED.read(connection, list(creators)):
        paid[creator], bonus[creator] = hundredths, of_bonus
    for creator, agency, hundredths, of_bonus in _PAIRS.read(connection, sorted({creator for creator, _ in pairs})):
        paid[creator, agency], bonus[creator, agency] = hundredths, of_bonus
    return Owed(paid, bonus)


def add(connection: Connection, left: Owed) -> None:
    holders = {holder for part in left for holder, hundredths in part.items() if hundredths}
    creators = sorted(holder for holder in holders if isinstance(holder, str))
    pairs = sorted(holder for holder in holders if not isinstance(holder, str))
    _ADD.write(connection, [(who, left.paid.get(who, 0), left.bonus.get(who, 0)) for who in creators])
    _ADD_PAIRS.write(connection, [(*pair, left.paid.get(pair, 0), left.bonus.get(pair, 0)) for pair in pairs])

"""The spending limits of a batch of gifts, as the ledger's last word on each."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, text

from core.database.many import Lookup, Many
from core.errors import Refusal
from money.errors import SpendingLimitReached
from money.ledger.rules import Book
from money.spending.rules import MONTH_DAYS, Caps, Span, Spent, allowed, day_of

_LIMITS = Lookup('SELECT person, span, coins FROM spending_limits WHERE person {among} AND "from" <= ? ORDER BY "from"')
_SPENT = Lookup(
    "SELECT person, sum(CASE WHEN day = ? THEN coins ELSE 0 END), sum(coins) FROM spending "
    "WHERE person {among} AND day > ? GROUP BY person"
)
_ADD = Many.insert(
    "spending",
    {"person": "text", "day": "integer", "coins": "bigint"},
    "ON CONFLICT (person, day) DO UPDATE SET coins = spending.coins + excluded.coins",
)
_TELL = text(
    "INSERT INTO spending_notices (person, coins, at) VALUES (:person, :coins, :at) "
    "ON CONFLICT (person) DO UPDATE SET coins = excluded.coins, at = excluded.at"
)


class SpendingGuard:
    """Refuses the gift that would pass its giver's limit.

    It is asked when the ledger has locked the givers' wallets, so the gifts of one giver are judged one after another,
    on all nodes.
    """

    def __init__(self, connection: Connection, caps: Caps, now: int, givers: Collection[str]) -> None:
        self._connection = connection
        self._caps = caps
        self._now = now
        self._givers = givers
        self._spent: Mapping[str, Spent] = {}

    def judge(self, book: Book, giver: str, coins: int) -> Refusal | None:
        """The last word on a gift that its giver can pay."""
        if SpendingGuard not in book.notes:  # once for each attempt of a batch
            self._spent = read_spent(self._connection, self._givers, self._caps, self._now)
            book.notes[SpendingGuard] = self
        spent = self._spent[giver]
        passed = spent.exceeds(coins)
        if passed is not None:
            return SpendingLimitReached.of(passed)
        spent.add(coins)
        return None

    def record(self, connection: Connection, given: Mapping[str, int]) -> None:
        """Add what was given, in coins by giver, and tell who has given much."""
        if not given:
            return
        added = sorted(given.items())
        today = day_of(self._now)
        _ADD.write(connection, [(giver, today, n) for giver, n in added])
        notices = [
            {"person": giver, "coins": much, "at": self._now}
            for giver, n in added
            if (much := self._spent[giver].passed(n, self._caps.notice))
        ]
        if notices:
            connection.execute(_TELL, notices)


def read_spent(connection: Connection, persons: Collection[str], caps: Caps, now: int) -> dict[str, Spent]:
    """What each has given and may give."""
    today, names = day_of(now), list(persons)
    own: dict[str, dict[Span, int | None]] = {}
    for person, span, coins in _LIMITS.read(connection, names, now):
        own.setdefault(person, {})[span] = coins  # the latest one in force stays
    found = {
        person: Spent(int(day), int(month), *allowed(own.get(person, {}), caps))
        for person, day, month in _SPENT.read(connection, names, today - MONTH_DAYS, before=(today,))
    }
    return {person: found.get(person) or Spent(0, 0, *allowed(own.get(person, {}), caps)) for person in names}

"""What was paid to creators, in money: each payout that was sent, and what came back of it, when it did.

A return is booked when it happens and never changes the month in which the payout was sent. A payout may come back in
parts. The last part's transfer has in its key how much had come back by then, and its amount leads to the one before.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from sqlalchemy import Connection, select, text

from money.reports.months import Span
from money.tables import payout_steps, payouts

SENT = "sent"
CAME_BACK = ("returned", "failed")  # after it was sent
_PARTS = (
    "WITH RECURSIVE parts (payout, returned, at, minor, transfer) AS ("
    "SELECT id, returned_minor, CAST(0 AS BIGINT), CAST(0 AS BIGINT), CAST(0 AS BIGINT) FROM payouts "
    "WHERE returned_minor > 0 {whose} UNION ALL "
    "SELECT p.id, s.returned + e.amount, t.at, -e.amount, t.id FROM parts s JOIN payouts p ON p.id = s.payout "
    "JOIN transfers t ON t.key = 'payout\\:' || p.id || '\\:back\\:' || s.returned "
    "JOIN accounts a ON a.kind = 'provider' AND a.owner = p.rail AND a.unit = p.currency "
    "JOIN entries e ON e.account = a.id AND e.transfer = t.id WHERE s.returned > 0 AND e.amount < 0) "
    "SELECT p.person, p.currency, s.at, sent.at, s.minor, coalesce(-e.amount, 0), p.id FROM parts s "
    "JOIN payouts p ON p.id = s.payout JOIN payout_steps sent ON sent.payout = p.id AND sent.state = 'sent' "
    "LEFT JOIN accounts a ON a.kind = 'redeemed' AND a.unit = 'coins' "
    "LEFT JOIN entries e ON e.account = a.id AND e.transfer = s.transfer "
    "WHERE s.minor > 0 AND s.at >= :start AND s.at < :end"
)


class Paid(NamedTuple):
    """A payout that was sent at `at`, or what came back of it then. `sent_at`: when it had been sent."""

    person: str
    currency: str
    what: Literal["sent", "back"]
    at: int
    sent_at: int
    amount_minor: int
    fee_minor: int
    coins: int
    payout: str

    @property
    def net_minor(self) -> int:
        """What left the platform's account, or returned to it."""
        return self.amount_minor - self.fee_minor


def paid_within(connection: Connection, span: Span, person: str = "") -> list[Paid]:
    """All of this time, of one person or of everybody, by person and time."""
    found = [*_whole(connection, span, person), *_parts(connection, span, person)]
    return sorted(found, key=lambda one: (one.person, one.at, one.payout))


def _whole(connection: Connection, span: Span, person: str) -> list[Paid]:
    """Payouts that were sent, and what was left of those that came back."""
    sent = payout_steps.alias("sent")
    found = (
        select(
            payouts.c.person, payouts.c.currency, payout_steps.c.state, payout_steps.c.at, sent.c.at,
            payouts.c.amount_minor, payouts.c.fee_minor, payouts.c.coins, payouts.c.id, payouts.c.returned_minor,
            payouts.c.returned_coins,
        )
        .join(payout_steps, payout_steps.c.payout == payouts.c.id)
        .join(sent, (sent.c.payout == payouts.c.id) & (sent.c.state == SENT))
        .where(
            payout_steps.c.state.in_((SENT, *CAME_BACK)), payout_steps.c.at >= span.start, payout_steps.c.at < span.end
        )
    )  # fmt: skip
    if person:
        found = found.where(payouts.c.person == person)
    rows = connection.execute(found)
    return [
        Paid(who, currency, "sent", at, sent_at, amount, fee, coins, payout)
        if state == SENT
        else Paid(who, currency, "back", at, sent_at, amount - parts, fee, coins - parts_coins, payout)
        for who, currency, state, at, sent_at, amount, fee, coins, payout, parts, parts_coins in rows
    ]


def _parts(connection: Connection, span: Span, person: str) -> list[Paid]:
    """Parts of payouts that came back; the fee never does."""
    found = text(_PARTS.format(whose="AND person = :person" if person else ""))
    values: dict[str, int | str] = {"start": span.start, "end": span.end}
    rows = connection.execute(found, values | {"person": person} if person else values)
    return [
        Paid(who, currency, "back", at, sent_at, minor, 0, coins, payout)
        for who, currency, at, sent_at, minor, coins, payout in rows
    ]

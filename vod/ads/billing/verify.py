"""Recomputes a day's bill: from the receipts, what was published of them, and the ledger.

A receipt that was altered no longer fits its digest, or the serve it is for, or the root in its minute's posting, which
the ledger's chain covers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, select

from core.database.proofs import Finding
from money.ads import AdBudgets, Captured, captures, shares_of
from vod.ads.billing.billing import DAY_MINUTES, DAY_MS, by_minute, day_receipts
from vod.ads.billing.minutes import posted_until
from vod.ads.billing.receipts import Receipt, root
from vod.ads.campaigns.tables import campaigns
from vod.ads.goals.tables import ad_goals
from vod.ads.serving.serve import share_of
from vod.ads.tables import ad_receipts, ad_roots, ad_serves

_AS_SERVED = (
    "campaign", "advertiser", "creative", "place", "price_micro", "runner_up_micro", "creator", "share_micro",
)  # fmt: skip


def verify_day(connection: Connection, day: int) -> Iterator[Finding]:
    """What is wrong with a day (UTC, days since 1970). Nothing, if every bill of it can be recomputed."""
    receipts = day_receipts(connection, day)
    yield from _altered(connection, receipts)
    yield from _shares(connection, receipts)
    yield from _postings(connection, day, receipts)
    yield from _goals(connection, day)
    published = connection.execute(select(ad_roots).where(ad_roots.c.day == day)).first()
    if published is not None:
        if root([one.digest for one in receipts]) != published.root:
            yield Finding("ad_root", f"day {day}", "its receipts are not those that were published")
        if sum(one.price_micro for one in receipts) != published.spent_micro:
            yield Finding("ad_root", f"day {day}", "their sum is not the one that was published")


def _altered(connection: Connection, receipts: list[Receipt]) -> Iterator[Finding]:
    """Receipts that do not fit their digest or their serve."""
    for number in range(0, len(receipts), 500):
        some = {one.serve: one for one in receipts[number : number + 500]}
        noted = select(ad_receipts.c.serve, ad_receipts.c.digest).where(ad_receipts.c.serve.in_(some))
        for serve, digest in connection.execute(noted):
            if some[serve].digest != digest:
                yield Finding("ad_receipts", f"receipt {serve}", "it was altered: its digest is another")
        for row in connection.execute(select(ad_serves).where(ad_serves.c.id.in_(some))):
            wrong = [name for name in _AS_SERVED if getattr(row, name) != getattr(some[row.id], name)]
            if wrong or row.state != "billed":
                yield Finding("ad_receipts", f"receipt {row.id}", f"its serve differs: {', '.join(wrong) or row.state}")


def _shares(connection: Connection, receipts: list[Receipt]) -> Iterator[Finding]:
    """Receipts whose share is not the one that was agreed with the creator."""
    wanted = {one.campaign for one in receipts if one.creator}
    known = select(campaigns.c.id, campaigns.c.creator, campaigns.c.share_percent).where(campaigns.c.id.in_(wanted))
    agreed = {row.id: (row.creator, row.share_percent) for row in connection.execute(known)} if wanted else {}
    for one in receipts:
        creator, percent = agreed.get(one.campaign, ("", 0))
        if (one.creator, one.share_micro) != (creator, share_of(one.price_micro, percent)):
            yield Finding("ad_receipts", f"receipt {one.serve}", "the creator's share is not the one that was agreed")


def _goals(connection: Connection, day: int) -> Iterator[Finding]:
    """Sponsored goals of the day that were not paid as agreed, by the books."""
    within = ad_goals.c.state_at.between(day * DAY_MS, (day + 1) * DAY_MS - 1)
    for goal in connection.execute(select(ad_goals).where(ad_goals.c.state == "paid", within)):
        spent = AdBudgets.spending(connection, [goal.id])[goal.id].spent_micro
        earned = shares_of(connection, goal.creator).earned.get(goal.id, 0)
        agreed = goal.reward_micro, share_of(goal.reward_micro, goal.share_percent)
        if (spent, earned) != agreed:
            said = f"it paid {spent}, of it {earned} to its creator; agreed were {agreed[0]} and {agreed[1]}"
            yield Finding("ad_goals", f"goal {goal.id}", said)


def _postings(connection: Connection, day: int, receipts: list[Receipt]) -> Iterator[Finding]:
    """Minutes whose posting is not the sum of their receipts."""
    first, last = day * DAY_MINUTES, min((day + 1) * DAY_MINUTES - 1, posted_until(connection))
    bills = {key: found for key, found in by_minute(receipts).items() if key[1] <= last}
    posted: Mapping[tuple[str, int], Captured] = captures(connection, first, last)
    for campaign, minute in sorted(bills.keys() | posted.keys()):
        found, subject = bills.get((campaign, minute), []), f"campaign {campaign}, minute {minute}"
        bill = posted.get((campaign, minute), Captured())
        if sum(one.price_micro for one in found) != bill.micro:
            yield Finding("ad_postings", subject, f"the ledger has {bill.micro}, its receipts say otherwise")
        elif sum(one.share_micro for one in found) != bill.share_micro or any(
            one.creator != bill.creator for one in found if one.share_micro
        ):
            yield Finding("ad_postings", subject, f"a creator got {bill.share_micro}, its receipts say otherwise")
        elif bill.detail.get("root") != root([one.digest for one in found]):
            named = ", ".join(one.serve for one in found[:3])
            yield Finding("ad_postings", subject, f"its receipts ({named}) are not those that were posted")

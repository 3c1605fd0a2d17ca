"""How amounts are divided, in integers that add up whatever the order of events. Pure."""

from __future__ import annotations

from typing import NamedTuple

WHOLE = 10_000  # rates are in hundredths of a percent


class Shares(NamedTuple):
    """What a settled order brings: the seller, the platform's fee, the VAT on that, the VAT that the platform owes for
    the seller, and the commission of the creator who brought it."""

    seller: int
    fee: int
    fee_tax: int
    tax: int
    commission: int = 0

    def minus(self, other: Shares) -> Shares:
        return Shares(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))


def pieces(total: int, count: int, before: int, more: int) -> int:
    """What so many pieces more of a line cost, after others went back before. Each piece is the difference of two
    floors, so all pieces together are the total, in any order and any parts."""
    return total * (before + more) // count - total * before // count


def of_order(net_goods: int, tax: int, total: int, fee_rate: int, fee_tax_rate: int, *, platform_owes: bool) -> Shares:
    """The fee is on the goods without tax and shipping; the VAT on it comes on top; the seller gets the rest."""
    fee = net_goods * fee_rate // WHOLE
    fee_tax = fee * fee_tax_rate // WHOLE
    owed = tax if platform_owes else 0
    return Shares(total - fee - fee_tax - owed, fee, fee_tax, owed)


def commission_left(earned: int, left: int, claimed: int) -> int:
    """What of a commission is due: `earned` by the pieces that were not refunded, less its part of what a bank took of
    the `left`. A function of the order's state alone, so nothing depends on what happened first."""
    return earned - earned * claimed // left if left else 0


def taken(settled: Shares, due_before: int, due_after: int, before: int, after: int) -> Shares:
    """What of each share goes back while what went back of all grows from `before` to `after`, and the commission that
    is due falls. Of the commission that is what was refunded of the lines that earned it; the others bear the rest in
    proportion. The other way round with minus signs."""
    others = settled._replace(commission=0)
    gone_before = gone(others, before - (settled.commission - due_before))
    gone_after = gone(others, after - (settled.commission - due_after))
    return gone_after.minus(gone_before)._replace(commission=due_before - due_after)


def gone(shares: Shares, amount: int) -> Shares:
    """What of each share has gone once so much of their sum has. It depends on the sum alone, so parts in any order
    add up; and no share grows when more goes, because each is a part of what the ones before it leave."""
    total, left = sum(shares), amount
    parts: list[int] = []
    for share in shares:
        parts.append(share * left // total if total else 0)
        left, total = left - parts[-1], total - share
    return Shares(*parts)

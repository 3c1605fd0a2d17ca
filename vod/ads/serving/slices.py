"""Slices of budgets: what of a campaign's day each node may spend, so that a decision asks nobody.

A slice is reserved in the ledger before anything is shown for it, so all nodes together can never hold more than the
budget of the day and of the campaign. A node that dies loses its lease; others then give back what it has not spent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection, delete, func, insert, select, update

from core.errors import Refusal
from money.ads import AdBudgets, Release, Reserve
from vod.ads.campaigns.campaign import RunningCampaign
from vod.ads.campaigns.tables import campaigns
from vod.ads.decision.holds import GRACE_MS, SliceKey
from vod.ads.decision.pacing import Day, allowance, day_budget
from vod.ads.serving.statements import locked, upsert
from vod.ads.tables import ad_nodes, ad_serves, ad_slices

LEASE_MS = 15_000
HOLD_MS = 120_000  # from the decision to the latest view that is billed
CLOSED_MS = 30 * 86_400_000  # slices of earlier days have nothing left
RECLAIM_NODES_MAX = 10  # in one round

log = structlog.get_logger("ads")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A campaign whose slice on this node is nearly used up. `share`: of the day's plan, by now; `least_micro`: the
    price of one view."""

    campaign: RunningCampaign
    day: Day
    share: float
    least_micro: int

    @property
    def key(self) -> SliceKey:
        return self.campaign.id, self.day.name

    def portion(self, committed: Mapping[str, int], nodes: int) -> int:
        """What to ask for: as much as plan and budgets allow, and half of it when others ask, too. 0 if that pays
        nothing. `committed`: spent and held, by day."""
        today = committed.get(self.day.name, 0)
        before = sum(committed.values()) - today
        budget = day_budget(self.campaign.total_micro, self.campaign.day_micro, self.day, before)
        may = allowance(budget, today, self.share, self.least_micro)
        micro = may if nodes < 2 else max(min(may, self.least_micro), may // 2)
        return micro if micro >= max(self.least_micro, 1) else 0


class Slices:
    """Every method does only SQL, in the caller's writing transaction."""

    def __init__(self, budgets: AdBudgets) -> None:
        self._budgets = budgets

    @staticmethod
    def as_now(connection: Connection, wanted: Sequence[Wanted]) -> list[Wanted]:
        """With the budgets that campaigns have now: what a node knows may be older. Nobody lowers one until the commit.
        Campaigns are locked before the ledger, everywhere."""
        columns = campaigns.c.id, campaigns.c.total_micro, campaigns.c.day_micro
        mine = select(*columns).where(campaigns.c.id.in_({one.campaign.id for one in wanted})).order_by(campaigns.c.id)
        budgets = {row.id: row for row in connection.execute(mine.with_for_update(read=True))}
        return [
            replace(one, campaign=replace(one.campaign, total_micro=row.total_micro, day_micro=row.day_micro))
            for one in wanted
            if (row := budgets.get(one.campaign.id)) is not None
        ]

    def grant(self, connection: Connection, node: str, wanted: Sequence[Wanted], now: int) -> dict[SliceKey, int]:
        """What each slice gets now, as far as plan, budgets and balance allow. With other nodes about, half of it: they
        have viewers, too."""
        if not wanted:
            return {}
        locked(connection, "ad slices")
        committed = _committed(connection, [one.campaign.id for one in wanted])
        nodes: int = connection.execute(
            select(func.count()).select_from(ad_nodes).where(ad_nodes.c.until > now)
        ).scalar_one()
        asked: list[tuple[Wanted, Reserve]] = []
        moves = _moves(connection, node)
        for one in wanted:
            micro = one.portion(committed.get(one.campaign.id, {}), nodes)
            if micro:
                key = f"{one.day.name}:{node}:{moves.get(one.key, 0)}"
                asked.append(
                    (one, Reserve(key, one.campaign.advertiser, one.campaign.id, micro, one.campaign.total_micro,
                                  one.least_micro))
                )  # fmt: skip
        given = self._budgets.reserve(connection, [reserve for _, reserve in asked])
        granted = {one.key: micro for (one, _), micro in zip(asked, given, strict=True) if isinstance(micro, int)}
        advertisers = {one.key: one.campaign.advertiser for one, _ in asked}
        _add(connection, node, granted, advertisers)
        return granted

    def give_back(self, connection: Connection, node: str, amounts: Mapping[SliceKey, int]) -> None:
        """Return what this node will not spend."""
        amounts = {key: micro for key, micro in amounts.items() if micro > 0}
        if not amounts:
            return
        locked(connection, "ad slices")
        rows = connection.execute(select(ad_slices).where(ad_slices.c.node == node)).all()
        known = {(row.campaign, row.day): row for row in rows}
        released = [
            Release(f"{day}:{node}:{known[campaign, day].moves}", known[campaign, day].advertiser, campaign, micro)
            for (campaign, day), micro in amounts.items()
        ]
        for verdict in self._budgets.release(connection, released):
            if isinstance(verdict, Refusal):
                raise verdict
        for (campaign, day), micro in amounts.items():
            mine = (ad_slices.c.campaign == campaign, ad_slices.c.day == day, ad_slices.c.node == node)
            connection.execute(
                update(ad_slices).where(*mine).values(
                    returned_micro=ad_slices.c.returned_micro + micro, moves=ad_slices.c.moves + 1
                )
            )  # fmt: skip

    @staticmethod
    def lapse(connection: Connection, serves: Collection[str], now: int) -> set[str]:
        """Those of these serves that can no longer be billed, from now on. The others were billed."""
        if not serves:
            return set()
        over = (ad_serves.c.id.in_(serves), ad_serves.c.state == "held", ad_serves.c.expires_at <= now - GRACE_MS)
        connection.execute(update(ad_serves).where(*over).values(state="lapsed"))
        paid = select(ad_serves.c.id).where(ad_serves.c.id.in_(serves), ad_serves.c.state.in_(("held", "billed")))
        return set(serves) - set(connection.execute(paid).scalars())

    @staticmethod
    def renew(connection: Connection, node: str, now: int, *, new: bool) -> bool:
        """Prolong the node's lease; False if others have taken everything back meanwhile."""
        until = now + LEASE_MS
        if new:
            connection.execute(insert(ad_nodes).values(id=node, until=until))
            return True
        return bool(connection.execute(update(ad_nodes).where(ad_nodes.c.id == node).values(until=until)).rowcount)

    @staticmethod
    def alive(connection: Connection, node: str) -> bool:
        """Whether the node still has its lease, and until the commit nobody takes it. For whoever records a serve."""
        mine = select(ad_nodes.c.id).where(ad_nodes.c.id == node).with_for_update(read=True)
        return connection.execute(mine).first() is not None

    @staticmethod
    def any_dead(connection: Connection, now: int) -> bool:
        """Whether there is something to reclaim."""
        dead = select(ad_nodes.c.id).where(ad_nodes.c.until < now - HOLD_MS - GRACE_MS).limit(1)
        return connection.execute(dead).first() is not None

    def reclaim(self, connection: Connection, now: int) -> int:
        """Take back what nodes hold whose lease is over for so long that none of their serves can be billed any more.
        Returns how many there were."""
        dead = select(ad_nodes).where(ad_nodes.c.until < now - HOLD_MS - GRACE_MS).limit(RECLAIM_NODES_MAX)
        nodes = connection.execute(dead).all()
        for node in nodes:
            # First, so that a node that was only asleep records nothing any more.
            if connection.execute(delete(ad_nodes).where(ad_nodes.c.id == node.id)).rowcount:
                self._close(connection, node.id, node.until)
        return len(nodes)

    def _close(self, connection: Connection, node: str, until: int) -> None:
        held = (ad_serves.c.node == node, ad_serves.c.state == "held")
        connection.execute(update(ad_serves).where(*held).values(state="lapsed"))
        billed = (
            select(ad_serves.c.campaign, ad_serves.c.day, func.sum(ad_serves.c.price_micro))
            .where(ad_serves.c.node == node, ad_serves.c.state == "billed")
            .group_by(ad_serves.c.campaign, ad_serves.c.day)
        )
        spent = {(campaign, day): int(micro) for campaign, day, micro in connection.execute(billed)}
        # Of earlier days a node has given back everything itself, and their serves may be forgotten.
        first = datetime.fromtimestamp((until - CLOSED_MS) / 1000, UTC).date().isoformat()
        mine = (ad_slices.c.node == node, ad_slices.c.day >= first)
        rows = connection.execute(select(ad_slices).where(*mine)).all()
        rest = {
            (row.campaign, row.day): row.granted_micro - row.returned_micro - spent.get((row.campaign, row.day), 0)
            for row in rows
        }
        self.give_back(connection, node, rest)
        log.info("slices taken back", node=node, micro=sum(rest.values()))


def _committed(connection: Connection, of: Collection[str]) -> dict[str, dict[str, int]]:
    """What is spent and held of each campaign, by its days."""
    out = func.sum(ad_slices.c.granted_micro - ad_slices.c.returned_micro)
    query = select(ad_slices.c.campaign, ad_slices.c.day, out).where(ad_slices.c.campaign.in_(of))
    found: dict[str, dict[str, int]] = {}
    for campaign, day, micro in connection.execute(query.group_by(ad_slices.c.campaign, ad_slices.c.day)):
        found.setdefault(campaign, {})[day] = int(micro)
    return found


def _moves(connection: Connection, node: str) -> dict[SliceKey, int]:
    rows = connection.execute(select(ad_slices).where(ad_slices.c.node == node))
    return {(row.campaign, row.day): row.moves for row in rows}


def _add(
    connection: Connection, node: str, granted: Mapping[SliceKey, int], advertisers: Mapping[SliceKey, str]
) -> None:
    if not granted:
        return
    new = upsert(connection, ad_slices)
    changed = new.on_conflict_do_update(
        index_elements=["campaign", "day", "node"],
        set_={
            "granted_micro": ad_slices.c.granted_micro + new.excluded.granted_micro, "moves": ad_slices.c.moves + 1
        },
    )  # fmt: skip
    rows = [
        {"campaign": campaign, "day": day, "node": node, "advertiser": advertisers[campaign, day],
         "granted_micro": micro, "returned_micro": 0, "moves": 1}
        for (campaign, day), micro in sorted(granted.items())
    ]  # fmt: skip
    connection.execute(changed, rows)

"""A stage for ads: a database with campaigns, nodes over it, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select

from core.database import Database
from core.database.proofs import findings
from core.ids import new_id
from money.ads import AdBudgets
from money.ledger import Ledger
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.rules import Posted, Transfer
from money.part import MONEY_PROOFS
from tests.vod.ads.campaigns.rows import add_advertiser, add_campaign, add_creative
from vod.ads.billing.billing import Billing
from vod.ads.campaigns.campaign import Campaigns
from vod.ads.campaigns.categories import allowed_categories
from vod.ads.decision.place import Place
from vod.ads.events.events import AdEvents, Claim
from vod.ads.events.invalid import Kind
from vod.ads.serving.node import AdNode, Slot
from vod.ads.serving.record import record
from vod.ads.serving.serve import Serve
from vod.ads.serving.signing import Signatures
from vod.ads.serving.slices import Slices
from vod.ads.serving.upkeep import Upkeep
from vod.ads.tables import ad_receipts, ad_serves, ad_slices
from vod.tables import videos

NOON = 1_795_860_000_000  # 2026-11-28 12:00 UTC or so


class Stage:
    def __init__(self, database: Database, now: int = NOON) -> None:
        self.database = database
        self.now = now
        self.ledger = Ledger()
        self.budgets = AdBudgets(self.clock, self.ledger)
        self.signatures = Signatures(database)
        self.events = AdEvents(database, self.clock, self.signatures, lambda *_: None)
        self.billing = Billing(database, self.clock, self.budgets)
        self.nodes: list[tuple[AdNode, Upkeep]] = []

    def clock(self) -> int:
        return self.now

    def node(self, seed: int = 1) -> AdNode:
        slices = Slices(self.budgets)
        node = AdNode(seed)
        running = Campaigns(self.clock, allowed_categories).running
        self.nodes.append((node, Upkeep(self.database, self.clock, running, slices, node)))
        return node

    def campaign(self, balance_micro: int = 100_000_000, length_ms: int = 0, **values: Any) -> str:
        """A running campaign with one creative, of an advertiser with this balance."""

        def write(connection: Connection) -> str:
            advertiser = add_advertiser(connection)
            self.pay_in(connection, advertiser, balance_micro)
            values.setdefault("zone", "UTC")
            campaign = add_campaign(connection, advertiser, self.now, **values)
            video = new_id()
            row = {"id": video, "person": "somebody", "state": "ready", "created_at": self.now}
            row["duration_ms"] = length_ms
            connection.execute(insert(videos).values(row))
            add_creative(connection, campaign, video)
            return campaign

        return self.database.write(write)

    def pay_in(self, connection: Connection, advertiser: str, micro: int) -> None:
        entries = {ad_balance(advertiser): micro, AD_MINT: -micro}
        [verdict] = self.ledger.post(connection, [Transfer(new_id(), "ad_top_up", self.now, "", entries, {})])
        assert isinstance(verdict, Posted)

    def tick(self, ms: int = 0) -> None:
        """Let time pass, and every node look after itself."""
        self.now += ms
        for _, upkeep in self.nodes:
            upkeep.tick()

    def warm(self, place: Place | None = None) -> None:
        """Until every node holds something of what it could show."""
        for _ in range(3):
            for node, _ in self.nodes:
                serve = node.choose(Slot("~warm", place or Place()), self.now)
                node.recorded("~warm", [serve] if serve else [], [])
            self.tick(2_000)

    def serve(self, node: AdNode, viewer: str, place: Place | None = None) -> Serve | None:
        """An ad for a page of this viewer, recorded."""
        self.database.read(lambda c: node.past(c, viewer, self.now))
        chosen = node.choose(Slot(viewer, place or Place()), self.now)
        if chosen is None:
            return None
        kept = self.database.write(
            lambda c: record(c, viewer, node.id, [chosen], self.now) if Slices.alive(c, node.id) else []
        )
        node.recorded(viewer, [chosen], kept)
        return kept[0] if kept else None

    def tell(self, events: Sequence[tuple[str, Kind]], person: str | None = None, **more: Any) -> list[bool]:
        """Events by (serve, kind), as they arrive now."""
        claims = [
            Claim(serve, kind, self.now, person, more.get("source", serve), bool(more.get("program")))
            for serve, kind in events
        ]
        return [row is not None for row in self.database.write(lambda c: self.events.apply(c, claims))]

    def billed(self, campaign: str) -> int:
        """By the receipts."""
        total = select(func.sum(ad_receipts.c.price_micro)).where(ad_receipts.c.campaign == campaign)
        return int(self.database.read(lambda c: c.execute(total).scalar()) or 0)

    def committed(self, campaign: str) -> int:
        """Spent, held and left on nodes."""
        out = func.sum(ad_slices.c.granted_micro - ad_slices.c.returned_micro)
        total = select(out).where(ad_slices.c.campaign == campaign)
        return int(self.database.read(lambda c: c.execute(total).scalar()) or 0)

    def posted(self, campaign: str) -> tuple[int, int]:
        """Spent and held, by the books."""
        found = self.database.read(lambda c: self.budgets.spending(c, [campaign]))[campaign]
        return found.spent_micro, found.held_micro

    def state(self, serve: str) -> str:
        query = select(ad_serves.c.state).where(ad_serves.c.id == serve)
        return str(self.database.read(lambda c: c.execute(query).scalar_one()))

    def proved(self) -> bool:
        """Whether the books hold."""
        return not self.database.read(lambda c: list(findings(c, MONEY_PROOFS)))

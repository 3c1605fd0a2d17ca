"""Two servers with one PostgreSQL, one Redis and one clock, viewers of both, and what the books say."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Connection, func, insert, select

from core.clock import system_clock
from core.database import Database
from core.database.proofs import findings
from core.ids import new_id
from money.ads import AdBudgets, Spending
from money.ledger import Ledger
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.rules import Transfer
from money.part import MONEY_PROOFS
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, webhook
from tests.served import Person, Served
from tests.vod.ads.campaigns.rows import DAY_MS, add_advertiser, add_campaign, add_creative
from tests.vod.ads.faults.node import OFFSET, Offset
from vod.ads.campaigns.floors import Floor, set_floor
from vod.ads.campaigns.tables import advertiser_members, creatives
from vod.ads.tables import ad_nodes, ad_receipts, ad_serves, ad_slices
from vod.tables import videos

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
WAIT_S = 20.0
VIDEOS = 40
THREADS = 4

Ad = dict[str, Any]


class Cluster:
    def __init__(self, folder: Path, database_url: str, redis_url: str, stripe: StripeServer) -> None:
        self.offset = Offset(folder / "offset")
        self.stripe = stripe
        environment = {
            "CADEAU_DATABASE_URL": database_url, "CADEAU_REDIS_URL": redis_url, OFFSET: str(folder / "offset"),
            "CADEAU_PAYMENTS": "stripe", "CADEAU_STRIPE_SECRET_KEY": SECRET_KEY,
            "CADEAU_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET, "CADEAU_STRIPE_API_URL": stripe.url,
        }  # fmt: skip
        command = (sys.executable, "-m", "tests.vod.ads.faults.node")
        self.one = Served(folder / "one", environment, command)
        self.two = Served(folder / "two", environment, command)
        self.database = Database(database_url)
        self.budgets = AdBudgets(self.clock, Ledger())
        self._threads = ThreadPoolExecutor(THREADS)
        self._http = httpx.Client(timeout=10)

    def start(self) -> None:
        starting = [self._threads.submit(server.start) for server in (self.one, self.two)]
        for one in starting:
            one.result()
        self.baker: Person = self.one.join()
        self.maker: Person = self.one.join()
        self.videos = [new_id() for _ in range(VIDEOS)]
        rows = [
            {"id": video, "person": self.maker.id, "state": "ready", "created_at": self.clock()}
            for video in self.videos
        ]
        self.database.write(lambda c: c.execute(insert(videos), rows))
        self._wake()

    def _wake(self) -> None:
        """Both nodes are there from the start: an ad of the house for a hashtag that no video has."""

        def write(connection: Connection) -> None:
            house, until = add_advertiser(connection, house=True), self.clock() + 30 * DAY_MS
            terms = {"tier": "house", "bid_micro": 0, "total_micro": 0, "targets": {"hashtags": ["nowhere"]}}
            made = add_campaign(connection, house, self.clock(), ends_at=until, **terms)
            add_creative(connection, made, self.videos[1])

        self.database.write(write)
        self.until(lambda: len(self.nodes()) == 2, "not both are nodes")

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._http.close()
        self.one.__exit__()
        self.two.__exit__()
        self.database.close()

    # -- time ------------------------------------------------------------------------------------

    def clock(self) -> int:
        return system_clock() + self.offset.ms

    def leap(self, seconds: float, step_s: float = 5.0) -> None:
        """Let time pass in steps that no lease is too short for."""
        while seconds > 0:
            self.offset.ms += int(min(seconds, step_s) * 1_000)
            seconds -= step_s
            time.sleep(0.2)

    def until(self, true: Callable[[], object], what: str, *, leaping_s: float = 0.0) -> None:
        deadline = time.monotonic() + WAIT_S
        while not true():
            assert time.monotonic() < deadline, f"{what}:\n{self.one.log[-3000:]}\n{self.two.log[-3000:]}"
            self.offset.ms += int(leaping_s * 1_000)
            time.sleep(0.1)

    # -- what is booked --------------------------------------------------------------------------

    def advertiser(self, balance_micro: int = 0) -> str:
        """One whose owner is the baker."""

        def write(connection: Connection) -> str:
            made = add_advertiser(connection)
            row = {"advertiser": made, "person": self.baker.id, "role": "owner", "at": 0}
            connection.execute(insert(advertiser_members).values(row))
            if balance_micro:
                entries = {ad_balance(made): balance_micro, AD_MINT: -balance_micro}
                Ledger().post(connection, [Transfer(new_id(), "ad_top_up", self.clock(), "", entries, {})])
            return made

        return self.database.write(write)

    def campaign(self, advertiser: str, **values: Any) -> str:
        """One that runs, in a zone in which the day is nearly over: nearly all of its budget may be spent.

        Zones reach from 12 hours behind UTC to 14 ahead, and a test may go 3 hours further east.
        """
        hour = datetime.fromtimestamp(self.clock() / 1000, UTC).hour
        ahead = 22 - hour if hour >= 11 else -2 - hour
        local = datetime.fromtimestamp(self.clock() / 1000, UTC) + timedelta(hours=ahead)
        midnight = int(datetime(local.year, local.month, local.day, tzinfo=UTC).timestamp() * 1000) - ahead * 3_600_000
        values = {
            "zone": f"Etc/GMT{-ahead:+d}", "caps": {"day": None, "total": None}, "starts_at": midnight - DAY_MS,
            "starts_on": (local - timedelta(days=1)).date().isoformat(), "ends_on": local.date().isoformat(),
            "ends_at": midnight + DAY_MS,
        } | values  # fmt: skip

        def write(connection: Connection) -> str:
            made = add_campaign(connection, advertiser, self.clock(), **values)
            add_creative(connection, made, self.videos[0])
            return made

        return self.database.write(write)

    def pay_in(self, advertiser: str, cents: int) -> str:
        """With a card. Returns the purchase."""
        answer = self.baker.http.post(
            f"/api/ads/advertisers/{advertiser}/top-ups",
            json={"amount_minor": cents}, headers={"Idempotency-Key": new_id()},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        purchase = str(answer.json()["id"])
        self.hear("checkout.session.completed", self.stripe.pay(purchase), self.two)
        return purchase

    def book(self, advertiser: str, **terms: Any) -> httpx.Response:
        """Draft a campaign over HTTP; `...` leaves a term out."""
        first = datetime.fromtimestamp(self.clock() / 1000, UTC).date() + timedelta(days=2)
        asked = {
            "advertiser": advertiser, "name": "Opening", "category": "food", "objective": "views", "pricing": "cpm",
            "starts_on": first.isoformat(), "ends_on": first.isoformat(),
        } | terms  # fmt: skip
        asked = {name: value for name, value in asked.items() if value is not ...}
        return self.baker.http.post("/api/ads/campaigns", json=asked)

    def view(self, campaign: str) -> dict[str, Any]:
        found: dict[str, Any] = self.baker.http.get(f"/api/ads/campaigns/{campaign}").json()
        return found

    def balance(self, advertiser: str) -> dict[str, Any]:
        found: dict[str, Any] = self.baker.http.get(f"/api/ads/advertisers/{advertiser}/balance").json()
        return found

    def edit(self, campaign: str, **terms: Any) -> httpx.Response:
        return self.baker.http.patch(f"/api/ads/campaigns/{campaign}", json=terms)

    def act(self, campaign: str, what: str) -> str:
        """Returns its state."""
        answer = self.baker.http.post(f"/api/ads/campaigns/{campaign}/{what}")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["state"])

    def end(self, campaign: str) -> None:
        assert self.act(campaign, "end") == "ended"

    def floor(self, cpm_micro: int) -> None:
        price = Floor(cpm_micro, 50_000)
        self.database.write(lambda c: set_floor(c, "in_feed", price, "root", self.clock()))

    # -- viewers ---------------------------------------------------------------------------------

    def page(self, server: Served) -> list[Ad]:
        """The ads on a first page of a new viewer."""
        answer = self._http.get(f"{server.url}/api/feed", params={"limit": 20}, headers=_viewer())
        assert answer.status_code == 200, answer.text
        return [item for item in answer.json()["items"] if item["kind"] == "ad"]

    def shown(self, server: Served) -> Ad:
        """An ad, as soon as there is one."""
        found: list[Ad] = []

        def look() -> bool:
            found.extend(self.page(server))
            return bool(found)

        self.until(look, "no ad is shown")
        return found[0]

    def silent(self, campaign: str) -> None:
        """It is shown on neither node any more."""

        def is_silent() -> bool:
            since = self.clock()
            pages = [ad for server in (self.one, self.two) for ad in self.page(server)]
            later = select(func.count()).where(ad_serves.c.campaign == campaign, ad_serves.c.at >= since)
            return not pages and not self.database.read(lambda c: c.execute(later).scalar_one())

        self.until(is_silent, "it is still shown")

    def storm(self, pages: int, servers: tuple[Served, ...]) -> list[Ad]:
        """Many viewers at once, in turn on each server."""

        def swipe(number: int) -> list[Ad]:
            try:
                return self.page(servers[number % len(servers)])
            except httpx.TransportError:  # it was killed meanwhile
                return []

        return [ad for ads in self._threads.map(swipe, range(pages)) for ad in ads]

    def beacons(self, told: list[tuple[str, str]], server: Served) -> int:
        """Send events by (impression, kind), each from a network of its own. Returns how many are new."""

        def tell(event: tuple[str, str]) -> int:
            body = {"events": [{"impression": event[0], "kind": event[1]}]}
            answer = self._http.post(f"{server.url}/api/ads/events", json=body, headers=_viewer())
            return int(answer.json()["accepted"])

        return sum(self._threads.map(tell, told))

    def hear(self, kind: str, about: Ad, server: Served) -> None:
        """Let a server hear an event of the payment provider."""
        body, signed = webhook(kind, about, self.clock())
        answer = server.http.post("/api/payments/stripe", content=body, headers={"Stripe-Signature": signed})
        assert answer.is_success, answer.text

    # -- the books -------------------------------------------------------------------------------

    def billed(self, campaign: str) -> int:
        """By the receipts."""
        total = select(func.sum(ad_receipts.c.price_micro)).where(ad_receipts.c.campaign == campaign)
        return int(self.database.read(lambda c: c.execute(total).scalar()) or 0)

    def committed(self, campaign: str) -> int:
        """Spent, held and left on nodes."""
        out = func.sum(ad_slices.c.granted_micro - ad_slices.c.returned_micro)
        total = select(out).where(ad_slices.c.campaign == campaign)
        return int(self.database.read(lambda c: c.execute(total).scalar()) or 0)

    def days(self, campaign: str) -> dict[str, int]:
        """What is committed of it, by its days."""
        out = func.sum(ad_slices.c.granted_micro - ad_slices.c.returned_micro)
        found = select(ad_slices.c.day, out).where(ad_slices.c.campaign == campaign).group_by(ad_slices.c.day)
        return {day: int(micro) for day, micro in self.database.read(lambda c: c.execute(found).all())}

    def posted(self, campaign: str) -> Spending:
        return self.database.read(lambda c: self.budgets.spending(c, [campaign]))[campaign]

    def settled(self, campaign: str) -> None:
        """Until nothing is held for it and every receipt is posted: then the ledger is the sum of the receipts."""
        self.until(
            lambda: (
                self.posted(campaign).held_micro == 0 and self.posted(campaign).spent_micro == self.billed(campaign)
            ),
            f"{campaign}: {self.posted(campaign)}, {self.billed(campaign)} billed", leaping_s=3.0,
        )  # fmt: skip

    def nodes(self) -> set[str]:
        return set(self.database.read(lambda c: c.execute(select(ad_nodes.c.id)).scalars().all()))

    def node_of(self, serve: str) -> str:
        found = select(ad_serves.c.node).where(ad_serves.c.id == serve)
        return str(self.database.read(lambda c: c.execute(found).scalar_one()))

    def creative_of(self, campaign: str) -> str:
        found = select(creatives.c.id).where(creatives.c.campaign == campaign, creatives.c.state != "removed")
        return str(self.database.read(lambda c: c.execute(found).scalars().first()))

    def proved(self) -> bool:
        return not self.database.read(lambda c: list(findings(c, MONEY_PROOFS)))


def _viewer() -> dict[str, str]:
    """A visitor on a network of their own."""
    address = ".".join(str(random.randrange(1, 255)) for _ in range(3))
    return {"User-Agent": AGENT, "X-Forwarded-For": f"11.{address}"}

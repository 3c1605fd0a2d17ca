"""Sponsors of challenges, made over HTTP and, where only time could do it, in the SQLite file beside the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from core.database import Database
from money.tables import coin_rates, purchases
from tests.served import Person, Served
from vod.ads.challenges.tables import ad_challenges

DAY_MS = 86_400_000


def new_sponsor(person: Person, name: str = "W" * 80) -> str:
    account = {"name": name, "country": "FR", "zone": "UTC"}
    return str(person.http.post("/api/ads/advertisers", json=account).json()["id"])


def pay(server: Served, person: Person, advertiser: str, euros: int, *, name: str = "W" * 80) -> None:
    """Its name is verified, and it has paid in long ago."""
    moderator = server.join()
    server.grant(moderator, "moderator")
    seen = {"verified": True, "name": name}
    assert moderator.http.put(f"/api/admin/ads/advertisers/{advertiser}", json=seen).is_success
    base, key = f"/api/ads/advertisers/{advertiser}", {"Idempotency-Key": advertiser}
    assert person.http.post(f"{base}/top-ups", json={"amount_minor": euros * 100}, headers=key).is_success
    older = update(purchases).where(purchases.c.advertiser == advertiser)
    execute(server, older.values(settled_at=purchases.c.settled_at - 60 * DAY_MS))


def challenge_terms(advertiser: str, tag: str) -> dict[str, Any]:
    today = datetime.now(UTC).date()
    return {
        "advertiser": advertiser, "tag": tag, "title": "W" * 80, "rules": "Show us your bread.", "category": "food",
        "prize_micro": 100_000_000, "starts_on": today.isoformat(), "ends_on": (today + timedelta(days=6)).isoformat(),
    }  # fmt: skip


def begin(server: Served, person: Person, challenge: str) -> None:
    """Book a draft, and let it begin."""
    draft = person.http.get(f"/api/ads/challenges/{challenge}").json()
    value_in_euros(server)
    pay(server, person, draft["advertiser"], 200)
    booked = person.http.post(f"/api/ads/challenges/{challenge}/submit", headers={"Idempotency-Key": "x"})
    assert booked.is_success, booked.text
    moderator = server.join()
    server.grant(moderator, "moderator")
    verdict = {"approved": True, "revision": draft["revision"]}
    begun = moderator.http.put(f"/api/admin/ads/challenges/{challenge}", json=verdict)
    assert begun.json()["state"] == "running", begun.text


def value_in_euros(server: Served) -> None:
    """Earned coins have a value in the currency of ads."""
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    rate = {"currency": "EUR", "valid_from": 1, "per_thousand": 460, "by": "root"}
    there = coin_rates.select().where(coin_rates.c.currency == "EUR")
    if not database.read(lambda c: c.execute(there).first()):
        database.write(lambda c: c.execute(insert(coin_rates).values(rate)))
    database.close()


def let_end(server: Served, challenge: str) -> None:
    """Its days are over."""
    over = update(ad_challenges).where(ad_challenges.c.id == challenge)
    execute(server, over.values(ends_at=int(datetime.now(UTC).timestamp() * 1000)))


def execute(server: Served, statement: Any) -> None:
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    database.write(lambda c: c.execute(statement))
    database.close()

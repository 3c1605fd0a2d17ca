"""The demo's campaigns, one of each format: approved, running, and made once."""

from __future__ import annotations

from cadeau.app import Cadeau
from cadeau.demo.campaigns import SPONSORS, TOTAL_MICRO, DemoCampaigns
from cadeau.demo.videos import identity
from core.identity import Person
from core.ids import new_id
from tests.cadeau.demo.test_activity import cadeau as cadeau
from tests.cadeau.demo.test_activity import people as people
from vod.catalogue.videos import Video
from vod.tables import videos


def ready(cadeau: Cadeau, person: Person, caption: str) -> Video:
    made = new_id()
    row = {"id": made, "person": person.id, "state": "ready", "caption": caption, "created_at": 0}
    cadeau.core.database.write(lambda c: c.execute(videos.insert().values(row)))
    return cadeau.vod.videos.video(made, identity(person))


def test_a_campaign_of_each_format_runs_and_is_made_once(cadeau: Cadeau, people: dict[str, Person]) -> None:
    demo = DemoCampaigns(cadeau, people, people["yuki"])
    shown = [ready(cadeau, people[one.maker], f"{one.caption} and more") for one in SPONSORS]
    shown.append(ready(cadeau, people["yuki"], "Nothing to sell"))
    for video in (*shown, *shown):
        demo.offer(video)
    running = cadeau.core.database.read(cadeau.vod.studio.campaigns.running)
    assert [(one.sponsor, one.tier, one.format, one.bid_micro > 0) for one in running] == [
        ("Boulangerie du Port", "auction", "in_feed", True), ("Cadeau", "house", "in_feed", False),
        ("Cycles du Col", "auction", "promoted", True), ("Planétarium de Brest", "takeover", "takeover", True),
    ]  # fmt: skip
    assert running[2].creator == people["theo.rides"].id
    bakery = running[0].advertiser
    owner = identity(people["sofia"])
    page = cadeau.core.database.read(lambda c: cadeau.vod.studio.bookings.page(c, bakery, owner, "", 5))
    assert [(one.state, one.budget_micro) for one in page.items] == [("running", TOTAL_MICRO)]
    offered = cadeau.core.database.read(cadeau.vod.effects.uses.offered)
    assert [(one.sponsor, one.file.name["fr"]) for one in offered] == [("Boulangerie du Port", "Fresh bread")]

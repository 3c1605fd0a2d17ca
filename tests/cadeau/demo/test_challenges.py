"""The demo's challenges: one runs, one has a winner, and both are made once."""

from __future__ import annotations

from sqlalchemy import insert

from cadeau.app import Cadeau
from cadeau.demo.challenges import ENTRIES_MIN, WANTED, DemoChallenges
from cadeau.demo.videos import identity
from core.identity import Person
from core.ids import new_id
from money.tables import coin_rates
from tests.cadeau.demo.test_activity import cadeau as cadeau
from tests.cadeau.demo.test_activity import people as people
from vod.catalogue.tags import add_tags
from vod.catalogue.videos import Video
from vod.tables import videos


def entered(cadeau: Cadeau, person: Person, caption: str) -> Video:
    video = new_id()
    row = {"id": video, "person": person.id, "state": "ready", "caption": caption, "created_at": cadeau.core.clock()}

    def write(connection):  # type: ignore[no-untyped-def]
        connection.execute(insert(videos).values(row))
        add_tags(connection, video, caption)
        cadeau.vod.videos.changed(connection, video)

    cadeau.core.database.write(write)
    return cadeau.vod.videos.video(video, identity(person))


def test_one_runs_and_one_has_a_winner(cadeau: Cadeau, people: dict[str, Person]) -> None:
    rate = {"currency": "EUR", "valid_from": 0, "per_thousand": 460, "by": "root"}
    cadeau.core.database.write(lambda c: c.execute(insert(coin_rates).values(rate)))
    demo = DemoChallenges(cadeau, people["sofia"], people["yuki"])
    demo.begin()
    demo.begin()
    for wanted in WANTED:
        for _ in range(ENTRIES_MIN + 1):
            demo.offer(entered(cadeau, people["amina"], f"Look #{wanted.tag}"))
    public = cadeau.vod.challenges.public
    assert [one.tag for one in public.page("running", "", 5).items] == ["space"]
    [over] = public.page("over", "", 5).items
    assert (over.tag, over.state) == ("satisfying", "decided")
    assert over.winner is not None
    assert over.winner.by == "sponsor"
    assert over.winner.paid_from is not None


def test_without_a_value_of_coins_in_euros_there_are_none(cadeau: Cadeau, people: dict[str, Person]) -> None:
    DemoChallenges(cadeau, people["sofia"], people["yuki"]).begin()
    assert cadeau.vod.challenges.public.page("running", "", 5).items == []

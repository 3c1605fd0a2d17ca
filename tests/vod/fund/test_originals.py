"""The creator fund hears of uploads that show what an earlier public video of somebody else does."""

from __future__ import annotations

from sqlalchemy import Connection

from core.identity import Identity
from money.fund.originals.originality import Resemblance
from tests.vod.conftest import House
from trust.machine.judging.copies import Copy
from trust.machine.judging.originals import Originals
from trust.machine.judging.seen import Seen, of
from vod.fund.originals import FundOriginals

LOOKED = of([])


class Alike(Originals):
    """Says that these videos show the same."""

    def __init__(self, *videos: str) -> None:
        super().__init__()
        self.videos = videos

    def find(self, connection: Connection, seen: Seen, but: str = "") -> list[Copy]:
        return [Copy(one, 0.5 + number / 10) for number, one in enumerate(self.videos) if one != but]


def compared(house: House, who: Identity, video: str, *alike: str) -> list[Resemblance]:
    """What the fund knows of somebody's videos once this one was compared."""
    originality = house.money.fund.originality
    originals = FundOriginals(house.database, Alike(*alike), originality)
    found = originals.alike(video, LOOKED)
    house.database.write(lambda c: originals.note(c, video, who.id, found))
    return house.database.read(lambda c: originality.of(c, who.id))


def test_the_most_alike_earlier_video_of_somebody_else_is_named(house: House) -> None:
    maker, other, copier = house.person(), house.person(), house.person()
    less, more = house.show(other), house.show(maker)
    copy = house.show(copier)
    [found] = compared(house, copier, copy, less, more, copy)
    assert (found.video, found.original, found.percent, found.state) == (copy, more, 60, "found")


def test_later_videos_ones_own_and_those_that_are_not_public_are_no_originals(house: House) -> None:
    maker, copier = house.person(), house.person()
    own, hidden = house.show(copier), house.show(maker, visibility="private")
    copy, later = house.show(copier), house.show(maker)
    assert compared(house, copier, copy, own, hidden, later) == []

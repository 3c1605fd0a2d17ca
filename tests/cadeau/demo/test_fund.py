"""The demo has one posted month of the creator fund, however often it is started."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

from cadeau.app import open_cadeau
from cadeau.demo.cast import CREATORS, FANS
from cadeau.demo.demo import Demo
from cadeau.demo.fund import POT, DemoFund
from core.clock import system_clock
from core.settings import Settings
from money.reports.months import month_of, shifted, span
from vod.catalogue.videos import Video


def test_last_month_is_posted_once(sqlite_url: str, tmp_path: Path) -> None:
    cadeau = open_cadeau(Settings(data_dir=tmp_path, database_url=sqlite_url))
    people = [Demo(cadeau)._make_person(made) for made in (*CREATORS[:3], *FANS[:5])]
    creators, fans = people[:3], people[3:]
    for fan in fans:
        for creator in creators:
            cadeau.people.follows.follow(fan.id, creator.handle)
    films = [cast("Video", SimpleNamespace(id=f"film{one.handle}", by=one)) for one in creators]
    for _ in range(2):
        DemoFund(cadeau, fans).post(films)
    period = shifted(month_of(system_clock()), -1)
    posted = cadeau.core.database.read(lambda c: cadeau.money.fund.periods.one(c, period))
    if system_clock() > span(period).end + 2 * 3_600_000:
        assert (posted.state, posted.pot, posted.carried) == ("posted", POT, 0)
        own = cadeau.core.database.read(lambda c: cadeau.money.fund.explaining.own(c, creators[0].id))
        assert own.items[0].coins > 0
    assert cadeau.core.database.read(cadeau.money.verify) == []
    cadeau.close()

"""An advertiser that reports conversions, and an ad of it that was clicked."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from tests.vod.ads.stage import Stage
from vod.ads.billing.figures import Figures, figures
from vod.ads.conversions.conversions import Conversions, Outcome
from vod.ads.conversions.secrets import digest_of
from vod.ads.serving.serve import Serve
from vod.ads.tables import ad_conversion_secrets, ad_days

SECRET = "cadeau_cv_of-the-bakery"


class Shop:
    """`report`: what the advertiser's server says of a serve that it knows by its click id."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.conversions = Conversions(stage.database, stage.clock, stage.signatures)
        self.campaign = stage.campaign(total_micro=50_000_000, caps={"day": None, "total": None})
        self.node = stage.node()
        stage.warm()

    def shown(self, viewer: str = "~visitor", *, clicked: bool = True, **more: Any) -> Serve:
        serve = self.stage.serve(self.node, viewer)
        assert serve is not None
        self.know(serve.campaign.advertiser)
        self.stage.tick(3_000)
        if clicked:
            person = None if viewer.startswith("~") else viewer
            assert self.stage.tell([(serve.id, "viewable"), (serve.id, "click")], person, **more) == [True, True]
        return serve

    def know(self, advertiser: str, secret: str = SECRET) -> None:
        def write(connection: Connection) -> None:
            known = connection.execute(
                select(ad_conversion_secrets.c.at).where(ad_conversion_secrets.c.advertiser == advertiser)
            )
            if known.first() is None:
                row = {"advertiser": advertiser, "digest": digest_of(secret), "by": "owner", "at": 0}
                connection.execute(insert(ad_conversion_secrets).values(row))

        self.stage.database.write(write)

    def report(self, serve: Serve, order: str = "", value: int = 0, secret: str = SECRET) -> Outcome:
        click = self.stage.signatures.click(serve.id)
        return self.conversions.report(secret, click, "purchase", order, value)

    def count(self, column: str) -> int:
        query = select(ad_days.c[column]).where(ad_days.c.campaign == self.campaign)
        return int(self.stage.database.read(lambda c: c.execute(query).scalar()) or 0)

    @property
    def figures(self) -> Figures:
        return self.stage.database.read(lambda c: figures(c, [self.campaign]))[self.campaign]


@pytest.fixture
def shop(stage: Stage) -> Shop:
    return Shop(stage)

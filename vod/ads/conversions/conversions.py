"""Conversions that advertisers' servers report, by the click id that our link carried.

The touch is the click that the id names: the advertiser keeps the last one of its visitor. One conversion counts for
each serve, within seven days after its click, by this server's clock. What comes of a click that does not count, does
not count either.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select

from core.clock import Clock
from core.database import Database
from vod.ads.conversions.secrets import digest_of
from vod.ads.events.counts import add_counts
from vod.ads.serving.signing import Signatures
from vod.ads.tables import ad_conversion_secrets, ad_conversions, ad_events, ad_serves
from vod.errors import ClickNotFound, ConversionSecretUnknown

DAY_MS = 86_400_000
CLICK_WINDOW_MS = 7 * DAY_MS
VIEW_WINDOW_MS = DAY_MS

ConversionName = Literal["purchase", "sign_up", "lead", "booking", "download", "other"]
FOLLOW = "follow"

Mark = Literal["", "late", "invalid", "second"]
"""Why a conversion does not count. `late`: after its window. `invalid`: its click does not count. `second`: another one
of the same serve counts."""
Outcome = Literal["counted", "late", "invalid", "second", "repeated"]
"""`repeated`: it was reported before."""


class Conversions:
    def __init__(self, database: Database, clock: Clock, signatures: Signatures) -> None:
        self._database = database
        self._clock = clock
        self._signatures = signatures

    def report(self, secret: str, click: str, name: ConversionName, order_id: str, value_micro: int) -> Outcome:
        """Blocks. Raises ConversionSecretUnknown, ClickNotFound."""
        if (serve := self._signatures.clicked(click)) is None:
            self._database.read(lambda c: _advertiser_of(c, secret))
            raise ClickNotFound
        return self._database.write(lambda c: self._record(c, secret, serve, name, order_id, value_micro))

    def _record(
        self, connection: Connection, secret: str, serve: str, name: str, order_id: str, value_micro: int
    ) -> Outcome:
        advertiser = _advertiser_of(connection, secret)
        mine = (ad_serves.c.id == serve, ad_serves.c.advertiser == advertiser)
        row = connection.execute(select(ad_serves).where(*mine).with_for_update()).first()
        of_click = select(ad_events.c.at, ad_events.c.mark).where(
            ad_events.c.serve == serve, ad_events.c.kind == "click"
        )
        clicked = connection.execute(of_click).first() if row is not None else None
        if row is None or clicked is None:
            raise ClickNotFound
        known = conversions_of(connection, serve)
        if any((one.name, one.order_id) == (name, order_id) for one in known):
            return "repeated"
        now = self._clock()
        mark: Mark = ""
        if clicked.mark:
            mark = "invalid"
        elif now > clicked.at + CLICK_WINDOW_MS:
            mark = "late"
        elif any(not one.mark and one.name != FOLLOW for one in known):
            mark = "second"
        write_conversion(connection, row, name, order_id, "click", now, value_micro, mark)
        return mark or "counted"


def _advertiser_of(connection: Connection, secret: str) -> str:
    found = select(ad_conversion_secrets.c.advertiser).where(ad_conversion_secrets.c.digest == digest_of(secret))
    advertiser: str | None = connection.execute(found).scalar()
    if advertiser is None:
        raise ConversionSecretUnknown
    return advertiser


def conversions_of(connection: Connection, serve: str) -> list[Row[Any]]:
    return list(connection.execute(select(ad_conversions).where(ad_conversions.c.serve == serve)))


def write_conversion(
    connection: Connection, serve: Row[Any], name: str, order_id: str, touch: str, at: int, value_micro: int, mark: Mark
) -> None:
    """Write one, and count it on the day of its serve. The serve's row is locked."""
    row = {
        "serve": serve.id, "name": name, "order_id": order_id, "campaign": serve.campaign, "touch": touch, "at": at,
        "value_micro": value_micro, "mark": mark,
    }  # fmt: skip
    connection.execute(insert(ad_conversions).values(row))
    counted = {"follows": 1} if name == FOLLOW else {"conversions": 1, "converted_micro": value_micro}
    if not mark:
        add_counts(connection, {(serve.campaign, serve.day): counted})

"""Floor prices: the least that a thousand views, or a click, cost in a format. What a takeover costs a day, and what
creators get of ads made of their videos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

import msgspec
from sqlalchemy import Connection, delete, insert, select

from vod.ads.campaigns.campaign import Pricing
from vod.ads.campaigns.tables import ad_floors, ad_offers
from vod.ads.decision.quality import CONVERSION_RATE

BID_MICRO_MAX = 1_000_000_000  # a thousand euros
Format = Literal["in_feed"]
FORMATS: tuple[Format, ...] = get_args(Format)

DAY_MICRO_MIN = 1_000_000
DAY_MICRO_MAX = 10_000_000_000  # ten thousand euros
SHARE_PERCENT_MAX = 90

_Price = Annotated[int, msgspec.Meta(ge=1_000, le=BID_MICRO_MAX)]  # a view never costs less than a millionth


class Floor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cpm_micro` for a thousand viewable views, `cpc_micro` for a click."""

    cpm_micro: _Price
    cpc_micro: _Price

    def of(self, pricing: Pricing) -> int:
        if pricing in ("cpm", "day"):
            return self.cpm_micro
        # A conversion is worth at least the clicks that usually lead to one.
        return self.cpc_micro if pricing == "cpc" else min(int(self.cpc_micro / CONVERSION_RATE), BID_MICRO_MAX)


class Offers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`takeover_day_micro`: a day of a takeover. `creator_share_percent`: of each billed view or click."""

    takeover_day_micro: Annotated[int, msgspec.Meta(ge=DAY_MICRO_MIN, le=DAY_MICRO_MAX)]
    creator_share_percent: Annotated[int, msgspec.Meta(ge=1, le=SHARE_PERCENT_MAX)]


DEFAULT_OFFERS = Offers(200_000_000, 30)
DEFAULTS: Mapping[Format, Floor] = {"in_feed": Floor(1_000_000, 50_000)}


def floor(connection: Connection, format: Format = "in_feed") -> Floor:
    found = select(ad_floors.c.cpm_micro, ad_floors.c.cpc_micro).where(ad_floors.c.format == format)
    row = connection.execute(found).first()
    return Floor(*row) if row else DEFAULTS[format]


def set_floor(connection: Connection, format: Format, price: Floor, by: str, at: int) -> None:
    """A higher floor holds for campaigns that run, too: a bid below it wins nothing anymore."""
    connection.execute(delete(ad_floors).where(ad_floors.c.format == format))
    connection.execute(insert(ad_floors).values(format=format, **msgspec.structs.asdict(price), by=by, at=at))


def offers(connection: Connection) -> Offers:
    row = connection.execute(select(ad_offers.c.takeover_day_micro, ad_offers.c.creator_share_percent)).first()
    return Offers(*row) if row else DEFAULT_OFFERS


def set_offers(connection: Connection, wanted: Offers, by: str, at: int) -> None:
    """For what is booked from now on."""
    connection.execute(delete(ad_offers))
    connection.execute(insert(ad_offers).values(id=1, **msgspec.structs.asdict(wanted), by=by, at=at))

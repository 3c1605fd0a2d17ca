"""What is made with sponsored effects: it names the sponsor, and is counted once for each person and day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, insert, select

from core.clock import Clock
from money.ads.credit import EffectCredit
from vod.ads.campaigns.campaign import Allowed
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.tables import advertiser_members
from vod.ads.effects import pictures
from vod.ads.effects.look import EffectFile, Look, effect_file
from vod.ads.effects.offered import may_be_offered, offered_credits, was_offered
from vod.ads.effects.tables import effect_bookings, effect_uses, video_effects
from vod.ads.serving.statements import upsert
from vod.errors import EffectNotFound

OFFERED_MAX = 100

Use = tuple[str, str]
"""An effect, and who used it."""


class OfferedEffect(msgspec.Struct, frozen=True):
    """`until`: when its last paid day ends, Unix ms."""

    sponsor: str
    paid_by: str
    until: int
    file: EffectFile


class EffectUses:
    def __init__(self, clock: Clock, allowed: Allowed) -> None:
        self._clock = clock
        self._allowed = allowed

    def offered(self, connection: Connection) -> list[OfferedEffect]:
        """What the picker shows now, the newest first."""
        query = select(effect_bookings).where(effect_bookings.c.category.in_(self._allowed(connection)))
        query = may_be_offered(query, self._clock()).order_by(effect_bookings.c.id.desc()).limit(OFFERED_MAX)
        rows = connection.execute(query).all()
        sizes = pictures.sizes(connection, [(row.advertiser, row.picture) for row in rows if row.picture])
        found = []
        for row in rows:
            size = sizes.get((row.advertiser, row.picture))
            picture = (pictures.address(row.picture), *size) if size else None
            file = effect_file(row.id, row.name, msgspec.convert(row.look, Look), picture)
            found.append(OfferedEffect(row.sponsor, row.paid_by, row.paid_until, file))
        return found

    def credits(self, connection: Connection, effects: Collection[str]) -> Mapping[str, EffectCredit]:
        """Who is behind those of these effects that may be used now."""
        if not effects:
            return {}
        return offered_credits(connection, effects, self._allowed(connection), self._clock())

    def note(self, connection: Connection, uses: Sequence[Use]) -> None:
        """Count uses of effects that are offered: one for each person and day of the effect's zone, and none of the
        advertiser's own people."""
        now = self._clock()
        wanted = {effect for effect, _ in uses}
        if not wanted:
            return
        zones = select(effect_bookings.c.id, effect_bookings.c.zone, effect_bookings.c.advertiser)
        known = {row.id: row for row in connection.execute(zones.where(effect_bookings.c.id.in_(wanted)))}
        members = select(advertiser_members.c.advertiser, advertiser_members.c.person).where(
            advertiser_members.c.advertiser.in_({row.advertiser for row in known.values()})
        )
        own = {(row.advertiser, row.person) for row in connection.execute(members)}
        rows = [
            {"effect": effect, "day": today(known[effect].zone, now).isoformat(), "person": person}
            for effect, person in dict.fromkeys(uses)
            if effect in known and (known[effect].advertiser, person) not in own
        ]
        if rows:
            connection.execute(upsert(connection, effect_uses).on_conflict_do_nothing(), rows)

    # -- videos ----------------------------------------------------------------------------------

    def check(self, connection: Connection, effect: str) -> None:
        """Whether a video can have been made with an effect. It may be over since. Raises EffectNotFound."""
        if not was_offered(connection, effect):
            raise EffectNotFound

    def publish(self, connection: Connection, video: str, effect: str, person: str) -> None:
        """A video is made with an effect, and says so from now on."""
        connection.execute(insert(video_effects).values(video=video, effect=effect))
        if effect in self.credits(connection, [effect]):
            self.note(connection, [(effect, person)])

"""The review of sponsored effects, by a person, with reasons."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select, update

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Page
from core.identity import Identity
from core.text.clean import clean_lines
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.review import NOTE_CHARS_MAX, Verdict
from vod.ads.campaigns.states import AdvertiserState, Stopped
from vod.ads.campaigns.tables import advertisers
from vod.ads.effects.bookings import EffectBookings, EffectView
from vod.ads.effects.days import EffectDays
from vod.ads.effects.tables import effect_bookings
from vod.errors import EffectChanged


class WaitingEffect(msgspec.Struct, frozen=True):
    """An effect that waits, and whose it is."""

    effect: EffectView
    payer: str | None
    country: str
    advertiser_state: AdvertiserState
    stopped: Stopped


class EffectReview:
    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, bookings: EffectBookings, days: EffectDays
    ) -> None:
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._bookings = bookings
        self._days = days

    def queue(self, connection: Connection, cursor: str, limit: int) -> Page[WaitingEffect]:
        """What waits, in the order it was made."""
        found = select(effect_bookings).where(effect_bookings.c.state == "review", effect_bookings.c.id > cursor)
        rows = connection.execute(found.order_by(effect_bookings.c.id).limit(limit + 1)).all()
        sponsors = select(advertisers).where(advertisers.c.id.in_({row.advertiser for row in rows}))
        known = {row.id: row for row in connection.execute(sponsors)}
        items = []
        for view in self._bookings.views(connection, rows[:limit]):
            one = known[view.advertiser]
            items.append(WaitingEffect(view, one.payer, one.country, one.state, one.stopped))
        return Page(items, rows[limit - 1].id if len(rows) > limit else None)

    def decide(self, effect: str, who: Identity, verdict: Verdict) -> EffectView:
        """Approve or reject, once. What was held for a rejected one comes back. Blocks.

        Raises EffectNotFound; EffectChanged when it is not what was looked at, or not waiting anymore; NotAllowed for
        members of the advertiser; InvalidRequest for a rejection without a reason.
        """
        note = clean_lines(verdict.note, NOTE_CHARS_MAX)
        if note is None:
            raise InvalidRequest(f"A note has at most {NOTE_CHARS_MAX} characters.")
        if not verdict.approved and not verdict.reasons:
            raise InvalidRequest("A rejection needs a reason.")

        def write(connection: Connection) -> EffectView:
            row = self._bookings.locked(connection, effect)
            self._check_independent(connection, row.advertiser, who)
            if row.state != "review" or row.revision != verdict.revision:
                raise EffectChanged
            by = {"note": note, "reviewed_by": who.id, "reviewed_at": self._clock()}
            if verdict.approved:
                booked = update(effect_bookings).where(effect_bookings.c.id == effect)
                connection.execute(booked.values(state="booked", reasons=[], **by))
                self._days.pay(connection, self._bookings.locked(connection, effect))
            else:
                self._bookings.close(connection, row, "rejected", reasons=list(dict.fromkeys(verdict.reasons)), **by)
            return self._bookings.views(connection, [self._bookings.locked(connection, effect)])[0]

        return self._database.write(write)

    def _check_independent(self, connection: Connection, advertiser: str, who: Identity) -> None:
        house = connection.execute(select(advertisers.c.house).where(advertisers.c.id == advertiser)).scalar_one()
        if not house and who.id in self._advertisers.members_of(connection, advertiser):
            raise NotAllowed("Somebody who does not belong to the advertiser must review this.")

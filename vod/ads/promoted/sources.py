"""Whose videos a campaign may show: its advertiser's members', or the one that a creator has consented to."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.booking import TAKEOVER_MS_MAX
from vod.ads.promoted.consents import Consents, ConsentState
from vod.errors import ConsentOver, InvalidCampaign
from vod.tables import videos


class Promotion(msgspec.Struct, frozen=True):
    """What a promoted post rests on. `state`: anything but `valid` is why it is not shown. Times are Unix ms."""

    video: str
    share_percent: int
    consented_at: int
    until: int
    state: ConsentState


class VideoSources:
    def __init__(self, advertisers: Advertisers, consents: Consents) -> None:
        self._advertisers = advertisers
        self.consents = consents

    def makers(self, connection: Connection, campaign: Row[Any], video: str) -> set[str]:
        """Whose video this one must be. Raises ConsentOver; InvalidCampaign for another video than the one that was
        consented to, and for one that is too long for a takeover."""
        if campaign.format == "promoted":
            consent = self.consents.row(connection, campaign.consent)
            if self.consents.state(consent) != "valid":
                raise ConsentOver
            if video != consent.video:
                raise InvalidCampaign("A promoted post shows the video that its creator has consented to.")
            return {campaign.creator}
        if campaign.format == "takeover":
            long = select(videos.c.id).where(videos.c.id == video, videos.c.duration_ms > TAKEOVER_MS_MAX)
            if connection.execute(long).first() is not None:
                raise InvalidCampaign(f"The video of a takeover lasts at most {TAKEOVER_MS_MAX // 1000} s.")
        return self._advertisers.members_of(connection, campaign.advertiser)

    def promotion(self, connection: Connection, campaign: Row[Any]) -> Promotion | None:
        """None for what is no promoted post."""
        if campaign.consent is None:
            return None
        row = self.consents.row(connection, campaign.consent)
        return Promotion(row.video, campaign.share_percent, row.created_at, row.until, self.consents.state(row))

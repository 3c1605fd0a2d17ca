"""Tells the people of an advertiser what was decided about its ads: in their inboxes, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from people.inbox.notices import Notice, Notifies
from people.inbox.reading import Subject
from vod.ads.campaigns.tables import advertiser_invitations, advertiser_members, advertisers, campaigns

REASONS_TOLD_MAX = 5  # the page has all of them


class AdNotices:
    """Their texts are a code, and after a space the reasons: codes, or of a rejected name what the reviewer wrote."""

    def __init__(self, inbox: Notifies) -> None:
        self._inbox = inbox

    def decided(
        self, connection: Connection, advertiser: str, campaign: str, creative: str, reasons: Sequence[str] = ()
    ) -> None:
        """A creative was approved, or rejected for reasons. `creative`: with its revision."""
        text = f"rejected {' '.join(reasons[:REASONS_TOLD_MAX])}" if reasons else "approved"
        self._tell(connection, advertiser, campaign, creative, text)

    def again(self, connection: Connection, advertiser: str, campaign: str, creative: str, reason: str) -> None:
        """A creative is reviewed again, because of its landing page."""
        self._tell(connection, advertiser, campaign, creative, f"again {reason}")

    def named(self, connection: Connection, advertiser: str, reason: str, at: int) -> None:
        """The name was verified, or rejected for a reason."""
        self._tell(
            connection, advertiser, advertiser, f"name.{at}", f"name_rejected {reason}" if reason else "verified"
        )

    def invited(self, connection: Connection, advertiser: str, person: str) -> None:
        """Somebody is asked to act for it."""
        self._inbox.tell(connection, [Notice(person, "ad", person, advertiser, "invited", "invited")])

    def _tell(self, connection: Connection, advertiser: str, subject: str, item: str, text: str) -> None:
        found = select(advertiser_members.c.person).where(advertiser_members.c.advertiser == advertiser)
        people = sorted(connection.execute(found).scalars())
        self._inbox.tell(connection, [Notice(one, "ad", one, subject, item, text) for one in people])


def bookers_of(connection: Connection, advertiser: str) -> Sequence[str]:
    """Who books for an advertiser: its owners and editors."""
    found = select(advertiser_members.c.person).where(
        advertiser_members.c.advertiser == advertiser, advertiser_members.c.role != "viewer"
    )
    return connection.execute(found.order_by(advertiser_members.c.person)).scalars().all()


def describe(connection: Connection, ids: Sequence[str], reader: str) -> Mapping[str, Subject]:
    """Campaigns and advertisers that somebody belongs to or is invited to. An advertiser has no id: its page is that of
    all."""
    mine = select(advertiser_members.c.advertiser).where(advertiser_members.c.person == reader)
    booked = select(campaigns.c.id, campaigns.c.name).where(campaigns.c.id.in_(ids), campaigns.c.advertiser.in_(mine))
    found = {row.id: Subject("campaign", row.id, row.name) for row in connection.execute(booked)}
    named = select(advertisers.c.id, advertisers.c.name).where(advertisers.c.id.in_(ids))
    asked = select(advertiser_invitations.c.advertiser).where(advertiser_invitations.c.person == reader)
    named = named.where(advertisers.c.id.in_(mine) | advertisers.c.id.in_(asked))
    return found | {row.id: Subject("campaign", "", row.name) for row in connection.execute(named)}

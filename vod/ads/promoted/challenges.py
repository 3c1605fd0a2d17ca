"""Challenges that campaigns promote: ads that lead to the challenge's page, shown while videos may enter it."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, or_, select

from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.tables import campaigns
from vod.ads.challenges.states import TAKING, ChallengeState
from vod.ads.challenges.tables import ad_challenges
from vod.errors import ChallengeNotFound, InvalidCampaign

BOOKABLE: tuple[ChallengeState, ...] = ("review", *TAKING)
"""It may still be promoted; before its own review nothing is shown."""
_NOT_OVER: tuple[ChallengeState, ...] = ("draft", *BOOKABLE)


class PromotedChallenge(msgspec.Struct, frozen=True):
    """What an ad says of the challenge that it leads to. `prize_micro` in millionths of `currency`; `ends_at`: Unix ms,
    the end excluded."""

    id: str
    title: str
    tag: str
    prize_micro: int
    ends_at: int
    state: ChallengeState
    currency: str = AD_CURRENCY


FIELDS = tuple(ad_challenges.c[field] for field in PromotedChallenge.__struct_fields__ if field != "currency")


def challenge_page(challenge: str) -> str:
    """Where its ads lead, on this site."""
    return f"/challenges/{challenge}"


def takes_entries(now: int) -> ColumnElement[bool]:
    """Of `campaigns`: it promotes no challenge, or one that runs or begins soon."""
    running = select(ad_challenges.c.id).where(
        ad_challenges.c.id == campaigns.c.challenge, ad_challenges.c.state.in_(TAKING), ad_challenges.c.ends_at > now
    )
    return or_(campaigns.c.challenge.is_(None), running.exists())


def check_promotable(connection: Connection, challenge: str, advertiser: str, starts_at: int, now: int) -> None:
    """Whether a campaign from `starts_at` on may promote it. Raises ChallengeNotFound for another advertiser's, and
    InvalidCampaign for one that is not booked, or over by then."""
    row = connection.execute(select(ad_challenges).where(ad_challenges.c.id == challenge)).first()
    if row is None or row.advertiser != advertiser:
        raise ChallengeNotFound
    if row.state not in BOOKABLE or row.ends_at <= max(now, starts_at):
        raise InvalidCampaign("Only a challenge that is booked and not over by then can be promoted.")


def promoted(connection: Connection, challenges: Collection[str]) -> dict[str, PromotedChallenge]:
    """By id."""
    found = connection.execute(select(*FIELDS).where(ad_challenges.c.id.in_(challenges))) if challenges else ()
    return {row[0]: PromotedChallenge(*row) for row in found}


def over(connection: Connection, challenges: Collection[str], now: int) -> set[str]:
    """Those that no video may enter any more, so that nothing is left to promote."""
    ended = or_(ad_challenges.c.state.not_in(_NOT_OVER), ad_challenges.c.ends_at <= now)
    found = select(ad_challenges.c.id).where(and_(ad_challenges.c.id.in_(challenges), ended))
    return set(connection.execute(found).scalars()) if challenges else set()

"""What a sponsor books, and what of it is refused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, delete, func, insert, select

from core.text.clean import clean_line, clean_lines
from money.ads.prizes import PRIZE_MICRO_MAX
from money.ledger.accounts import MICRO_PER_MINOR
from vod.ads.campaigns.categories import Category
from vod.ads.campaigns.dates import check_dates, today, window
from vod.ads.challenges.tables import ad_challenge_fees
from vod.catalogue.tags import tags_in
from vod.catalogue.visibility import is_public_of_few
from vod.errors import CategoryNotAllowed, HashtagTaken, InvalidChallenge
from vod.tables import video_tags, videos

TITLE_CHARS_MAX = 80
RULES_CHARS_MAX = 2_000
TAG_CHARS_MAX = 40
PRIZE_MICRO_MIN = 10_000_000  # ten euros
FEE_MICRO_MAX = 10_000_000_000
DAYS_MAX = 60
JUDGING_DAYS = 14
OTHERS_VIDEOS_MAX = 100  # public ones of others that have a hashtag already: beyond, it is not one sponsor's to claim

Choice = Literal["sponsor", "likes"]

_Line = Annotated[str, Meta(max_length=4 * TITLE_CHARS_MAX)]


class NewChallenge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`tag` with or without the `#`. `starts_on` and `ends_on` are days in the advertiser's zone. `choice`: who chooses
    the winner. The prize is in millionths of the ad currency, whole cents."""

    advertiser: Annotated[str, Meta(max_length=64)]
    tag: _Line
    title: _Line
    rules: Annotated[str, Meta(max_length=4 * RULES_CHARS_MAX)]
    category: Category
    prize_micro: Annotated[int, Meta(ge=0, le=PRIZE_MICRO_MAX)]
    starts_on: date
    ends_on: date
    choice: Choice = "sponsor"


class ChallengeTerms(msgspec.Struct, frozen=True):
    """What can be booked here. `possible`: whether prizes can be paid, because a coin has a value in the currency."""

    currency: str
    possible: bool
    fee_micro: int
    prize_micro_min: int = PRIZE_MICRO_MIN
    prize_micro_max: int = PRIZE_MICRO_MAX
    days_max: int = DAYS_MAX
    judging_days: int = JUDGING_DAYS


def checked_terms(asked: NewChallenge, allowed: Collection[str], zone: str, now: int) -> dict[str, Any]:
    """The columns of `ad_challenges` that an advertiser chooses. Raises InvalidChallenge, CategoryNotAllowed."""
    title, rules = clean_line(asked.title, TITLE_CHARS_MAX), clean_lines(asked.rules, RULES_CHARS_MAX)
    if not title:
        raise InvalidChallenge(f"A challenge needs a title of at most {TITLE_CHARS_MAX} characters.")
    if not rules:
        raise InvalidChallenge(f"A challenge needs rules of at most {RULES_CHARS_MAX} characters.")
    if asked.category not in allowed:
        raise CategoryNotAllowed
    if not PRIZE_MICRO_MIN <= asked.prize_micro <= PRIZE_MICRO_MAX or asked.prize_micro % MICRO_PER_MINOR:
        raise InvalidChallenge(f"A prize has {PRIZE_MICRO_MIN} to {PRIZE_MICRO_MAX} millionths, in whole cents.")
    check_days(asked.starts_on, asked.ends_on, zone, now)
    starts_at, ends_at = window(asked.starts_on, asked.ends_on, zone)
    return {
        "tag": checked_tag(asked.tag), "title": title, "rules": rules, "category": asked.category,
        "prize_micro": asked.prize_micro, "choice": asked.choice, "zone": zone,
        "starts_on": asked.starts_on.isoformat(), "ends_on": asked.ends_on.isoformat(),
        "starts_at": starts_at, "ends_at": ends_at,
    }  # fmt: skip


def check_days(starts_on: date, ends_on: date, zone: str, now: int) -> None:
    """Raises InvalidChallenge, InvalidCampaign."""
    check_dates(starts_on, ends_on, zone, now)
    if starts_on < today(zone, now):
        raise InvalidChallenge("The first day is over.")
    if (ends_on - starts_on).days >= DAYS_MAX:
        raise InvalidChallenge(f"A challenge has at most {DAYS_MAX} days.")


def checked_tag(text: str) -> str:
    """The hashtag as it is stored. Raises InvalidChallenge."""
    tag = text.strip().removeprefix("#")
    found = tags_in(f"#{tag}")
    if len(found) != 1 or tags_in(f"#{found[0]}") != found or len(found[0]) > TAG_CHARS_MAX or not _whole(tag):
        raise InvalidChallenge(f"A hashtag is one word of letters and digits, at most {TAG_CHARS_MAX}.")
    return found[0]


def _whole(tag: str) -> bool:
    """Whether all of it is one hashtag: what is beyond its end would not be found."""
    return len(tags_in(f"#{tag}x")) == 1 and tags_in(f"#{tag}x") != tags_in(f"#{tag}")


def check_not_others(connection: Connection, tag: str, members: Collection[str]) -> None:
    """Raises HashtagTaken for a hashtag that others use already: it is their word."""
    some = (
        select(videos.c.id)
        .join(video_tags, video_tags.c.video == videos.c.id)
        .where(video_tags.c.tag == tag, is_public_of_few(), videos.c.person.not_in(members))
        .limit(OTHERS_VIDEOS_MAX + 1)
    )
    if connection.execute(select(func.count()).select_from(some.subquery())).scalar_one() > OTHERS_VIDEOS_MAX:
        raise HashtagTaken(f"Others have more than {OTHERS_VIDEOS_MAX} videos with this hashtag.")


def fee(connection: Connection) -> int:
    """What running a challenge costs, in millionths."""
    return int(connection.execute(select(ad_challenge_fees.c.fee_micro)).scalar() or 0)


def set_fee(connection: Connection, micro: int, by: str, at: int) -> None:
    """It holds for what is booked from now on."""
    connection.execute(delete(ad_challenge_fees))
    connection.execute(insert(ad_challenge_fees).values(id=1, fee_micro=micro, by=by, at=at))

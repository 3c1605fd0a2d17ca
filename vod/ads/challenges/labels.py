"""Names the sponsor wherever an entry or the hashtag of a challenge is shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, select

from vod.ads.challenges.states import NAMED
from vod.ads.challenges.tables import ad_challenge_entries, ad_challenges
from vod.catalogue.labels import ChallengeLabel

_LABEL = select(
    ad_challenges.c.id, ad_challenges.c.tag, ad_challenges.c.title, ad_challenges.c.sponsor
)  # fmt: skip

_OF_VIDEOS = (
    _LABEL.add_columns(ad_challenge_entries.c.video)
    .join(ad_challenge_entries, ad_challenge_entries.c.challenge == ad_challenges.c.id)
    .where(ad_challenge_entries.c.video.in_(bindparam("videos")), ad_challenges.c.state.in_(NAMED))
)


def labels_of(connection: Connection, videos: Collection[str]) -> Mapping[str, ChallengeLabel]:
    """Of which challenge each of these videos is an entry: the newest, if it is one of several."""
    rows = connection.execute(_OF_VIDEOS, {"videos": [*videos]})
    return {row.video: ChallengeLabel(*row[:4]) for row in sorted(rows, key=lambda row: str(row.id))}


def label_of_tag(connection: Connection, tag: str) -> ChallengeLabel | None:
    """The newest challenge with a hashtag, which must be normalized."""
    query = _LABEL.where(ad_challenges.c.tag == tag, ad_challenges.c.state.in_(NAMED))
    row = connection.execute(query.order_by(ad_challenges.c.id.desc()).limit(1)).first()
    return ChallengeLabel(*row) if row else None

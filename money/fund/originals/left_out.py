"""Videos whose views a closed month does not count, because they show what an earlier one does: frozen with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from money.fund.originals.originality import UNCOUNTED
from money.tables import fund_left_out, fund_originality, fund_views


def freeze(connection: Connection, period: str) -> None:
    """Note what is left out by now; whoever closes a month does it in the transaction that begins it. Again replaces
    what there was."""
    connection.execute(delete(fund_left_out).where(fund_left_out.c.period == period))
    any_copy = select(fund_originality.c.video).where(fund_originality.c.state.in_(UNCOUNTED)).limit(1)
    if connection.execute(any_copy).first() is None:
        return  # or every view would be read for nothing
    watched = (
        select(fund_views.c.period, fund_views.c.video, fund_originality.c.creator, func.count())
        .join(fund_originality, fund_originality.c.video == fund_views.c.video)
        .where(fund_views.c.period == period, fund_originality.c.state.in_(UNCOUNTED))
        .group_by(fund_views.c.period, fund_views.c.video, fund_originality.c.creator)
    )
    connection.execute(insert(fund_left_out).from_select(["period", "video", "creator", "views"], watched))


def counts(period: str) -> ColumnElement[bool]:
    """Of a row of `fund_views`: its video is not left out."""
    left = select(fund_left_out.c.video).where(fund_left_out.c.period == period)
    return fund_views.c.video.not_in(left)


def left_out(connection: Connection, period: str) -> Collection[str]:
    """The videos that do not count in a month."""
    own = select(fund_left_out.c.video).where(fund_left_out.c.period == period)
    return frozenset(connection.execute(own).scalars())


def recount(connection: Connection, period: str) -> bool:
    """Whether a closed month left out other views than it says."""
    said = select(fund_left_out.c.video, fund_left_out.c.views).where(fund_left_out.c.period == period)
    watched = select(fund_views.c.video, func.count()).where(fund_views.c.period == period, ~counts(period))
    found = connection.execute(watched.group_by(fund_views.c.video)).all()
    return {(video, views) for video, views in connection.execute(said)} != {(video, views) for video, views in found}


def left_out_of(connection: Connection, creators: Collection[str]) -> Mapping[str, int]:
    """These people's videos with all their views that closed months did not count."""
    own = select(fund_left_out.c.video, func.sum(fund_left_out.c.views)).where(fund_left_out.c.creator.in_(creators))
    return {video: int(views) for video, views in connection.execute(own.group_by(fund_left_out.c.video))}

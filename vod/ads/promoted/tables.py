"""The consents of creators, and what SQL calls one that holds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ColumnElement, Index, Integer, Table, Text, and_

from core.tables import metadata

ad_consents = Table(  # whoever knows the code may book; never deleted, so that what was agreed stays known
    "ad_consents",
    metadata,
    Column("code", Text, primary_key=True),
    Column("person", Text, nullable=False),  # whose video it is
    Column("video", Text, nullable=False),  # empty: for goals in their live rooms
    Column("sponsor", Text, nullable=False),  # the only advertiser that may use it, by name; empty: anyone
    Column("share_percent", Integer, nullable=False),  # as it was shown when the consent was given
    Column("until", BigInteger, nullable=False),  # Unix ms, as all times here
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("advertiser", Text),  # who used it first: nobody else can from then on
    Column("used_at", BigInteger),
    Index("ix_ad_consents_person", "person", "created_at"),
)


def in_force(now: int) -> ColumnElement[bool]:
    """Neither revoked nor over."""
    return and_(ad_consents.c.revoked_at.is_(None), ad_consents.c.until > now)
